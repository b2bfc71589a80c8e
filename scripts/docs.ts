// Writes the parts of README.md that are made from the program: `node scripts/docs.ts`. test/unit/docs.test.ts fails
// when they are stale. Such a part stands between `<!-- NAME: … -->` and `<!-- end of NAME -->`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCommands } from '../src/cli.ts';
import type { Permission } from '../src/cluster/cluster.ts';
import type { CommandSpec, FlagSpec } from '../src/commands/command-spec.ts';
import { exitStatuses, flagGroups } from '../src/commands/help.ts';
import {
  optionalPermissions,
  requiredPermissions,
  snapshotPermissions,
  verifyPermissions,
  workloadPermissions,
} from '../src/runbook/permissions.ts';

const readmeFile = join(import.meta.dirname, '..', 'README.md');

const parts: Readonly<Record<string, () => string>> = {
  'exit statuses': () => markdownTable(['Status', 'Meaning'], exitStatuses),
  flags: () => flagSections(),
  role: () =>
    `\`\`\`yaml\n${role([...requiredPermissions, ...workloadPermissions, ...verifyPermissions, ...optionalPermissions, ...snapshotPermissions])}\`\`\`\n`,
};

/** The text with each of its generated parts as the program has it now. */
export function withGeneratedParts(text: string): string {
  let result = text;
  for (const [name, make] of Object.entries(parts)) {
    const begin = `<!-- ${name}: made by scripts/docs.ts -->\n`;
    const end = `<!-- end of ${name} -->`;
    const from = result.indexOf(begin) + begin.length;
    const to = result.indexOf(end, from);
    if (from < begin.length || to < 0) throw new Error(`README.md has no part "${name}"`);
    result = `${result.slice(0, from)}\n${make()}\n${result.slice(to)}`;
  }
  return result;
}

/** Rules of one group with the same verbs stand together. */
export function role(permissions: readonly Permission[]): string {
  const verbs = new Map<string, Set<string>>();
  for (const { group, resource, verb } of permissions) {
    const key = `${group} ${resource}`;
    verbs.set(key, (verbs.get(key) ?? new Set()).add(verb));
  }
  const resources = new Map<string, string[]>();
  for (const [key, set] of verbs) {
    const [group = '', resource = ''] = key.split(' ');
    const rule = `${group} ${[...set].join(', ')}`;
    resources.set(rule, [...(resources.get(rule) ?? []), resource]);
  }
  const rules = [...resources].map(([rule, names]) => {
    const space = rule.indexOf(' ');
    return `  - apiGroups: ["${rule.slice(0, space)}"]
    resources: [${names.join(', ')}]
    verbs: [${rule.slice(space + 1)}]
`;
  });
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: nkvm-restore
  namespace: shop
rules:
${rules.join('')}`;
}

const commands = await loadCommands();

function flagSections(): string {
  const [first] = commands;
  const own = commands.map((command) => {
    const flags = flagGroups(commands, command).own;
    return `### \`${usage(command)}\`\n\n${sentence(command.description)}\n${flags.length === 0 ? '' : `\n${flagTable(flags)}`}`;
  });
  if (first === undefined) return own.join('\n');
  const { output, connection } = flagGroups(commands, first);
  const outputFlags = output.map((flag) =>
    flag.name === '--output' ? { ...flag, description: 'format of the answer (default table)' } : flag,
  );
  const formats = commands.map(({ name, formats }) => [`\`${name}\``, formats.map(code).join(' ')] as const);
  return [
    ...own,
    `### Every command\n\n${flagTable([...outputFlags, ...connection])}`,
    `What \`-o\` may be:\n\n${markdownTable(['Command', 'Formats'], formats)}`,
  ].join('\n');
}

function usage({ name, operands }: CommandSpec): string {
  return `${name} ${operands}`.trim();
}

function flagTable(flags: readonly FlagSpec[]): string {
  const spelled = ({ names, value }: FlagSpec) => {
    const space = value === '' || value.startsWith('[=') ? '' : ' ';
    return code(`${names.join(', ')}${space}${value}`);
  };
  return markdownTable(
    ['Flag', 'Meaning'],
    flags.map((flag) => [spelled(flag), flag.description]),
  );
}

function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return `${line(heads)}${line(heads.map(() => '---'))}${rows.map(line).join('')}`;
}

const code = (text: string) => `\`${text}\``;
const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

if (import.meta.main) writeFileSync(readmeFile, withGeneratedParts(readFileSync(readmeFile, 'utf8')));
