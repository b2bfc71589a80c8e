/** Which words a flag or an operand may be, where a flag's description does not say it in a form that can be read. */
import type { Topic } from './topics.ts';

/** Of `-o`: see the command's own formats. Of `fileFlags`: what they may be besides a file. */
export const flagWords: Readonly<Record<string, readonly string[]>> = {
  '--catalog': ['app'],
  '--color': ['auto', 'always', 'never'],
  '--status': ['success', 'failed', 'any'],
  '--dry-run': ['client', 'server'],
  '--safety': ['snapshot', 'archive', 'none'],
  '--owner': ['archive', 'workload'],
};

export const fileFlags: readonly string[] = [
  '--kubeconfig',
  '--certificate-authority',
  '--catalog',
  '--filename',
  '--archive',
  '--record',
];
export const folderFlags: readonly string[] = ['--archive-dir'];

export const flagTopics: Readonly<Record<string, readonly Topic[]>> = {
  '--context': ['contexts'],
  '--cluster': ['clusters'],
  '--user': ['users'],
  '--namespace': ['namespaces', 'backed-up-namespaces'],
  '--target': ['claims'],
  '--approve-wipe': ['claims-with-namespace'],
  '--workload': ['workloads'],
  '--continue': ['runs'],
};

export const operandTopics: Readonly<Record<string, readonly Topic[]>> = {
  list: ['backed-up-claims'],
  validate: ['backed-up-claims', 'backups'],
  restore: ['backed-up-claims', 'backups'],
  verify: ['backed-up-claims', 'backups'],
  cleanup: ['runs'],
};

export const operandWords: Readonly<
  Record<string, readonly (readonly [word: string, description: string])[]>
> = {
  completion: [
    ['bash', 'print the script for bash'],
    ['zsh', 'print the script for zsh'],
    ['fish', 'print the script for fish'],
    ['powershell', 'print the script for PowerShell'],
    ['install', 'put kubectl_complete-nkvm beside the plugin'],
  ],
};
