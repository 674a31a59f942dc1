import { findingAt } from '../replay/findings/finding.ts';
import type { Finding, Json, Kind } from '../replay/model.ts';
import type { Progress } from '../terminal/progress.ts';
import { Caller } from './caller.ts';
import { checkConcurrent, concurrentRequests } from './concurrent.ts';
import { checkEndpoints } from './endpoints.ts';
import type { FailingRequest } from './failing.ts';
import { checkGenerated, type Steady } from './generated-specs.ts';
import { checkKnownFields } from './known-fields.ts';
import { checkMalformed, malformedRequests } from './malformed.ts';
import type { Parse } from './oracle.ts';
import type { Checked, Defect, Probe } from './probe.ts';
import { sentences } from './sentences.ts';
import { checkUnknownFields } from './unknown-fields.ts';

/** A spec of a sample, as `rest_plugin` would send it. */
export interface BaseSpec {
  readonly kind: Kind;
  readonly user: string;
  readonly project: string;
  readonly spec: Json;
}

export interface ContractRequest {
  /** Where the service listens, as in `DSTACK_PLUGIN_SERVICE_URI`. */
  readonly url: string;
  /** May be empty: then all specs are made from the schema. What they hold as secrets isn't sent. */
  readonly specs: readonly BaseSpec[];
  /** The OpenAPI document of the four endpoints, of the engine's dstack. */
  readonly document: Json;
  readonly parse: Parse;
  /** The same seed makes the same requests. */
  readonly seed: number;
  readonly maxRequests: number;
  /** Seconds for the whole of it. */
  readonly timeout: number;
}

export interface ContractResult {
  readonly seed: number;
  readonly requests: number;
  readonly milliseconds: number;
  /** What 95 % of the requests that were sent one by one took at most, in milliseconds; null where there were too few to tell. */
  readonly p95: number | null;
  /** Specs made from the schema, those of them that dstack accepts, and those sent. */
  readonly generated: { readonly made: number; readonly valid: number; readonly sent: number };
  /** How many answers told something, by what was checked. */
  readonly judged: Readonly<Record<Check, number>>;
  /** Whole sentences: what wasn't checked, and why. Whoever reports a pass has to say this too. */
  readonly unchecked: readonly string[];
  readonly findings: readonly Finding[];
  /** In the order of the findings; a finding may have none. */
  readonly failing: readonly FailingRequest[];
}

type Check = 'endpoints' | 'unknown-fields' | 'known-fields' | 'generated' | 'concurrent' | 'malformed';

/** Of each kind's share of generated specs; a run has three types, and most of what dstack can do. */
const shares: Readonly<Record<Kind, number>> = { run: 3, fleet: 1, volume: 1, gateway: 1 };
/** What making failing specs smaller may take, before what comes after it is endangered. */
const reserve = 40;
/** The part of the time that is kept for what comes after the generated specs. */
const keptTime = 0.3;
const slowAfter = 500;
const fewest = 20;

/**
 * Sends requests to a running service that nobody's samples make, and says what of the answers breaks dstack's contract with it.
 *
 * @throws the signal's reason where it is aborted, a Failure where the document has no schema of a spec or the engine ends
 */
