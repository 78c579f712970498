import { tokenBucket, type TokenBucket } from '../../shared/collect/aws/token-bucket.ts';

/** Milliseconds that some turns take. */
async function timeOf(bucket: TokenBucket, turns: number): Promise<number> {
  const started = performance.now();
  for (let turn = 0; turn < turns; turn++) await bucket.take();
  return performance.now() - started;
}

/** Timers may fire a little early. */
const early = 10;

describe('tokenBucket()', () => {
  it('spaces turns evenly, also when they are asked for at once', async () => {
    const bucket = tokenBucket(20);
    const started = performance.now();
    await Promise.all(Array.from({ length: 5 }, () => bucket.take()));
    expect(performance.now() - started).toBeGreaterThanOrEqual(4 * 50 - early);
  });

  it('saves no turns up for a burst', async () => {
    const bucket = tokenBucket(20);
    await bucket.take();
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await timeOf(bucket, 4)).toBeGreaterThanOrEqual(2 * 50 - early);
  });

  it('goes slower once for all requests of one pace', async () => {
    const bucket = tokenBucket(50);
    const pace = await bucket.take();
    for (let n = 0; n < 10; n++) bucket.slowDown(pace);
    expect(await bucket.take()).toBe(pace + 1);
    expect(await timeOf(bucket, 3)).toBeGreaterThanOrEqual(2 * 40 - early);
  });

  it('returns to its rate when requests are answered again', async () => {
    const bucket = tokenBucket(100);
    for (let n = 0; n < 5; n++) bucket.slowDown(await bucket.take());
    for (let n = 0; n < 50; n++) bucket.recover();
    const slowed = 32 * 10;
    expect(await timeOf(bucket, 60)).toBeLessThan(60 * slowed * 0.5);
  });

  it('stops waiting when it is told to', async () => {
    const bucket = tokenBucket(0.01);
    await bucket.take();
    const controller = new AbortController();
    const waiting = bucket.take(controller.signal);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});
