// Writes docs/reference.md, and what of README.md, docs/rbac.md and deploy/rbac.yaml is made from the program:
// `node scripts/docs.ts`.
// test/unit/docs.test.ts fails when it is stale. A part of a document stands between `<!-- NAME: ... -->` and
// `<!-- end of NAME -->`.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCommands } from '../src/cli.ts';
import { type CommandSpec, type FlagSpec, programName } from '../src/commands/command-spec.ts';
import { exitStatuses, flagGroups } from '../src/commands/help.ts';
import { type RbacRole, rulesOf } from '../src/runbook/role-manifest.ts';
import { rbacManifest, roles } from './rbac.ts';

type Parts = Readonly<Record<string, () => string>>;

const root = join(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

const readmeParts: Parts = {
  'exit statuses': () => markdownTable(['Status', 'Meaning'], exitStatuses),
  flags: () => flagSections(),
};

const rbacParts: Parts = { roles: () => roles.map(roleSection).join('\n') };

/** Each generated file as the program has it now, by its path in the checkout. */
export function generatedFiles(): Readonly<Record<string, string>> {
  return {
    'README.md': withParts(read('README.md'), readmeParts),
    'docs/reference.md': referenceText(),
    'docs/rbac.md': withParts(read('docs/rbac.md'), rbacParts),
    'deploy/rbac.yaml': rbacManifest(),
  };
}

/** The text with each of its generated parts made anew. */
export function withParts(text: string, parts: Parts): string {
  let result = text;
  for (const [name, make] of Object.entries(parts)) {
    const begin = `<!-- ${name}: made by scripts/docs.ts -->\n`;
    const end = `<!-- end of ${name} -->`;
    const from = result.indexOf(begin) + begin.length;
    const to = result.indexOf(end, from);
    if (from < begin.length || to < 0) throw new Error(`there is no part "${name}"`);
    result = `${result.slice(0, from)}\n${make()}\n${result.slice(to)}`;
  }
  return result;
}

function roleSection({ kind, name, purpose, needed, optional }: RbacRole): string {
  const rows = [
    ...rulesOf(needed).map((rule) => [rule, 'yes'] as const),
    ...rulesOf(optional).map((rule) => [rule, 'no'] as const),
  ];
  const table = rows.map(([{ group, resources, verbs }, isNeeded]) => [
    group === '' ? 'core' : group,
    resources.join(', '),
    verbs.join(', '),
    isNeeded,
  ]);
  return `### ${kind} \`${name}\`\n\nFor ${purpose}.\n\n${markdownTable(['Group', 'Resources', 'Verbs', 'Needed'], table)}`;
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

/** All that the help says, as one page. */
function referenceText(): string {
  const shared = commands[0] && flagGroups(commands, commands[0]);
  const common = [...(shared?.output ?? []), ...(shared?.connection ?? [])].map((flag) =>
    flag.name === '--output' ? { ...flag, description: 'format of the answer (default table)' } : flag,
  );
  return [
    '# Reference\n',
    `What \`${programName} COMMAND --help\` says, made by scripts/docs.ts from the same source.\n`,
    markdownTable(
      ['Command', 'What it does'],
      commands.map(({ name, description }) => [
        `[\`${name}\`](#${programName.replace(' ', '-')}-${name})`,
        description,
      ]),
    ),
    ...commands.map(commandSection),
    `## Flags of every command\n\n${flagTable(common)}`,
  ].join('\n');
}

function commandSection(command: CommandSpec): string {
  const { name, description, details, formats, examples, exitCodes } = command;
  const flags = flagGroups(commands, command).own;
  const statuses = exitStatuses.filter(([status]) => exitCodes.includes(Number(status)));
  return [
    `## ${programName} ${name}\n`,
    `${sentence(description)}\n`,
    fenced(`${programName} ${usage(command)} [flags]\n`),
    ...(details === '' ? [] : [`${details.replaceAll('*', '\\*')}\n`]),
    ...(flags.length === 0 ? [] : [flagTable(flags)]),
    `\`-o\` may be ${formats.map(code).join(', ')}.\n`,
    fenced(examples.map(([title, line]) => `# ${title}\n${line}\n`).join('\n')),
    markdownTable(['Exit status', 'Meaning'], statuses),
  ].join('\n');
}

function fenced(text: string): string {
  return `\`\`\`\n${text}\`\`\`\n`;
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

if (import.meta.main) {
  for (const [file, content] of Object.entries(generatedFiles())) writeFileSync(join(root, file), content);
}