export async function checkContract(
  request: ContractRequest,
  progress: Pick<Progress, 'step'>,
  signal: AbortSignal,
): Promise<ContractResult> {
  const began = performance.now();
  const caller = new Caller(request, signal);
  const probe: Probe = { caller, parse: request.parse, seed: request.seed };
  progress.step(`Checking the contract of the plugin service (seed ${request.seed})`);
  const found = await checkEndpoints(probe, request.document, request.specs);
  const { endpoints } = found;
  const unknown: Checked[] = [];
  const known: Checked[] = [];
  for (const endpoint of endpoints) {
    unknown.push(await checkUnknownFields(probe, endpoint));
    known.push(await checkKnownFields(probe, endpoint));
  }
  const malformedCount = endpoints.reduce(
    (sum, { sender, bases: [base] }) =>
      sum + (base === undefined ? 0 : malformedRequests(sender, base).length + 1),
    0,
  );
  // Each is sent twice.
  const room = Math.max(0, Math.floor((caller.left - concurrentRequests - malformedCount - reserve) / 2));
  const whole = endpoints.reduce((sum, { kind }) => sum + shares[kind], 0);
  const steady: Steady[] = [];
  const generated: Checked[] = [];
  const count = { made: 0, valid: 0, sent: 0 };
  for (const endpoint of endpoints) {
    const wanted = Math.floor((room * shares[endpoint.kind]) / whole);
    progress.step(`Sending generated specs of a ${endpoint.kind}`);
    const checked = await checkGenerated(probe, endpoint, wanted, request.timeout * 1000 * keptTime);
    steady.push(...checked.steady);
    generated.push(checked);
    count.made += checked.made;
    count.valid += checked.valid;
    count.sent += checked.judged;
  }
  if (room < endpoints.length && endpoints.length > 0)
    generated.push({
      defects: [],
      judged: 0,
      unchecked: ['Generated specs: no requests were left for them.'],
    });
  progress.step('Sending requests at once, and malformed ones');
  const concurrent = await checkConcurrent(probe, steady);
  const malformed = await checkMalformed(probe, endpoints);
  const stages: Readonly<Record<Check, readonly Checked[]>> = {
    endpoints: [found],
    'unknown-fields': unknown,
    'known-fields': known,
    generated,
    concurrent: endpoints.length > 0 ? [concurrent] : [],
    malformed: [malformed],
  };
  const all = Object.values(stages).flat();
  const defects = merged(all.flatMap((checked) => checked.defects));
  const p95 = percentile95(caller.times);
  const slow =
    p95 !== null && p95 > slowAfter
      ? [findingAt('slow-service', sentences.slow(p95, caller.times.length), null)]
      : [];
  const sum = (check: Check): number => stages[check].reduce((total, { judged }) => total + judged, 0);
  return {
    seed: request.seed,
    requests: caller.requests,
    milliseconds: performance.now() - began,
    p95,
    generated: count,
    judged: {
      endpoints: sum('endpoints'),
      'unknown-fields': sum('unknown-fields'),
      'known-fields': sum('known-fields'),
      generated: sum('generated'),
      concurrent: sum('concurrent'),
      malformed: sum('malformed'),
    },
    unchecked: all.flatMap((checked) => checked.unchecked),
    findings: [
      ...defects.map(({ code, text }) => findingAt(code, `${text} ${sentences.repeat(request.seed)}`, null)),
      ...slow,
    ],
    failing: named(defects, caller),
  };
}

/** What is the same at several endpoints is one finding, with the first request that shows it. */
function merged(defects: readonly Defect[]): readonly Defect[] {
  const groups = new Map<string, readonly Defect[]>();
  for (const defect of defects) {
    const key = `${defect.code}/${defect.topic}`;
    groups.set(key, [...(groups.get(key) ?? []), defect]);
  }
  return [...groups.values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const kinds = new Set(others.map(({ kind }) => kind));
    kinds.delete(first.kind);
    return [{ ...first, text: first.text + sentences.elsewhere([...kinds]) }];
  });
}

/** Requests with names of their own. */
function named(defects: readonly Defect[], caller: Caller): readonly FailingRequest[] {
  const taken = new Map<string, number>();
  return defects.map(({ code, kind, body, spec }) => {
    const stem = `contract-${code}-${kind}`;
    const number = (taken.get(stem) ?? 0) + 1;
    taken.set(stem, number);
    return {
      code,
      kind,
      name: number === 1 ? stem : `${stem}-${number}`,
      url: caller.urlOf(kind),
      body,
      spec,
    };
  });
}

function percentile95(times: readonly number[]): number | null {
  if (times.length < fewest) return null;
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? null;
}
