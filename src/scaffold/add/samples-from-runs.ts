import { Failure } from '../../failure.ts';
import { parseContext } from '../../replay/context.ts';
import { isList, isMapping } from '../../replay/equality.ts';
import { createMask } from '../../replay/mask.ts';
import type { Json, JsonObject } from '../../replay/model.ts';
import type { FileToWrite } from '../operations.ts';
import { hashOf } from '../record.ts';
import { sampleNameFrom } from './sample-names.ts';
import { secretsOf } from './secrets.ts';

/** What differs from one submission of the same thing to the next. */
const perSubmission: ReadonlySet<string> = new Set([
  'run_name',
  'repo_code_hash',
  'repo_id',
  'repo_data',
  'file_archives',
  'ssh_key_pub',
]);

interface Found {
  readonly name: string;
  readonly spec: JsonObject;
  /** What makes it a sample of its own. */
  readonly key: string;
  readonly context: string | null;
  readonly submittedAt: string;
}

/**
 * The samples in what `dstack ps -a --json` prints: the spec of each run as it was stored, secrets masked, each once, with the contexts in
 * which it was submitted.
 *
 * @param shown the file as the user should read it
 * @throws Failure where it isn't such a file, or has no run in it
 */
export function samplesFromRuns(
  text: string,
  shown: string,
  samples: string,
): { readonly files: readonly FileToWrite[]; readonly notes: readonly string[] } {
  const all = runsIn(text, shown)
    .map(found)
    .filter((run) => run !== null)
    .sort((a, b) => (a.submittedAt < b.submittedAt ? -1 : a.submittedAt > b.submittedAt ? 1 : 0));
  if (all.length === 0) throw noRuns(shown, 'it has no run in it');
  const groups = new Map<string, Found[]>();
  for (const run of all) groups.set(run.key, [...(groups.get(run.key) ?? []), run]);
  const taken = new Set<string>();
  const files = [...groups.values()].flatMap((runs) => filesOf(runs, samples, taken));
  const dropped = all.length - groups.size;
  return {
    files,
    notes: [
      `${counted(all.length, 'run')}${dropped === 0 ? '' : `, ${dropped} of them the same as another but for who submitted it and when`}. What is under env, registry_auth and ssh_key is masked.`,
      "These specs have passed the server's policies already: what a policy has changed is changed in them, and what one has rejected isn't there.",
    ],
  };
}

function filesOf(runs: readonly Found[], samples: string, taken: Set<string>): readonly FileToWrite[] {
  const [first] = runs;
  if (first === undefined) return [];
  const plain = sampleNameFrom(first.name);
  const name = taken.has(plain.toLowerCase()) ? `${plain}-${hashOf(first.key).slice(7, 13)}` : plain;
  taken.add(name.toLowerCase());
  const contexts = [...new Set(runs.map(({ context }) => context).filter((context) => context !== null))];
  const sample = {
    path: `${samples}/${name}.spec.json`,
    contents: `${JSON.stringify(first.spec, null, 2)}\n`,
  };
  if (contexts.length === 0) return [sample];
  // Without an outcome: what the policies make of it nobody has looked at yet.
  const contents = `- as: [${contexts.sort().map(quoted).join(', ')}]\n`;
  return [sample, { path: `${samples}/${name}.expected.yml`, contents }];
}

/** In a list of YAML's. */
function quoted(context: string): string {
  return /^\w[\w.@-]*$/.test(context) ? context : JSON.stringify(context);
}

function runsIn(text: string, shown: string): readonly Json[] {
  let document: Json;
  try {
    // Whatever it is, it is JSON.
    document = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text) as Json;
  } catch {
    throw noRuns(shown, "it isn't JSON");
  }
  if (document !== null && isList(document)) return document;
  if (document !== null && isMapping(document)) {
    const runs = document['runs'];
    if (runs !== undefined && runs !== null && isList(runs)) return runs;
  }
  throw noRuns(shown, 'it has no `runs`');
}

function found(run: Json): Found | null {
  if (run === null || !isMapping(run)) return null;
  const spec = run['run_spec'];
  if (spec === undefined || spec === null || !isMapping(spec)) return null;
  const configuration = spec['configuration'];
  if (configuration === undefined || configuration === null || !isMapping(configuration)) return null;
  const masked = createMask(secretsOf(spec)).value(spec);
  if (masked === null || !isMapping(masked)) return null;
  const context = `${String(run['user'])}@${String(run['project_name'])}`;
  return {
    name: String(spec['run_name'] ?? configuration['name'] ?? configuration['type'] ?? 'run'),
    spec: masked,
    key: keyOf(masked),
    context: parseContext(context) === null ? null : context,
    submittedAt: String(run['submitted_at'] ?? ''),
  };
}

/** Everything that policies may go by. The configuration's name is the run's, or was made up by the server. */
function keyOf(spec: JsonObject): string {
  const { configuration, ...rest } = spec;
  const kept = Object.entries(rest).filter(([name]) => !perSubmission.has(name));
  const named =
    configuration !== undefined && configuration !== null && isMapping(configuration)
      ? Object.entries(configuration).filter(([name]) => name !== 'name')
      : [];
  return JSON.stringify([sorted(Object.fromEntries(kept)), sorted(Object.fromEntries(named))]);
}

function sorted(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

function noRuns(shown: string, why: string): Failure {
  return new Failure({
    code: 'no-runs',
    text: `${shown} isn't what \`dstack ps\` prints: ${why}.`,
    hint: 'Make it with: dstack ps -a --json > runs.json',
  });
}
