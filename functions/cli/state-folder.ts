import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where the XDG base directory specification keeps what must outlast a run. */
export function stateFolder(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_STATE_HOME'] || join(homedir(), '.local', 'state'), 'clusterwhy');
}
