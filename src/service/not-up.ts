import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ExitCode, Failure } from '../failure.ts';
import { printable } from '../terminal/printable.ts';
import { shownUrl } from './address.ts';
import type { StartTrouble } from './service-process.ts';

/** What is known of a service that didn't come up. */
export interface NotUp {
  readonly words: readonly string[];
  readonly root: string;
  /** Where it was expected to answer. */
  readonly url: string;
  readonly port: number;
  /** Whether a word of its command or the URL holds `{port}`. */
  readonly placed: { readonly command: boolean; readonly url: boolean };
  readonly seconds: number;
  /** Why it couldn't be started at all. */
  readonly trouble: StartTrouble | null;
  /** How it ended by itself. */
  readonly ended: string | null;
  /** What happened when it was asked, to be read behind "it". */
  readonly asked: string | null;
  /** A URL with another host at which it does answer. */
  readonly elsewhere: string | null;
  /** The names of processes that it started and that still run. */
  readonly others: readonly string[];
  readonly lastLines: readonly string[];
}

/** Says why a service that was started can't be tested, and what to do. */
export function notUpFailure(what: NotUp): Failure {
  const { trouble, ended, url, seconds, asked, lastLines } = what;
  if (trouble !== null) return notStarted(what, trouble);
  const shown = shownUrl(url);
  const text =
    ended === null
      ? `The plugin service didn't answer at ${shown} within ${seconds} s: it runs, but ${asked ?? 'gives no answer'}.`
      : `The plugin service ${ended} before it answered at ${shown}.`;
  return new Failure({
    code: 'service-not-up',
    text,
    exitCode: ExitCode.cannotRun,
    hint: ended === null ? whereToListen(what) : whyEnded(what),
    details: detailsOf(what.words, lastLines),
  });
}

/** Somebody listens at the one port that the service is to have. */
export function portTaken(url: string): Failure {
  const shown = shownUrl(url);
  return new Failure({
    code: 'service-port-taken',
    text: `Something else already listens at ${shown}, so the plugin service isn't started there.`,
    exitCode: ExitCode.cannotRun,
    hint: `To test what listens there: --rest-url ${shown}. To have a free port chosen, put {port} in place of the port, in the URL and in the command.`,
  });
}

/** A service that somebody else runs doesn't answer. */
export function notRunning(url: string, asked: string): Failure {
  return new Failure({
    code: 'service-not-up',
    text: `The plugin service doesn't answer at ${shownUrl(url)}: it ${asked}.`,
    exitCode: ExitCode.cannotRun,
    hint: 'Start it first, or have it started: --rest-command "…", or rest.command in dstack-plugin.yml.',
  });
}

function notStarted({ words, root }: NotUp, { code, text }: StartTrouble): Failure {
  const [word = ''] = words;
  const isPath = /[/\\]/.test(word);
  const found = isPath && existsSync(join(root, word));
  const failure = (why: string, hint: string): Failure =>
    new Failure({
      code: 'service-not-started',
      text: `The plugin service can't be started: ${why}.`,
      exitCode: ExitCode.cannotRun,
      hint,
      details: detailsOf(words, []),
    });
  const name = JSON.stringify(word);
  if (!existsSync(root)) return failure(`there is no folder ${root}`, 'Check the folder of the project.');
  if (code === 'EACCES')
    return failure(`${name} may not be executed`, `Make it executable: chmod +x ${word}`);
  if (code !== 'ENOENT') return failure(printable(text), 'Check the command.');
  if (found) return failure(`${name} is there, but what its first line names isn't`, 'Check its #! line.');
  if (needsInstall(root)) return failure(`there is no ${name}`, 'First run: npm install');
  if (isPath) return failure(`there is no ${name} in ${root}`, 'Paths in the command begin at the project.');
  return failure(`there is no command ${name} on PATH`, missingTool(word));
}

function missingTool(word: string): string {
  const tools: Readonly<Record<string, string>> = {
    go: 'Go',
    node: 'Node.js',
    npm: 'Node.js',
    npx: 'Node.js',
  };
  const tool = tools[basename(word)];
  return tool === undefined
    ? `Install ${word}, or write the command so that it begins with a program that is there.`
    : `Install ${tool}, or add its folder to PATH.`;
}

function whyEnded({ ended, others, root, lastLines }: NotUp): string | undefined {
  if (lastLines.some((line) => /cannot find (module|package)|not found/i.test(line)) && needsInstall(root))
    return 'First run: npm install';
  if (ended === 'exited with code 0' && others.length > 0)
    return `It left ${others.join(', ')} running, which was ended as well. The command has to stay in the foreground.`;
  return undefined;
}

function whereToListen({ elsewhere, placed, port, url }: NotUp): string {
  if (elsewhere !== null)
    return `It answers at ${shownUrl(elsewhere)}. Make it listen at the host of rest.url, or give rest.url that host.`;
  const inEnvironment = `the environment variable PORT (here ${port})`;
  if (!placed.command && placed.url)
    return `It has to listen at the port in ${inEnvironment}; where it takes the port as an argument, put {port} there in its command.`;
  return `It has to listen at ${shownUrl(url)}; {port} in its command and ${inEnvironment} hold the port. If it only needs longer: start_timeout under rest in dstack-plugin.yml.`;
}

function needsInstall(root: string): boolean {
  return existsSync(join(root, 'package.json')) && !existsSync(join(root, 'node_modules'));
}

function detailsOf(words: readonly string[], lastLines: readonly string[]): string {
  const command = `command: ${words.map((word) => (/^[^\s'"]+$/.test(word) ? word : JSON.stringify(word))).join(' ')}`;
  return [
    command,
    ...(lastLines.length > 0 ? ['its last output:', ...lastLines] : ['It has written nothing.']),
  ].join('\n');
}
