import { keepCompiled } from './compile-cache.ts';
import { ExitCode, Failure } from './failure.ts';
import { colours, wantsColour } from './terminal/colour.ts';
import { bugText, failureText } from './terminal/failure-text.ts';
import { printable } from './terminal/printable.ts';
import { handleSignals, Interrupted, runCleanups } from './terminal/signals.ts';
import { toolVersion } from './version.ts';

/**
 * The program: runs the command line, shows what went wrong, and sets the exit code. The process ends by itself once everything is
 * written.
 *
 * @param argv the arguments, without node and the script
 */
export async function main(argv: readonly string[]): Promise<void> {
  process.on('uncaughtException', (error) => {
    runCleanups();
    process.stderr.write(bugText(error, versions()));
    process.exit(ExitCode.bug);
  });
  handleSignals();
  watchOutput();
  const code = await outcomeOf(argv);
  process.exitCode = outputLost ?? code;
  endWhenWritten();
}

async function outcomeOf(argv: readonly string[]): Promise<ExitCode> {
  let ahead: typeof import('./commands/test/ahead.ts') | null = null;
  try {
    const [first] = argv;
    if (first === '--version' || first === '-V') {
      process.stdout.write(`${toolVersion}\n`);
      return ExitCode.done;
    }
    keepCompiled();
    if (first === 'test') {
      ahead = await import('./commands/test/ahead.ts');
      ahead.startAhead(argv.slice(1));
    }
    const { run } = await import('./cli.ts');
    return await run(argv);
  } catch (error) {
    return shown(error);
  } finally {
    await ahead?.dropAhead();
  }
}

function shown(error: unknown): ExitCode {
  if (error instanceof Interrupted) {
    process.stderr.write(`${printable(error.message)}\n`);
    return ExitCode.interrupted;
  }
  if (error instanceof Failure) {
    process.stderr.write(failureText(error, colours(wantsColour(process.stderr))));
    return error.exitCode;
  }
  runCleanups();
  process.stderr.write(bugText(error, versions()));
  return ExitCode.bug;
}

function versions(): { readonly tool: string; readonly node: string } {
  return { tool: toolVersion, node: process.versions.node };
}

let outputLost: ExitCode | null = null;

/**
 * A reader that has seen enough (`| head`) ends nothing: the work and its exit code stay what they are. A report that can't be written for
 * another reason (a full disk) must not pass for one that was.
 */
function watchOutput(): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || outputLost !== null) return;
    outputLost = ExitCode.cannotRun;
    process.exitCode = outputLost;
    const failure = new Failure({
      code: 'output-lost',
      text: `Standard output can't be written: ${error.message}.`,
    });
    process.stderr.write(failureText(failure, colours(wantsColour(process.stderr))));
  });
}

const graceMilliseconds = 1000;

/** Something that was left open must not keep a finished program alive; output that somebody still reads may. */
function endWhenWritten(): void {
  const look = (): void => {
    if (process.stdout.writableLength === 0 && process.stderr.writableLength === 0) process.exit();
    setTimeout(look, graceMilliseconds).unref();
  };
  setTimeout(look, graceMilliseconds).unref();
}
