import { Failure } from '../failure.ts';
import { printable } from '../terminal/printable.ts';
import type { Choice, Prompts } from '../terminal/prompts.ts';
import { whyNot } from './listing.ts';
import type { Blocked, Conflict, Operation, Resolution } from './operations.ts';

type Answer = Resolution | `${Resolution}-rest` | 'difference';

const words: Readonly<Record<Resolution, string>> = {
  keep: 'Keep what is there',
  backup: 'Replace it, with a backup',
  new: 'Write beside it, as .new',
};

/**
 * Asks what to do with each file that is in the way, one by one, or with all the rest at once.
 *
 * @param show puts a patch before the person
 * @returns the resolutions, by the file's path
 * @throws Interrupted if the person leaves
 */
export async function askResolutions(
  conflicts: readonly Conflict[],
  prompts: Prompts,
  show: (patch: string) => void,
): Promise<ReadonlyMap<string, Resolution>> {
  const answers = new Map<string, Resolution>();
  for (const [index, conflict] of conflicts.entries()) {
    const rest = conflicts.slice(index);
    const answer = await askOne(conflict, rest.length - 1, prompts, show);
    const [resolution, forRest] = split(answer);
    answers.set(conflict.file.path, resolution);
    if (!forRest) continue;
    for (const { file } of rest) answers.set(file.path, resolution);
    break;
  }
  return answers;
}

async function askOne(
  conflict: Conflict,
  more: number,
  prompts: Prompts,
  show: (patch: string) => void,
): Promise<Exclude<Answer, 'difference'>> {
  for (;;) {
    const answer = await prompts.choose({
      message: `${printable(conflict.file.path)}: ${whyNot(conflict)}`,
      choices: choicesFor(more),
    });
    if (answer !== 'difference') return answer;
    // Loaded here: most people never ask for it.
    const { patchOf } = await import('./difference.ts');
    show(patchOf(conflict));
  }
}

function choicesFor(more: number): readonly Choice<Answer>[] {
  const each: readonly Choice<Answer>[] = [
    { value: 'difference', label: 'Show the difference' },
    { value: 'keep', label: words.keep },
    { value: 'backup', label: words.backup },
    { value: 'new', label: words.new },
  ];
  if (more === 0) return each;
  const rest = `this and ${more} more`;
  return [
    ...each,
    { value: 'keep-rest', label: `${words.keep}: ${rest}` },
    { value: 'backup-rest', label: `${words.backup}: ${rest}` },
    { value: 'new-rest', label: `${words.new}: ${rest}` },
  ];
}

function split(answer: Exclude<Answer, 'difference'>): readonly [Resolution, boolean] {
  switch (answer) {
    case 'keep':
    case 'backup':
    case 'new':
      return [answer, false];
    case 'keep-rest':
      return ['keep', true];
    case 'backup-rest':
      return ['backup', true];
    case 'new-rest':
      return ['new', true];
  }
}

/** The failure that names everything that is in the way, of operations that aren't all decided on. */
export function conflictFailure(operations: readonly Operation[], shown: string): Failure {
  const conflicts = operations.filter((operation) => operation.operation === 'conflict');
  const blocked = operations.filter((operation) => operation.operation === 'blocked');
  const all: readonly (Conflict | Blocked)[] = [...blocked, ...conflicts];
  const where = shown === '.' ? 'this folder' : printable(shown);
  const count = all.length === 1 ? '1 file has' : `${all.length} files have`;
  return new Failure({
    code: blocked.length > 0 ? 'place-taken' : 'conflict',
    text: `${count} something in the way in ${where}; nothing was written.`,
    details: all.map((one) => `${printable(one.file.path)}: ${whyNot(one)}`).join('\n'),
    hint:
      blocked.length > 0
        ? 'Move what stands where a folder has to be, or choose another folder.'
        : [
            'Say what to do with them, or move them:',
            '--on-conflict keep    leaves what is there',
            '--on-conflict backup  replaces it, and keeps it as NAME.bak',
            '--on-conflict new     writes NAME.new beside it',
          ].join('\n'),
  });
}
