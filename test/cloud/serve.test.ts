import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

it('serves both clouds from one process, each at the addresses that it tells', async () => {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'test/cloud/serve.ts', 'denied', '--google', 'healthy'],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { environment: env } = JSON.parse(line) as { environment: Record<string, string> };
  expect(env['AWS_ENDPOINT_URL']).toMatch(/^http:\/\/127\.0\.0\.1:\d+/);
  const token = readFileSync(env['CLOUDSDK_AUTH_ACCESS_TOKEN_FILE'] ?? '', 'utf8');
  const projects = await fetch(
    `${env['CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDRESOURCEMANAGER']}v3/projects/shop-prod`,
    { headers: { authorization: `Bearer ${token}` } },
  );
  expect(await projects.json()).toMatchObject({ projectId: 'shop-prod' });
  child.stdin.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});

it('serves a world from a process of its own until its input ends', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'test/cloud/serve.ts', 'denied'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { environment } = JSON.parse(line) as { environment: Record<string, string> };
  const answer = await fetch(`${environment['AWS_ENDPOINT_URL']}/clusters`, {
    headers: {
      authorization: `Credential=${environment['AWS_ACCESS_KEY_ID']}/20260101/eu-west-1/eks/aws4_request`,
    },
  });
  expect(answer.headers.get('x-amzn-errortype')).toBe('AccessDeniedException');
  child.stdin.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});
