import { Command, CommanderError } from 'commander';
import { addHelp, completionHelp, createHelp, openapiHelp, testHelp } from './command-line/help.ts';
import { pythonVersion, testOptions } from './command-line/test-options.ts';
import { flag, text, texts, usage } from './command-line/values.ts';
import type { CommandShape } from './commands/completion/candidates.ts';
import { ExitCode, type Failure } from './failure.ts';
import { reporterNames } from './report/reporter-names.ts';
import { sampleKinds } from './scaffold/add/sample-kinds.ts';
import { filePartsOf, parts } from './scaffold/parts.ts';
import { nearest } from './terminal/nearest.ts';
import { printable } from './terminal/printable.ts';
import { newestTestedDstack, toolVersion } from './version.ts';

/**
 * Runs the command that the arguments name. What a command needs is loaded only when it runs.
 *
 * @param argv the arguments, without node and the script
 * @returns the exit code; the process is left to the caller
 * @throws Failure where the command line is wrong, and whatever the command throws
 */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = ExitCode.done;
  const program = programOf((result) => {
    code = result;
  });
  if (argv[0] === 'completion-server') {
    const { answerShell } = await import('./commands/completion.ts');
    return answerShell(shapeOf(program), argv.slice(argv[1] === '--' ? 2 : 1));
  }
  try {
    // npm and PowerShell leave a `--` behind that separates nothing for this program.
    await program.parseAsync(
      argv.filter((argument) => argument !== '--'),
      { from: 'user' },
    );
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return ExitCode.done;
    throw error;
  }
  return code;
}

/**
 * All commands with their options, which the reference is made from.
 *
 * @param end gets the exit code of the command that was run
 */
