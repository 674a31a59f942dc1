import type { ContractOptions, TestOptions } from '../commands/test/options.ts';
import { distinct, dstackList } from '../engine/dstack-list.ts';
import { parseShard, type Shard } from '../replay/shard-flag.ts';
import { failOnLevels, obsoleteModes } from '../replay/strictness.ts';
import { parseReporterFlags } from '../report/reporter-flags.ts';
import { oneOf } from '../terminal/one-of.ts';
import { printable } from '../terminal/printable.ts';
import { text, texts, usage } from './values.ts';

/**
 * What `test` was asked for, from what the command line says.
 *
 * @throws Failure where an option takes something else, or doesn't go with another
 */
export function testOptions(
  paths: readonly string[],
  options: Readonly<Record<string, unknown>>,
): TestOptions {
  const reporters = texts(options['reporter']) ?? [];
  if (options['review'] === true && options['update'] === true)
    throw usage('--review asks what --update would record without a question.', 'Give one of the two.');
  refuseBesideWatch(options);
  refuseBesideAgainst(options);
  parseReporterFlags(reporters, '.');
  const plugins = texts(options['plugin']);
  if (plugins?.includes(''))
    throw usage('--plugin has an empty name in it.', 'For example: --plugin acme_guard');
  return {
    paths,
    plugins,
    samples: text(options['samples']),
    as: texts(options['as']) ?? [],
    dstack: distinct((texts(options['dstack']) ?? []).flatMap(dstackList)),
    python: pythonVersion(text(options['python'])),
    refresh: options['refresh'] === true,
    update: options['update'] === true,
    watch: options['watch'] === true,
    verbose: options['verbose'] === true,
    reporters,
    review: options['review'] === true,
    shard: shard(text(options['shard'])),
    failOn: oneOf('--fail-on', text(options['failOn']) ?? 'error', failOnLevels),
    obsolete: oneOf('--obsolete', text(options['obsolete']) ?? 'warn', obsoleteModes),
    profile: text(options['profile']),
    offer: options['offer'] !== false,
    serverChecks: options['serverChecks'] === true || options['server'] === true,
    server: options['server'] === true,
    orderCheck: options['orderCheck'] === true,
    restUrl: text(options['restUrl']),
    restCommand: text(options['restCommand']),
    timings: options['timings'] === true,
    timeout: seconds(text(options['timeout'])),
    against: text(options['against']),
    contract: contractOptions(options),
  };
}

function contractOptions(options: Readonly<Record<string, unknown>>): ContractOptions | null {
  const maxRequests = wholeNumber('--max-requests', text(options['maxRequests']), 1, 100_000);
  const seed = wholeNumber('--seed', text(options['seed']), 0, 2 ** 32 - 1);
  const save = options['save'] === true;
  if (options['contract'] === true) return { seed: seed ?? 1, maxRequests: maxRequests ?? 500, save };
  const alone = [maxRequests !== null && '--max-requests', seed !== null && '--seed', save && '--save'];
  const flag = alone.find((each) => each !== false);
  if (flag !== undefined) throw usage(`${flag} belongs to --contract.`, 'Give both, or neither.');
  return null;
}

function wholeNumber(flag: string, typed: string | null, least: number, most: number): number | null {
  if (typed === null) return null;
  const number = Number(typed);
  if (/^\d+$/.test(typed) && number >= least && number <= most) return number;
  throw usage(
    `${flag} takes a whole number from ${least} to ${most}, not "${printable(typed)}".`,
    `For example: ${flag} 100`,
  );
}

/** What takes long, or asks, has no place in a loop. */
function refuseBesideWatch(options: Readonly<Record<string, unknown>>): void {
  if (options['watch'] !== true) return;
  if (options['update'] === true)
    throw usage('--watch has a key for --update.', 'Press u where it is right.');
  for (const name of ['review', 'server', 'contract']) {
    if (options[name] === true) throw usage(`--${name} doesn't go with --watch.`, 'Run it without --watch.');
  }
}

const strangersToAgainst = 'watch update review server contract orderCheck restUrl reporter'.split(' ');

/** It answers another question than whether the samples are as expected. */
function refuseBesideAgainst(options: Readonly<Record<string, unknown>>): void {
  if (options['against'] === undefined) return;
  for (const name of strangersToAgainst) {
    if (options[name] === undefined || options[name] === false) continue;
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw usage(`--${flag} doesn't go with --against.`, 'Run it without --against.');
  }
}

function shard(typed: string | null): Shard | null {
  if (typed === null) return null;
  const parsed = parseShard(typed);
  if (parsed !== null) return parsed.of === 1 ? null : parsed;
  throw usage(
    `--shard takes the number of a part and how many there are, not "${printable(typed)}".`,
    'For example: --shard 2/5',
  );
}

function seconds(typed: string | null): number | null {
  if (typed === null) return null;
  const number = Number(typed);
  if (/^\d+(\.\d+)?$/.test(typed) && number > 0 && number <= 86_400) return number;
  throw usage(`--timeout takes seconds above zero, not "${printable(typed)}".`, 'For example: --timeout 10');
}

/** A version of Python as a flag takes it. */
export function pythonVersion(typed: string | null): string | null {
  if (typed === null || /^3\.\d{1,2}(\.\d{1,2})?$/.test(typed)) return typed;
  throw usage(`--python takes a version, not "${printable(typed)}".`, 'For example: --python 3.11');
}
