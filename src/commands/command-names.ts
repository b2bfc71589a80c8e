/** The commands, in the order in which they are shown. */
export const commandNames = [
  'list',
  'validate',
  'restore',
  'verify',
  'cleanup',
  'version',
  'completion',
] as const;

export type CommandName = (typeof commandNames)[number];

export function isCommandName(word: string): word is CommandName {
  return (commandNames as readonly string[]).includes(word);
}
