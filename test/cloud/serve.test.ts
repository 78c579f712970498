import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

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
