import { resolve } from 'node:path';
import { closeSessions } from '../../engine/session.ts';
import { ExitCode, Failure } from '../../failure.ts';
import type { Plan } from '../../replay/planned.ts';
import { type Sample, selectSamples } from '../../replay/samples.ts';
import { parseReporterFlags } from '../../report/reporter-flags.ts';
import { counted } from '../../report/words.ts';
import { readConfiguration } from '../../target/configuration.ts';
import { findTarget } from '../../target/find.ts';
import { colours, wantsColour } from '../../terminal/colour.ts';
import { failureText } from '../../terminal/failure-text.ts';
import { somebodyIsThere } from '../../terminal/interactive.ts';
import { terminalPrompts } from '../../terminal/prompts.ts';
import { Interrupted } from '../../terminal/signals.ts';
import { startKeys } from '../../watch/keys.ts';
import { touched } from '../../watch/touched.ts';
import { startWatcher, type Watcher } from '../../watch/watcher.ts';
import { type EarlyRun, keptRunFor, startEarly } from './early.ts';
import type { TestOptions } from './options.ts';
import { planOf } from './plan.ts';
import { contextOf, testProject } from './project.ts';
import { restFor, startedService } from './service.ts';

/** What is replayed: samples and filters as on the command line. */
type Paths = readonly string[];

/** What is known of a replay that isn't the first. */
interface ReplayAgain {
  readonly update?: boolean;
  /** Whether nothing but Python code was changed since the last time. */
  readonly unchanged?: boolean;
  /** The samples of its paths, where they were looked for a moment ago. */
  readonly selected?: readonly Sample[];
  readonly plan?: Plan;
}

/** The samples of a selection and what is to be replayed of them, as they were when so many changes had been heard of. */
interface Foresight {
  readonly selection: Paths;
  readonly heard: number;
  readonly samples: readonly Sample[];
  readonly plan: Plan;
}

/**
 * Replays once, and again whatever a change touches, until a person quits or a signal ends it. The workers stay, with dstack imported, and
 * so does the plugin service while its sources are what they were. A failure of a run is shown, and the watch goes on.
 *
 * @returns the exit code of the last run
 * @throws Failure where there is no project to watch
 */
export async function watchProject(options: TestOptions): Promise<ExitCode> {
  const flagged = options.restUrl !== null || options.restCommand !== null;
  const { root } = findTarget(process.cwd(), flagged);
  const files = parseReporterFlags(options.reporters, process.cwd()).flatMap(({ file }) => file ?? []);
  const watcher = startWatcher(
    root,
    files.map((file) => resolve(file)),
    // What is wrong is said by the run that follows.
    () => void watch.lookAhead().catch(() => {}),
  );
  const watch = new Watch(options, root, watcher);
  try {
    await watcher.ready;
    return await watch.run();
  } finally {
    await watcher.close();
    await watch.close();
  }
}

class Watch {
  readonly #options: TestOptions;
  readonly #root: string;
  readonly #watcher: Watcher;
  readonly #keys = somebodyIsThere() ? startKeys() : null;
  /** What is watched. */
  #selection: Paths;
  /** What was replayed last. */
  #last: Paths;
  #early: EarlyRun | null = null;
  #foresight: Foresight | null = null;
  #code: ExitCode = ExitCode.done;

  constructor(options: TestOptions, root: string, watcher: Watcher) {
    this.#options = options;
    this.#root = root;
    this.#watcher = watcher;
    this.#selection = options.paths;
    this.#last = options.paths;
  }

