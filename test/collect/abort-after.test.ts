import { spawnSync } from 'node:child_process';
import { abortAfter } from '../../shared/collect/abort-after.ts';

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason)));
}

describe('abortAfter()', () => {
  it('aborts after its time, with a reason that tells so', async () => {
    const { signal } = abortAfter(1);
    await expect(aborted(signal)).resolves.toMatchObject({ name: 'TimeoutError' });
  });

  it('aborts at once where the time has passed already', async () => {
    await expect(aborted(abortAfter(-5).signal)).resolves.toMatchObject({ name: 'TimeoutError' });
  });

  it('aborts with another signal and its reason, before or after', () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const { signal } = abortAfter(null, controller.signal);
    expect(signal.aborted).toBe(false);
    controller.abort(reason);
    expect(signal.reason).toBe(reason);
    expect(abortAfter(null, controller.signal).signal.reason).toBe(reason);
  });

  it('does not abort any more when it was cleared', async () => {
    const controller = new AbortController();
    const { signal, clear } = abortAfter(1, controller.signal);
    clear();
    controller.abort();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(signal.aborted).toBe(false);
  });

  it('waits for longer than a timer can be set', async () => {
    const { signal, clear } = abortAfter(100 * 24 * 3600 * 1000);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(signal.aborted).toBe(false);
    clear();
  });

  it('lets any number of requests listen without a warning from Node', () => {
    const script = `
      import { abortAfter } from './shared/collect/abort-after.ts';
      const { signal } = abortAfter(null);
      for (let n = 0; n < 50; n++) signal.addEventListener('abort', () => n);`;
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script];
    const { stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  });
});
