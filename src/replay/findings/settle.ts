import type { Finding, Replay } from '../model.ts';
import type { FindingCode } from './codes.ts';
import { type IgnoredFinding, Silencer } from './silencing.ts';

/** What a run found, before anything is silenced. */
export interface Found {
  readonly bySample: readonly (readonly Replay[])[];
  readonly builtin: readonly Replay[];
  readonly unexercised: readonly Finding[];
  /** What a plugin service does wrong beyond the samples, which is one thing whatever was replayed. */
  readonly contract?: readonly Finding[];
  /** Entries of expectations that hold on no version of the run. */
  readonly obsolete?: readonly Finding[];
}

/** What a run looked for. */
export interface Looked {
  /** Every sample of the project, in every context, and all could be replayed: only then is what is missing missing. */
  readonly everywhere: boolean;
  readonly offer: boolean;
  readonly serverChecks: boolean;
  readonly orderCheck: boolean;
  readonly server?: boolean;
  /** Whether a plugin service answered the replays. */
  readonly service?: boolean;
  /** Whether the plugin service was held to the whole contract beyond the samples. */
  readonly contract?: boolean;
  /** Whether the run is on several versions of dstack. */
  readonly versions?: boolean;
}

export interface Settled extends Omit<Found, 'unexercised' | 'obsolete' | 'contract'> {
  /** The findings of the run as a whole. */
  readonly findings: readonly Finding[];
}

/** Takes out what the configuration silences, and names what is silenced in vain. */
export function settleFindings(found: Found, ignored: readonly IgnoredFinding[], looked: Looked): Settled {
  const silencer = new Silencer(ignored);
  const bySample = found.bySample.map((replays) => replays.map((replay) => silencer.replay(replay)));
  const builtin = found.builtin.map((replay) => silencer.replay(replay));
  const unexercised = silencer.run(looked.everywhere ? distinct(found.unexercised) : []);
  const contract = silencer.run(found.contract ?? []);
  const obsolete = silencer.run(found.obsolete ?? []);
  const unused = looked.everywhere ? silencer.unused((code) => couldOccur(code, looked)) : [];
  const findings = [...contract, ...unexercised, ...obsolete, ...silencer.run(unused)];
  return { bySample, builtin, findings };
}

function couldOccur(
  code: FindingCode,
  {
    offer,
    serverChecks,
    orderCheck,
    server = false,
    service = false,
    contract = false,
    versions = false,
  }: Looked,
): boolean {
  switch (code) {
    case 'breaks-offer':
      return offer;
    case 'blocks-update':
      return serverChecks;
    case 'order-dependent':
      return orderCheck;
    case 'server-disagrees':
      return server;
    case 'connection-failed':
    case 'over-budget':
    case 'redirected':
    case 'reason-lost':
    case 'not-json':
    case 'missing-spec':
    case 'empty-error':
    case 'dropped-fields':
    case 'wrong-content-type':
      return service;
    case 'endpoint-missing':
    case 'canary-changed':
    case 'not-concurrent':
    case 'fails-open':
    case 'slow-service':
      return contract;
    case 'obsolete-entry':
      return versions;
    default:
      return code !== 'unused-ignore';
  }
}

/** Several engines may say the same. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ text }, index) => findings.findIndex((other) => other.text === text) === index);
}