  async run(): Promise<ExitCode> {
    await this.#takeSamples();
    await this.#replay(this.#selection);
    let changes = this.#watcher.next();
    let key = this.#nextKey();
    for (;;) {
      // What comes while it replays waits for its end.
      const event = await Promise.race([key, changes]);
      if (typeof event !== 'string') {
        changes = this.#watcher.next();
        const foresight = this.#takeForesight();
        const samples = foresight?.samples ?? (await this.#samples());
        const what = touched(event, samples);
        if (what.type === 'nothing') continue;
        if (what.type === 'project') await this.#closeEngines();
        if (what.type === 'all') await this.#closeService();
        if (what.type === 'samples') await this.#replaySamples(what.paths, samples);
        else {
          const unchanged = event.every(({ path }) => path.endsWith('.py'));
          await this.#replay(this.#selection, {
            unchanged,
            ...(samples.length > 0 ? { selected: samples } : {}),
            ...(foresight !== null && what.type === 'all' ? { plan: foresight.plan } : {}),
          });
        }
        continue;
      }
      key = this.#nextKey();
      switch (event) {
        case 'q':
          return this.#code;
        case 'u':
          await this.#replay(this.#last, { update: true });
          break;
        case 'r':
        case '\r':
          await this.#replay(this.#selection);
          break;
        case 'f':
          await this.#filter();
          break;
        default:
      }
    }
  }

  /** Looks for samples and reads their expectations while a batch of changes settles: the run that follows needs them. */
  async lookAhead(): Promise<void> {
    const early = this.#early;
    if (early === null) return;
    const { heard } = this.#watcher;
    const selection = this.#selection;
    const samples = await this.#samples();
    if (samples.length === 0) return;
    const { as, shard } = this.#options;
    const { configuration } = early;
    const plan = await planOf(samples, { asked: as.map(contextOf), shard, configuration });
    this.#foresight = { selection, heard, samples, plan };
  }

  /** What was looked for ahead, if nothing was heard of since. */
  #takeForesight(): Foresight | null {
    const found = this.#foresight;
    this.#foresight = null;
    return found?.heard === this.#watcher.heard && found.selection === this.#selection ? found : null;
  }

  async close(): Promise<void> {
    this.#keys?.close();
    await this.#closeEngines();
  }

  #nextKey(): Promise<string> {
    return new Promise((resolve) => this.#keys?.listen(resolve));
  }

  async #replaySamples(paths: Paths, samples: readonly Sample[]): Promise<void> {
    const watched = new Set(samples.map(({ path }) => path));
    const own = paths.filter((path) => watched.has(path));
    if (own.length > 0) await this.#replay(own.map((path) => resolve(this.#root, path)));
  }

  async #replay(paths: Paths, { update = false, ...known }: ReplayAgain = {}): Promise<void> {
    if (process.stdout.isTTY) process.stdout.write('\x1b[2J\x1b[3J\x1b[H');
    this.#last = paths;
    try {
      await this.#start();
      const options = { ...this.#options, paths, update, refresh: false };
      this.#code = await testProject(options, this.#early && { ...this.#early, ...known });
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      process.stderr.write(failureText(error, colours(wantsColour(process.stderr))));
      this.#code = error.exitCode;
      // A worker that is lost is started anew.
      await this.#closeEngines();
    }
    if (update) await this.#takeSamples();
    // What was looked for during the run may be old by now.
    this.#foresight = null;
    this.#sayWaiting();
  }

  /** What is recorded here is no change to be replayed, nor is a file that is saved as it was. */
  async #takeSamples(): Promise<void> {
    const samples = await this.#samples();
    this.#watcher.take(samples.flatMap(({ file, expectationFile }) => [file, expectationFile]));
  }

  /** Workers that stay, once an environment is kept for them (the first run, which makes it, goes without), and the plugin service. */
  async #start(): Promise<void> {
    const kept = this.#options.refresh && this.#early === null ? null : keptRunFor(this.#options);
    if (kept === null) return await this.#closeEngines();
    this.#early ??= startEarly(kept);
    const rest = await restFor(this.#options, kept.configuration);
    if (rest === null || this.#early.service != null) return;
    const service = await startedService(rest, kept.target, kept.configuration);
    this.#early = { ...this.#early, service };
  }

  async #closeEngines(): Promise<void> {
    await this.#closeService();
    const early = this.#early;
    this.#early = null;
    if (early !== null) await closeSessions(early.running);
  }

  /** Its sources may be others now. */
  async #closeService(): Promise<void> {
    if (this.#early?.service == null) return;
    const { service } = this.#early;
    this.#early = { ...this.#early, service: null };
    await service.stop();
  }

  async #samples(): Promise<readonly Sample[]> {
    try {
      const configured = this.#options.samples ?? readConfiguration(this.#root).samples;
      const where = { root: this.#root, cwd: process.cwd(), configured };
      return await selectSamples({ ...where, args: this.#selection });
    } catch (error) {
      // The run says what is wrong with them.
      if (error instanceof Failure) return [];
      throw error;
    }
  }

  async #filter(): Promise<void> {
    this.#keys?.pause();
    try {
      const typed = await terminalPrompts.text({
        message: 'Replay only samples with this in their path (nothing: all)',
        refuse: () => null,
      });
      this.#selection = typed.trim() === '' ? this.#options.paths : [typed.trim()];
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
    } finally {
      this.#keys?.resume();
    }
    await this.#replay(this.#selection);
  }

  #sayWaiting(): void {
    const only = this.#selection.length === 0 ? '' : `, of ${counted(this.#selection.length, 'filter')}`;
    const keys = this.#keys === null ? '' : ' · u update  f filter  r replay all  q quit';
    process.stderr.write(`\nWatching for changes${only}${keys}\n`);
  }
}