export function programOf(end: (code: ExitCode) => void): Command {
  const program = new Command('create-dstack-plugin');
  strict(program)
    .description(
      'Scaffolds plugins for dstack, and replays sample apply specs through them as the dstack server would.',
    )
    .usage('[directory] [options]\n       create-dstack-plugin test [path|filter...] [options]')
    .argument('[directory]', 'where to make the plugin; what is there and not in the way stays as it is')
    .option('--name <name>', "the plugin's name, as PyPI would show it (default: the folder's)")
    .option('--kind <kind>', 'the kind of plugin: package or rest (default: package)')
    .option('--language <language>', 'of a rest plugin: python, typescript or go (default: python)')
    .option(
      '--policies <list>',
      'policies to start with, separated by commas, or all, or none (default: no-privileged,max-price,max-duration)',
      listed,
    )
    .option('--with <list>', `more parts, separated by commas: ${filePartsOf('package').join(', ')}`, listed)
    .option('--description <text>', 'one line about it, for its README and package')
    .option('--author <name>', "whom it names as its author (default: as Git's configuration)")
    .option('--no-author', 'name nobody')
    .option('--email <address>', "the author's (default: as Git's configuration)")
    .option('--dstack <version>', `the dstack version to start with (default: ${newestTestedDstack})`)
    .option('--git', 'make a Git repository of it (default, unless it is in one)')
    .option('--no-git', 'leave Git alone')
    .option('--install', 'install its dependencies: uv sync, npm install or go mod download')
    .option('--no-install', 'install nothing (default where nobody is asked)')
    .option('--on-conflict <what>', 'files in the way: keep, backup or new (default: ask, or stop)')
    .option('--dry-run', 'show what would be written, and write nothing')
    .option('--diff', 'show how it differs from what is there, and write nothing')
    .option('--json', 'report in JSON, and ask nothing')
    .option('-y, --yes', 'ask nothing, take the defaults')
    .version(toolVersion, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .enablePositionalOptions()
    .addHelpText('after', createHelp)
    .action(async (directory: string | undefined, options: Readonly<Record<string, unknown>>) => {
      if (directory !== undefined) refuseCommandLike(directory);
      const { create } = await import('./commands/create.ts');
      end(
        await create({
          directory: directory ?? null,
          name: text(options['name']),
          kind: text(options['kind']),
          language: text(options['language']),
          policies: texts(options['policies']),
          description: text(options['description']),
          author: options['author'] === false ? false : text(options['author']),
          email: text(options['email']),
          dstack: text(options['dstack']),
          with: texts(options['with']),
          install: flag(options['install']),
          git: flag(options['git']),
          yes: options['yes'] === true,
          onConflict: text(options['onConflict']),
          dryRun: options['dryRun'] === true,
          diff: options['diff'] === true,
          json: options['json'] === true,
        }),
      );
    });
  strict(program.command('add'))
    .summary('add to the plugin project of this folder')
    .description(
      "Adds to a plugin project, whoever made it. What is there and was edited stays; what can't be added safely is said.",
    )
    .usage('<what> [name|file...] [options]')
    .argument('[what]', parts.map(({ name }) => name).join(', '))
    .argument('[name|file...]', 'the policies, or the .dstack.yml to take as a sample')
    .option('--empty <name>', 'policy: one of your own, with nothing in it yet')
    .option('--kind <kind>', `sample: ${sampleKinds.join(', ')}`)
    .option('--name <name>', 'sample: its name')
    .option('--from <file>', 'sample: the runs that dstack ps -a --json has printed')
    .option('--on-conflict <what>', 'files in the way: keep, backup or new (default: ask, or stop)')
    .option('--dry-run', 'show what would be written, and write nothing')
    .option('--diff', 'show how it differs from what is there, and write nothing')
    .option('--json', 'report in JSON, and ask nothing')
    .option('-y, --yes', 'ask nothing')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', addHelp)
    .action(
      async (
        what: string | undefined,
        names: readonly string[],
        options: Readonly<Record<string, unknown>>,
      ) => {
        refuseOptionsBefore(program, 'add');
        const { add } = await import('./commands/add.ts');
        end(
          await add({
            what: what ?? null,
            names,
            empty: text(options['empty']),
            from: text(options['from']),
            kind: text(options['kind']),
            name: text(options['name']),
            onConflict: text(options['onConflict']),
            yes: options['yes'] === true,
            dryRun: options['dryRun'] === true,
            diff: options['diff'] === true,
            json: options['json'] === true,
          }),
        );
      },
    );
  strict(program.command('test'))
    .summary('replay samples through the plugin of this folder')
    .description(
      'Replays samples through the plugin of this folder, with dstack itself, and holds what it does to them against what is expected.',
    )
    .argument('[path|filter...]', 'samples to replay: files, or parts of their paths (default: all)')
    .option(
      '--plugin <name>',
      'the plugin to enable, by its entry point; may be repeated (default: all of the project)',
      listed,
    )
    .option('--samples <folder>', 'where the samples are (default: samples)')
    .option('--as <user@project>', 'replay in this context only; may be repeated', repeated)
    .option(
      '--dstack <version,...>',
      'the dstack versions to replay on: 0.22.5, ">=0.21,<0.22", a wheel, a git URL (default: what the project says)',
      repeated,
    )
    .option(
      '--python <version>',
      "the engine's Python (default: 3.11, if there is one, as in dstack's server image)",
    )
    .option('--refresh', 'look anew for the newest dstack that the project allows')
    .option('--update', 'record what is new or differs as expected')
    .option('--review', 'look at what is new or differs one by one, and decide')
    .option('-w, --watch', 'replay again what a change touches, until q')
    .option(
      '--against <reference>',
      'compare with what the plugin did at a git reference, and print what changes as Markdown',
    )
    .option('--shard <number/of>', 'replay one part of the samples, such as 2/5')
    .option('--fail-on <severity>', 'findings that fail the run: error, warning or none (default: error)')
    .option(
      '--obsolete <what>',
      'expectations without a sample, and entries for no version of the run: warn, fail or delete (default: warn)',
    )
    .option(
      '--reporter <name[=file]>',
      `${reporterNames.join(', ')}: to standard output or a file; may be repeated (default: pretty)`,
      repeated,
    )
    .option(
      '--profile <name>',
      'the profile that samples are applied with, from .dstack/profiles.yml beside them',
    )
    .option('--verbose', 'show the whole spec before and after the policies')
    .option('--server-checks', "run the server's own validation and defaults as well (installs more)")
    .option('--server', 'also replay through a real dstack server, started for it (implies --server-checks)')
    .option('--order-check', 'replay the samples backwards, too, and compare')
    .option('--no-offer', 'leave out the dummy task that `dstack offer` sends')
    .option('--rest-url <url>', 'a REST plugin that runs already, in any language: http://127.0.0.1:8000')
    .option(
      '--rest-command <command>',
      'starts a REST plugin, without a shell; {port} in it becomes a free port, PORT too',
    )
    .option('--contract', 'also send the REST plugin requests that no sample makes, and check its answers')
    .option('--max-requests <number>', 'with --contract: requests at most (default: 500)')
    .option('--seed <number>', 'with --contract: another seed makes other requests (default: 1)')
    .option('--save', 'with --contract: write the requests that it gets wrong as samples')
    .option('--timings', 'say where the time goes, on standard error')
    .option('--timeout <seconds>', 'how long a policy may take (default: 10; for a REST plugin 30)')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', testHelp)
    .action(async (paths: readonly string[], options: Readonly<Record<string, unknown>>) => {
      refuseOptionsBefore(program, 'test');
      const checked = testOptions(paths, options);
      const { test } = await import('./commands/test.ts');
      end(await test(checked));
    });
  strict(program.command('openapi'))
    .summary('print the OpenAPI document of the endpoints that a REST plugin answers')
    .description(
      "Prints the OpenAPI 3.1 document of the four endpoints that dstack's rest_plugin calls, from dstack's own models, so that types can be generated from it in any language.",
    )
    .option('--dstack <version>', 'the dstack version (default: what the project says, else the newest)')
    .option('--python <version>', "the engine's Python (default: 3.11, if there is one)")
    .option('--refresh', 'look anew for the newest dstack')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', openapiHelp)
    .action(async (options: Readonly<Record<string, unknown>>) => {
      refuseOptionsBefore(program, 'openapi');
      const dstack = text(options['dstack']);
      const { openapi } = await import('./commands/openapi.ts');
      end(
        await openapi({
          dstack: dstack === null ? [] : [dstack],
          python: pythonVersion(text(options['python'])),
          refresh: options['refresh'] === true,
        }),
      );
    });
  strict(program.command('doctor'))
    .summary('say what is wrong with this machine or project, and how to mend it')
    .description(
      'Looks at Node.js, uv, Python, the cache, and the project and its configuration. Nothing is installed, and nothing of the plugin is run.',
    )
    .option('--prune', 'remove kept environments that were not used for 30 days')
    .helpOption('-h, --help', 'print this help')
    .action(async (options: Readonly<Record<string, unknown>>) => {
      refuseOptionsBefore(program, 'doctor');
      const { doctor } = await import('./commands/doctor.ts');
      end(await doctor({ prune: options['prune'] === true }));
    });
  strict(program.command('completion'))
    .summary('print a script that completes command lines in bash or zsh')
    .description(
      'Prints a script that completes the command lines of this program, where it is installed, in bash or zsh.',
    )
    .argument('<shell>', 'bash or zsh')
    .helpOption('-h, --help', 'print this help')
    .addHelpText('after', completionHelp)
    .action(async (shell: string) => {
      refuseOptionsBefore(program, 'completion');
      const { completion } = await import('./commands/completion.ts');
      end(completion(shell));
    });
  return program;
}

/** What a shell may complete, as plain data. */
function shapeOf(command: Command): CommandShape {
  return {
    name: command.name(),
    description: command.summary(),
    options: command
      .createHelp()
      .visibleOptions(command)
      .map(({ long, short, required, description }) => ({
        long: long ?? '',
        short: short ?? null,
        takesValue: required,
        description,
      })),
    commands: command.createHelp().visibleCommands(command).map(shapeOf),
  };
}

/** Makes a command throw instead of printing and exiting. */
function strict(command: Command): Command {
  return command
    .allowExcessArguments(false)
    .showSuggestionAfterError(false)
    .configureOutput({ writeErr: () => {} })
    .exitOverride((error) => {
      throw error.exitCode === 0 ? error : failureOf(error, command);
    });
}

function failureOf(error: CommanderError, command: Command): Failure {
  const said = printable(error.message.replace(/^error: /, ''));
  const help = `npx create-dstack-plugin ${command.parent === null ? '' : `${command.name()} `}--help`;
  if (error.code === 'commander.unknownOption') {
    const flag = /'(.*)'/s.exec(said)?.[1] ?? said;
    const near = nearest(
      flag,
      command.options.flatMap(({ long }) => long ?? []),
    );
    return usage(`There is no option ${flag}.`, near === null ? `See ${help}` : `Did you mean ${near}?`);
  }
  if (error.code === 'commander.excessArguments') {
    const [first = '', second = ''] = command.args;
    refuseCommandLike(first, second);
    return usage('There are too many arguments: one folder is made at a time.', `See ${help}`);
  }
  return usage(`${said.charAt(0).toUpperCase()}${said.slice(1)}.`, `See ${help}`);
}

/** A word that looks like a command is more likely a slip of the hand than a folder's name. */
function refuseCommandLike(word: string, next = 'my-plugin'): void {
  const path = `For a folder of that name write ./${printable(word)}`;
  const near = /[./\\]/.test(word)
    ? null
    : nearest(word, ['test', 'add', 'openapi', 'doctor', 'completion', 'help', 'create']);
  if (near === null) return;
  const meant = near === 'create' ? `npx create-dstack-plugin ${printable(next)}` : near;
  throw usage(`There is no command "${printable(word)}".`, `Did you mean ${meant}? ${path}`);
}

/** `--yes test` would otherwise lose the `--yes` without a word. */
function refuseOptionsBefore(program: Command, command: string): void {
  const given = program.options.find(
    (option) => program.getOptionValueSource(option.attributeName()) === 'cli',
  );
  if (given === undefined) return;
  throw usage(
    `${given.long ?? given.flags} before "${command}" belongs to no command.`,
    `Options come after the command: create-dstack-plugin ${command} [options]`,
  );
}

function listed(typed: string, before: readonly string[] = []): readonly string[] {
  return [...before, ...typed.split(',').map((word) => word.trim())];
}

function repeated(typed: string, before: readonly string[] = []): readonly string[] {
  return [...before, typed];
}
