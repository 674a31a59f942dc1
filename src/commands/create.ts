import { homedir } from 'node:os';
import { ExitCode, Failure } from '../failure.ts';
import { starterPolicies } from '../scaffold/catalogue.ts';
import { obstacleAt } from '../scaffold/obstacle.ts';
import { plan } from '../scaffold/plan.ts';
import { type CreateFlags, type Decision, decide } from '../scaffold/questions.ts';
import { loadTemplates } from '../scaffold/templates.ts';
import { writeProject } from '../scaffold/write.ts';
import { somebodyIsThere } from '../terminal/interactive.ts';
import { printable } from '../terminal/printable.ts';
import { terminalPrompts } from '../terminal/prompts.ts';
import { shellQuote } from '../terminal/shell.ts';
import { Interrupted } from '../terminal/signals.ts';
import { newestTestedDstack, toolVersion } from '../version.ts';

export interface CreateOptions extends CreateFlags {
  /** Take the defaults, ask nothing. */
  readonly yes: boolean;
}

/**
 * `create-dstack-plugin [directory]`: asks what isn't given, plans the project, writes it, and prints what to do next.
 *
 * @throws Failure where a flag is wrong, something is in the way, or the file system refuses
 */
export async function create(options: CreateOptions): Promise<ExitCode> {
  const decision = await decideHere(options);
  const files = plan(decision.answers, loadTemplates(decision.answers.kind, decision.answers.language));
  await writeProject(decision.directory, files, decision.shown);
  process.stdout.write(
    created(
      decision,
      files.map(({ path }) => path),
    ),
  );
  return ExitCode.done;
}

async function decideHere(options: CreateOptions): Promise<Decision> {
  try {
    return await decide(options, {
      prompts: options.yes || !somebodyIsThere() ? null : terminalPrompts,
      policies: starterPolicies,
      workingDirectory: workingDirectory(),
      home: homedir(),
      dstack: newestTestedDstack,
      tool: toolVersion,
      obstacle: obstacleAt,
    });
  } catch (error) {
    if (error instanceof Interrupted) throw new Interrupted('Cancelled: nothing was written.');
    throw error;
  }
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    throw new Failure({
      code: 'no-working-directory',
      text: "The folder that this was started in isn't there any more.",
      hint: 'Change to another folder and try again.',
    });
  }
}

const widest = 79;

const kindNames: Readonly<Record<Decision['answers']['kind'], string>> = {
  package: 'plugin',
  rest: 'REST plugin',
};

/** What is printed after a project was written. */
export function created({ shown, answers }: Decision, paths: readonly string[]): string {
  const place = shown === '.' ? 'this folder' : printable(shown);
  const next = [
    ...(shown === '.' ? [] : [`cd ${shellQuote(shown)}`]),
    // The service is built and run from the folder, by what npm installs there; uv and Go see to that themselves.
    ...(answers.language === 'typescript' ? ['npm install'] : []),
    `npx create-dstack-plugin@${answers.tool} test`,
  ];
  return [
    `Created the ${kindNames[answers.kind]} ${answers.name} in ${place}: ${paths.length} files, for dstack ${answers.dstack}.`,
    ...policyLines(answers.policies),
    '',
    ...tree(paths).map((line) => `  ${line}`),
    '',
    'Next:',
    '',
    ...next.map((command) => `  ${command}`),
    '',
  ].join('\n');
}

function policyLines(policies: readonly string[]): readonly string[] {
  if (policies.length === 0) return ['It has no policies yet.'];
  const lines: string[] = [];
  for (const word of `Policies: ${policies.join(', ')}.`.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > widest)
      lines.push(line === undefined ? word : `  ${word}`);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/** The entries at the top, and for each folder how much is in it. */
function tree(paths: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    const slash = path.indexOf('/');
    const entry = slash < 0 ? path : path.slice(0, slash + 1);
    counts.set(entry, (counts.get(entry) ?? 0) + 1);
  }
  const isFolder = (entry: string): boolean => entry.endsWith('/');
  const entries = [...counts].sort(
    ([a], [b]) => Number(isFolder(b)) - Number(isFolder(a)) || a.localeCompare(b, 'en'),
  );
  const width = Math.max(...entries.filter(([entry]) => isFolder(entry)).map(([entry]) => entry.length), 0);
  return entries.map(([entry, count]) =>
    isFolder(entry) ? `${entry.padEnd(width)}  ${count} ${count === 1 ? 'file' : 'files'}` : entry,
  );
}
