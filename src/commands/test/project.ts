import { realpathSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { Engine } from '../../engine/engine.ts';
import { closeSessions, startSessions } from '../../engine/session.ts';
import { type ExitCode, exitCodeOf, Failure } from '../../failure.ts';
import { type ReplayedAcross, replayAcross } from '../../replay/across-versions.ts';
import { parseContext } from '../../replay/context.ts';
import { settleFindings } from '../../replay/findings/settle.ts';
import type { Context } from '../../replay/model.ts';
import { obsoleteEntries, obsoleteFiles } from '../../replay/obsolete.ts';
import type { PlannedSample } from '../../replay/planned.ts';
import { recordExpectation } from '../../replay/recording.ts';
import type { ReplaySettings } from '../../replay/replaying.ts';
import { defaultFolder, selectSamples } from '../../replay/samples.ts';
import { placesIn } from '../../report/places.ts';
import type { Display, Obsolete, Report, ReportTarget } from '../../report/report.ts';
import { parseReporterFlags, type ReporterFlag } from '../../report/reporter-flags.ts';
import { loadReporters } from '../../report/reporters.ts';
import { writeReports } from '../../report/write-reports.ts';
import { readConfiguration } from '../../target/configuration.ts';
import { findTarget } from '../../target/find.ts';
import type { Target } from '../../target/target.ts';
import { colours, wantsColour } from '../../terminal/colour.ts';
import { type Counting, startCounting } from '../../terminal/counting.ts';
import { failureText } from '../../terminal/failure-text.ts';
import { wantsLinks } from '../../terminal/hyperlinks.ts';
import { printable } from '../../terminal/printable.ts';
import { terminalPrompts } from '../../terminal/prompts.ts';
import type { ContractRun } from './contract.ts';
import type { EarlyRun } from './early.ts';
import { preparedEngines } from './engines.ts';
import type { TestOptions } from './options.ts';
import { type Outcome, reportOf } from './outcome.ts';
import { planOf } from './plan.ts';
import { type RunningService, restFor, startedService } from './service.ts';
import { enabledPlugins, replaySettings, restPlugin, workersOf } from './settings.ts';
import { emptyShard } from './shard.ts';
import { timingLines } from './timings.ts';

/**
 * The whole way of `test`: project, samples, engine, replays, expectations, reports.
 *
 * @throws Failure where the command line is wrong, and where nothing was replayed and only a person reads the report
 */
export async function testProject(options: TestOptions, early: EarlyRun | null): Promise<ExitCode> {
  const started = early?.started ?? performance.now();
  const flags = parseReporterFlags(options.reporters, process.cwd());
  loadReporters(flags.map(({ name }) => name));
  const asked = options.as.map(contextOf);
  if (options.review) (await import('./review.ts')).refuseReviewWithoutTerminal();
  let outcome: Outcome;
  try {
    outcome = await replayProject(options, asked, early);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // Programs get a report of this as well; a person gets the sentence, once.
    const nothing: Outcome = {
      target: null,
      replays: [],
      findings: [],
      failures: [error],
      obsolete: [],
      serviceLog: [],
      obsoleteLeft: false,
    };
    const forPrograms = flags.filter(({ name }) => name !== 'pretty');
    if (forPrograms.length > 0) await written(reportOf(nothing, options), forPrograms, null);
    throw error;
  }
  const done = performance.now();
  const code = await written(reportOf(outcome, options), flags, outcome.root ?? null);
  if (options.timings && outcome.timings !== undefined) {
    const whole = performance.now();
    const lines = timingLines({ ...outcome.timings, start: started, report: whole - done, whole });
    process.stderr.write(`${lines.join('\n')}\n`);
  }
  return code;
}

async function replayProject(
  options: TestOptions,
  asked: readonly Context[],
  early: EarlyRun | null,
): Promise<Outcome> {
  const cwd = realpathSync(process.cwd());
  const flagged = options.restUrl !== null || options.restCommand !== null;
  const target = early?.target ?? findTarget(cwd, flagged);
  const configuration = early?.configuration ?? readConfiguration(target.root);
  // Who enables plugins by name may leave the plugin service out.
  const rest = options.plugins?.includes(restPlugin) === false ? null : await restFor(options, configuration);
  if (options.contract !== null && rest === null) throw noService();
  const folder = { root: target.root, configured: options.samples ?? configuration.samples };
  const began = performance.now();
  const selected = early?.selected ?? (await selectSamples({ ...folder, cwd, args: options.paths }));
  const plan = early?.plan ?? (await planOf(selected, { asked, shard: options.shard, configuration }));
  const { planned, failures } = plan;
  const whole = options.paths.length === 0 && asked.length === 0 && options.shard === null;
  const remove = whole && (options.update || options.obsolete === 'delete');
  const lookForObsolete = () => obsoleteFiles(folder, { remove, partly: !whole, shard: options.shard });
  if (planned.length + failures.length === 0)
    return emptyShard(selected.length, options, await lookForObsolete());

  const read = performance.now();
  const prepared = early === null ? await preparedEngines(target, configuration, options) : null;
  const environment = performance.now() - read;
  const running = early?.running ?? startSessions(prepared?.engines ?? [], configuration);
  const [{ engine }] = running;
  const plugins = enabledPlugins(options, configuration, engine, rest !== null);
  const serverChecks = options.serverChecks || configuration.serverChecks;
  const serviceFailures: Failure[] = [];
  let serviceLog: readonly string[] = [];
  let service: RunningService | null = null;
  let serviceStart = 0;
  const total = planned.reduce((sum, { contexts }) => sum + contexts.length, 0) * running.length;
  let counting: Counting | null = null;
  let soon: Promise<readonly Obsolete[]> | null = null;
  let replayed: ReplayedAcross;
  let contract: ContractRun | null = null;
  try {
    if (rest !== null) {
      const beforeService = performance.now();
      service = early?.service ?? (await startedService(rest, target, configuration));
      if (early?.service == null) serviceStart = performance.now() - beforeService;
    }
    const run = { root: target.root, plugins, service, engines: running.length };
    const request: ReplaySettings = {
      ...replaySettings(options, configuration, run),
      onReplay: () => counting?.one(),
      again: options.watch,
      unchanged: early?.unchanged ?? false,
    };
    counting = startCounting('Replaying', total);
    // While the worker is at work; what is to be removed has its time after that.
    if (!remove) {
      soon = setImmediate().then(lookForObsolete);
      soon.catch(() => {});
    }
    replayed = await replayAcross(workersOf(running), planned, request);
    counting.stop();
    if (options.server) {
      const { holdAgainstServers } = await import('./servers.ts');
      replayed = await holdAgainstServers(running, planned, request, configuration, replayed);
    }
    if (options.contract !== null && request.service != null) {
      const { contractRun } = await import('./contract.ts');
      const newest = replayed.versions.ordered.at(-1);
      const { engine, session } = running.find((each) => each.engine.dstack === newest) ?? running[0];
      contract = await contractRun(
        {
          url: request.service.url,
          worker: session.worker,
          dstack: engine.dstack,
          planned,
          settings: request,
          root: target.root,
          samples: folder.configured ?? defaultFolder,
        },
        options.contract,
      );
    }
  } finally {
    counting?.stop();
    if (service !== null) {
      serviceLog = service.log();
      serviceFailures.push(...(early?.service == null ? await service.stop() : service.failures()));
    }
    // What is left to do needs no worker, and can be done while they end; a watch keeps them.
    const closed = early === null || !options.watch ? closeSessions(running) : null;
    if (early === null) await closed;
  }
  if (options.update) replayed = recorded(planned, replayed);
  let interrupted = false;
  if (options.review) {
    // Nothing of the plugin runs while a person thinks.
    await closeSessions(running);
    const { reviewed } = await import('./review.ts');
    ({ replayed, interrupted } = await reviewed(planned, replayed, terminalPrompts));
  }
  if (replayed.noOffer !== null) process.stderr.write(`${printable(replayed.noOffer)}\n`);
  const everyVersion =
    (prepared?.failures ?? []).length === 0 && replayed.versions.ordered.length === running.length;
  const entries = await obsoleteEntries(everyVersion ? planned : [], replayed.versions, {
    mode: options.obsolete,
    // Who names versions by a flag may have named a few of those that the project is for.
    remove: whole && options.obsolete === 'delete' && options.dstack.length === 0,
  });
  const allFailures = [
    ...(prepared?.failures ?? []),
    ...failures,
    ...replayed.failures,
    ...(contract?.failures ?? []),
    ...serviceFailures,
    ...entries.failures,
  ];
  const files = await (soon ?? lookForObsolete());
  const found = { ...replayed, obsolete: entries.findings, contract: contract?.findings ?? [] };
  const settled = settleFindings(found, configuration.ignore, {
    everywhere: whole && allFailures.length === 0,
    offer: options.offer && replayed.noOffer === null,
    serverChecks,
    orderCheck: options.orderCheck,
    server: options.server,
    service: rest !== null,
    contract: contract?.report?.unchecked.length === 0,
    versions: running.length > 1,
  });
  return {
    root: target.root,
    target: reportTarget(target, engine, plugins, service),
    replays: [...settled.bySample.flat(), ...settled.builtin],
    findings: settled.findings,
    failures: allFailures,
    obsolete: files,
    interrupted,
    serviceLog,
    contract: contract?.report ?? null,
    obsoleteLeft: entries.left > 0 || files.some(({ removed }) => !removed),
    timings: {
      environment: early === null ? environment : 0,
      project: read - began,
      service: serviceStart,
      workers: running.map(({ engine: { dstack }, session }) => ({ dstack, spent: session.worker.spent })),
      judging: replayed.judging,
    },
  };
}

function noService(): Failure {
  return new Failure({
    code: 'no-service',
    text: '--contract checks a plugin service, and there is none in this run.',
    hint: 'Say where it is: --rest-url or --rest-command, or rest: in dstack-plugin.yml.',
  });
}

function reportTarget(
  { kind, name }: Target,
  { distribution }: Engine,
  plugins: readonly string[],
  service: RunningService | null,
): ReportTarget {
  if (service === null) return { kind: 'package', name: distribution, plugins };
  const { url } = service;
  if (kind === 'rest') return { kind, name, url, plugins };
  return { kind: plugins.length > 1 ? 'mixed' : 'rest', name: distribution, url, plugins };
}

/** A sample whose expectation can't be updated keeps its verdicts, and the others are recorded all the same. */
function recorded(planned: readonly PlannedSample[], replayed: ReplayedAcross): ReplayedAcross {
  const { bySample, failures } = replayed;
  const refused: Failure[] = [];
  const updated = planned.map((sample, index) => {
    const replays = bySample[index] ?? [];
    try {
      return recordExpectation(sample, replays, replayed.versions);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      refused.push(error);
      return replays;
    }
  });
  return { ...replayed, bySample: updated, failures: [...failures, ...refused] };
}

/** Writes the reports. One that can't be written is said on standard error, and the exit code is that of whatever is worse. */
async function written(
  report: Report,
  flags: readonly ReporterFlag[],
  root: string | null,
): Promise<ExitCode> {
  const display: Display = {
    columns: process.stdout.columns ?? 80,
    colour: wantsColour(process.stdout),
    links: root !== null && (await wantsLinks(process.stdout)),
    ...(root === null ? {} : { places: placesIn(root) }),
  };
  const writeStdout = (text: string): void => {
    process.stdout.write(text);
  };
  try {
    const stepSummary = process.env['GITHUB_STEP_SUMMARY'] ?? null;
    await writeReports(report, flags, display, { cwd: process.cwd(), writeStdout, stepSummary });
    return report.exitCode;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    process.stderr.write(failureText(error, colours(wantsColour(process.stderr))));
    return exitCodeOf([report.exitCode, error.exitCode]);
  }
}

/** A context as the command line names it. Throws a {@link Failure} where it is none. */
export function contextOf(text: string): Context {
  const context = parseContext(text);
  if (context !== null) return context;
  throw new Failure({
    code: 'invalid-context',
    text: `--as takes a user and a project, not ${JSON.stringify(text)}.`,
    hint: 'For example: --as alice@research',
  });
}
