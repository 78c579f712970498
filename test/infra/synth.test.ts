/** The stack as `npm run deploy` makes it: by the CDK's command line, with the functions bundled. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resourceOf, type CloudFormation } from './synthesize.ts';

const outdir = mkdtempSync(join(tmpdir(), 'clusterwhy-cdk-'));

afterAll(() => rmSync(outdir, { recursive: true, force: true }));

/** Without credentials, and with no way out: making the stack must need none of them. */
function cdk(folder: string, ...context: string[]) {
  const given = context.flatMap((setting) => ['-c', setting]);
  const args = [
    'node_modules/aws-cdk/bin/cdk',
    'synth',
    '--quiet',
    '--output',
    join(outdir, folder),
    ...given,
  ];
  return spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      HOME: outdir,
      TMPDIR: outdir,
      AWS_REGION: 'eu-west-1',
      AWS_EC2_METADATA_DISABLED: 'true',
      HTTPS_PROXY: 'http://127.0.0.1:1',
    },
  });
}

describe('cdk synth', () => {
  it('makes a template, and functions that load by themselves', () => {
    const { status, stderr } = cdk('good', 'email=ops@example.com', 'captureRegions=eu-west-1');
    expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
    const template = JSON.parse(
      readFileSync(join(outdir, 'good', 'clusterwhy.template.json'), 'utf8'),
    ) as CloudFormation & { Resources: Record<string, { Metadata?: Record<string, string> }> };
    for (const name of ['Plan', 'Audit', 'Digest', 'Capture']) {
      const [id, { Properties }] = resourceOf(template, 'AWS::Lambda::Function', name);
      const asset = join(outdir, 'good', template.Resources[id]?.Metadata?.['aws:asset:path'] ?? '');
      expect(readdirSync(asset)).toEqual(['index.js']);
      expect(Properties['Handler']).toBe('index.handler');
      expect(kindOfHandler(asset)).toBe('function');
    }
  }, 120_000);

  it('says in one line which setting is wrong, before it makes anything', () => {
    const { status, stderr } = cdk('wrong', 'schedule=daily');
    expect(status).not.toBe(0);
    const lines = stderr
      .split('\n')
      .filter((line) => line !== '' && !/^npm warn|Subprocess exited/.test(line));
    expect(lines).toEqual([
      expect.stringMatching(/^Cannot use schedule="daily": it must be rate\(12 hours\) or cron/),
    ]);
    expect(readdirSync(join(outdir, 'wrong')).filter((file) => /manifest|template/.test(file))).toEqual([]);
  }, 120_000);
});

/** In a process of its own, far from the project's node_modules, as Lambda would load it. */
function kindOfHandler(asset: string): string {
  const script = `process.stdout.write(typeof require(${JSON.stringify(join(asset, 'index.js'))}).handler)`;
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], {
    cwd: outdir,
    encoding: 'utf8',
    env: {},
  });
  return stdout || stderr;
}
