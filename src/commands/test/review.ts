import { Failure } from '../../failure.ts';
import type { ReplayedAcross } from '../../replay/across-versions.ts';
import type { Replay } from '../../replay/model.ts';
import { existingText, type PlannedSample } from '../../replay/planned.ts';
import { recordExpectation } from '../../replay/recording.ts';
import { decided, type ReviewItem, reviewItems } from '../../replay/review.ts';
import { versionsOf } from '../../report/labels.ts';
import { type Page, pageOf } from '../../report/page.ts';
import { replayBlock } from '../../report/replay-block.ts';
import { alike } from '../../report/samples.ts';
import { sideBySide, sideBySideColumns } from '../../report/side-by-side.ts';
import { counted } from '../../report/words.ts';
import { colours, wantsColour } from '../../terminal/colour.ts';
import { failureText } from '../../terminal/failure-text.ts';
import { type Prompts, promptOutput } from '../../terminal/prompts.ts';
import { Interrupted } from '../../terminal/signals.ts';

type Decision = 'accept' | 'keep' | 'skip' | 'quit';

export interface Reviewed {
  readonly replayed: ReplayedAcross;
  /** Whether the person left by Ctrl+C, or by ending the input. What was accepted until then is recorded. */
  readonly interrupted: boolean;
}

/** Refuses a review that nobody could answer; throws a {@link Failure} (exit code 2). */
export function refuseReviewWithoutTerminal(): void {
  if (process.stdin.isTTY === true && process.stdout.isTTY === true) return;
  throw new Failure({
    code: 'no-terminal',
    text: '--review asks questions, and needs a terminal on standard input and standard output.',
    hint: 'Without one, look at the report, and record with: npx create-dstack-plugin test --update',
  });
}

/**
 * Shows a person every replay that differs or is new, and asks what to do about it. What is accepted is written at once, in the entries that
 * an update would write.
 */
export async function reviewed(
  planned: readonly PlannedSample[],
  replayed: ReplayedAcross,
  prompts: Prompts,
): Promise<Reviewed> {
  const output = promptOutput();
  const say = (lines: readonly string[]): void => void output.write(`${lines.join('\n')}\n`);
  const page = pageOf({ columns: output.columns ?? 80, colour: wantsColour(output) });
  const withVersion = versionsOf(replayed.bySample.flat()).length > 1;
  const items = reviewItems(replayed.bySample);
  const files = new ReviewedFiles(planned, replayed, items);
  const failures: Failure[] = [];
  const counts = { accept: 0, keep: 0, skip: 0 };
  let interrupted = false;
  for (const [index, item] of items.entries()) {
    say(['', ...itemLines(item, withVersion, page), '']);
    const place = `${index + 1} of ${items.length}`;
    let decision: Decision;
    try {
      decision = await prompts.choose(question(place, item));
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
      interrupted = true;
      break;
    }
    if (decision === 'quit') break;
    counts[decision]++;
    if (decision !== 'accept') continue;
    try {
      files.accept(item);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      output.write(failureText(error, colours(wantsColour(output))));
      failures.push(error);
    }
  }
  if (items.length > 0) say(['', summary(items.length, counts.accept, counts.keep), '']);
  const result = { ...replayed, bySample: files.bySample(), failures: [...replayed.failures, ...failures] };
  return { replayed: result, interrupted };
}

function question(place: string, { replays }: ReviewItem) {
  const fresh = replays.every(({ expected }) => expected === null);
  return {
    message: `${place}: is what came out right?`,
    // Enter alone must record nothing: what is recorded as right, a person said so.
    default: 'skip' as const,
    choices: [
      { value: 'accept', label: 'accept: record what came out' },
      {
        value: 'keep',
        label: fresh
          ? 'keep: record nothing, mend the policy'
          : 'keep: what is expected is right, mend the policy',
      },
      { value: 'skip', label: 'skip: decide another time' },
      { value: 'quit', label: 'quit: leave the rest; what was accepted stays' },
    ] as const,
  };
}

/** What needs a look, each result once. */
function itemLines({ replays }: ReviewItem, withVersion: boolean, page: Page): string[] {
  const results = page.columns >= sideBySideColumns ? sideBySide : undefined;
  const due = replays.filter(({ verdict }) => verdict !== 'passed');
  return alike(due).flatMap((group, index) => [
    ...(index === 0 ? [] : ['']),
    ...replayBlock(group, withVersion, page, results),
  ]);
}

function summary(items: number, accepted: number, kept: number): string {
  const left = items - accepted - kept;
  const rest = left === 0 ? '' : `, ${left} left undecided`;
  return `Reviewed ${counted(items, 'result')}: ${accepted} accepted, ${kept} kept${rest}.`;
}

/** The expectation files as they become while a person decides. */
class ReviewedFiles {
  readonly #planned: readonly PlannedSample[];
  readonly #replayed: ReplayedAcross;
  readonly #items: readonly ReviewItem[];
  readonly #accepted = new Set<ReviewItem>();
  readonly #bySample: (readonly Replay[])[];
  /** What the files are known to hold. */
  readonly #texts: (string | null)[];

  constructor(planned: readonly PlannedSample[], replayed: ReplayedAcross, items: readonly ReviewItem[]) {
    this.#planned = planned;
    this.#replayed = replayed;
    this.#items = items;
    this.#bySample = planned.map((_, index) => replayed.bySample[index] ?? []);
    this.#texts = planned.map(({ text }) => text);
  }

  bySample(): readonly (readonly Replay[])[] {
    return this.#bySample;
  }

  /**
   * Records an item, and anew what was accepted of its sample before, from the file as it was before the review: so contexts that are
   * accepted one by one share an entry as they would in an update.
   *
   * @throws Failure (exit code 2) where the file was changed meanwhile, or can't be written; it is then as it was
   */
  accept(item: ReviewItem): void {
    const sample = this.#planned[item.sample];
    const replays = this.#replayed.bySample[item.sample] ?? [];
    if (sample === undefined) throw new Error('a review of a sample that is not there');
    if (existingText(sample.sample) !== this.#texts[item.sample]) throw changed(sample);
    const items = this.#items.filter((other) => other.sample === item.sample);
    const accepted = new Set([...this.#accepted, item]);
    const due = decided(replays, items, accepted);
    const recorded = recordExpectation(sample, due, this.#replayed.versions);
    this.#accepted.add(item);
    this.#texts[item.sample] = existingText(sample.sample);
    this.#bySample[item.sample] = replays.map((replay) => recorded[due.indexOf(replay)] ?? replay);
  }
}

function changed({ sample }: PlannedSample): Failure {
  return new Failure({
    code: 'expectation-changed',
    text: 'The expectation was changed by somebody else during the review, so nothing was written to it.',
    place: { file: sample.expectationPath },
    hint: 'Review it once more: npx create-dstack-plugin test --review',
  });
}
