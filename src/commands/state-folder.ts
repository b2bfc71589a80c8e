import { join, resolve } from 'node:path';
import type { ProcessContext } from '../context.ts';

/** Where records and copies are. */
export function ownStateFolder(host: ProcessContext): string {
  return join(stateFolder(host), 'kubectl-nkvm');
}

/** `NKVM_STATE_DIR`, else where the platform keeps a user's state. */
function stateFolder({ env, platform, cwd }: ProcessContext): string {
  const home = env['HOME'] || env['USERPROFILE'] || cwd;
  if (env['NKVM_STATE_DIR']) return resolve(cwd, env['NKVM_STATE_DIR']);
  if (platform === 'win32') return env['LOCALAPPDATA'] || join(home, 'AppData', 'Local');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support');
  return env['XDG_STATE_HOME'] || join(home, '.local', 'state');
}
