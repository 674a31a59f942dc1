import type { WorkerAnswer } from './protocol.ts';
import { answerOf } from './worker-answers.ts';

/** What an answer has of its own, where it is made to be asked for again: the number of the request, and the time that it took. */
const ownPart = /^\{"id":(\d+),(?:"milliseconds":(\d+(?:\.\d+)?(?:e[+-]?\d+)?),)?/;

/** How many replays are kept, so that memory doesn't grow with the samples: each takes some 20 KB. */
const most = 1000;

/** Answers by what they are beside their own part. */
type Known = Map<string, WorkerAnswer>;

/**
 * The answers of one request to the next, where somebody watches: most come again to the byte. Those are told by their text alone, and are
 * parsed once; all that lies in them is then the same object as before, so that whatever was made of it need not be made again.
 */
export class Repeats {
  #last: Known = new Map();
  #known: Known = new Map();
  #replays = 0;

  /** Begins a request: what the last one wasn't answered with is forgotten. */
  begin(): void {
    this.#last = this.#known;
    this.#known = new Map();
    this.#replays = 0;
  }

  /** One line of the worker's as an answer, as `answerOf` reads it. */
  answerOf(line: string): WorkerAnswer | null {
    const own = ownPart.exec(line);
    if (own === null) return answerOf(line);
    const rest = line.slice(own[0].length);
    const known = this.#last.get(rest) ?? answerOf(line);
    if (known === null) return null;
    if (known.type === 'replay') this.#replays += 1;
    if (known.type !== 'replay' || this.#replays <= most) this.#known.set(rest, known);
    const id = Number(own[1]);
    if (known.type === 'replay')
      return { ...known, id, milliseconds: Number(own[2] ?? known.milliseconds), first: known };
    return 'id' in known ? { ...known, id } : known;
  }
}
