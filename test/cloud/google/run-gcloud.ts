/** Runs printed commands with the real gcloud, pointed at a simulated Google Cloud. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GoogleCloud } from './start-google-cloud.ts';
import { OPERATOR_TOKEN } from './world.ts';

export const hasGcloud = spawnSync('gcloud', ['--version'], { stdio: 'ignore' }).status === 0;

export interface GcloudResult {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** A shell whose gcloud works on the simulated cloud, as somebody who may change things. */
export class GcloudShell {
  private readonly folder = mkdtempSync(join(tmpdir(), 'gcloud-'));
  /** Asked for once: it writes the file of the token, which another gcloud may be reading. */
  private readonly cloud: Record<string, string>;

  constructor(cloud: GoogleCloud) {
    this.cloud = cloud.environment(OPERATOR_TOKEN);
  }

  /** Runs one printed command as a person would, who pasted it. */
  run(command: string): Promise<GcloudResult> {
    const child = spawn('sh', ['-c', command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env.PATH,
        HOME: this.folder,
        KUBECONFIG: join(this.folder, 'kubeconfig'),
        CLOUDSDK_CONFIG: this.folder,
        CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
        CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: '1',
        CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: '1',
        ...this.cloud,
      },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status) => resolve({ status, stdout, stderr }));
    });
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
