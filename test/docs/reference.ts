import type { Command, Option } from 'commander';
import { exitCodeMeanings } from '../../src/failure.ts';

/** A schema of this package, as far as a reference tells it. */
interface Schema {
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
  readonly $ref?: string;
}

/** The page that says every command, option, key and exit code, from what the code itself goes by. */
export function referencePage(program: Command, configuration: Schema): string {
  return [
    '# Reference',
    '',
    'What `--help` says of each command, the keys of the configuration, and the exit codes.',
    '',
    ...commandSection(program, 'create-dstack-plugin [directory]'),
    ...program.commands.flatMap((command) => commandSection(command, titleOf(command))),
    '## Configuration',
    '',
    '`dstack-plugin.yml` in the root of the project, all optional. Its JSON Schema is `schemas/configuration-1.json` in the package.',
    '',
    '| key | takes | what it says |',
    '|---|---|---|',
    ...keysOf(configuration, ''),
    '',
    '## Exit codes',
    '',
    '| code | meaning |',
    '|---|---|',
    ...Object.entries(exitCodeMeanings).map(([code, meaning]) => `| ${code} | ${cell(meaning)} |`),
    '',
    'Where several hold, the greatest wins.',
    '',
  ].join('\n');
}

function titleOf(command: Command): string {
  const args = command.registeredArguments.map((argument) => {
    const name = argument.name() + (argument.variadic ? '...' : '');
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return ['create-dstack-plugin', command.name(), ...args].join(' ');
}

function commandSection(command: Command, title: string): string[] {
  const args = command.registeredArguments.map(
    (argument) => `| \`${cell(argument.name())}\` | ${cell(argument.description)} |`,
  );
  const options = command.options.map(
    (option: Option) => `| \`${cell(option.flags)}\` | ${cell(option.description)} |`,
  );
  return [
    `## ${title}`,
    '',
    command.description(),
    '',
    ...(args.length === 0 ? [] : ['| argument | |', '|---|---|', ...args, '']),
    ...(options.length === 0 ? [] : ['| option | |', '|---|---|', ...options, '']),
  ];
}

function keysOf({ properties = {} }: Schema, above: string): string[] {
  return Object.entries(properties).flatMap(([name, schema]) => {
    const key = `${above}${name}`;
    const items = schema.items?.properties === undefined ? null : schema.items;
    return [
      `| \`${key}\` | ${cell(takes(schema))} | ${cell(schema.description ?? '')} |`,
      ...keysOf(schema, `${key}.`),
      ...(items === null ? [] : keysOf(items, `${key}[].`)),
    ];
  });
}

function takes(schema: Schema): string {
  if (schema.anyOf !== undefined) return schema.anyOf.map(takes).join(' or ');
  if (schema.$ref !== undefined) return 'a mapping';
  switch (schema.type) {
    case 'array':
      return schema.items === undefined ? 'a list' : `a list, each ${takes(schema.items)}`;
    case 'object':
      return 'a mapping';
    case 'string':
      return 'a text';
    case 'number':
      return 'a number';
    case 'integer':
      return 'a whole number';
    case 'boolean':
      return 'true or false';
    default:
      throw new Error(`No words for the type ${JSON.stringify(schema.type)}.`);
  }
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
