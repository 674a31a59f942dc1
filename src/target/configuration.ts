import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IgnoredFinding } from '../replay/findings/silencing.ts';
import type { Context } from '../replay/model.ts';
import { ConfigurationText, wrong } from './configuration-text.ts';
import { configurationFile } from './dependency-files.ts';
import type { RestConfiguration } from './rest.ts';

/** `dstack-plugin.yml` with its defaults filled in. */
export interface Configuration {
  /** Entry points to enable; null: all that the project declares. */
  readonly plugins: readonly string[] | null;
  /** Versions, specifiers or PEP 508 references of dstack; empty: what the project pins or allows. */
  readonly dstack: readonly string[];
  /** The engine's Python, such as `3.11`; null: the default. */
  readonly python: string | null;
  /** The folder of samples, relative to the root; null: not set. */
  readonly samples: string | null;
  readonly replayAs: readonly Context[];
  /** The profile of every context without one of its own; null: dstack's default. */
  readonly profile: string | null;
  readonly env: Readonly<Record<string, string>>;
  readonly serverEnv: Readonly<Record<string, string>>;
  readonly passEnv: readonly string[];
  /** The plugin service, which makes a REST target; null: none. */
  readonly rest: RestConfiguration | null;
  /** Seconds for one phase of a replay; null: the default, which depends on the target. */
  readonly timeout: number | null;
  /** Whether the server's own validation and defaults are run as well. */
  readonly serverChecks: boolean;
  /** Findings that are silenced. */
  readonly ignore: readonly IgnoredFinding[];
}

const defaults: Configuration = {
  plugins: null,
  dstack: [],
  python: null,
  samples: null,
  replayAs: [{ user: 'admin', project: 'main', profile: null }],
  profile: null,
  env: {},
  serverEnv: {},
  passEnv: [],
  rest: null,
  timeout: null,
  serverChecks: false,
  ignore: [],
};

/**
 * Reads `dstack-plugin.yml` in a project's root; without one, the defaults. Throws a {@link Failure} (exit code 2) with the line of the
 * first thing in it that is wrong.
 */
export function readConfiguration(root: string): Configuration {
  const text = readText(join(root, configurationFile));
  if (text === null) return defaults;
  const file = new ConfigurationText(text);
  const written = file.validated();
  const samples = written.samples === undefined ? null : file.folder(root, written.samples, ['samples']);
  const contexts = written.replay_as?.map((item, index) => file.context(item, ['replay_as', index]));
  return {
    plugins: written.plugins ?? null,
    dstack: [written.dstack ?? []].flat(),
    python: written.python ?? null,
    samples,
    replayAs: contexts ?? defaults.replayAs,
    profile: written.profile ?? null,
    env: file.environment('env'),
    serverEnv: file.environment('server_env'),
    passEnv: written.pass_env ?? [],
    rest: written.rest === undefined ? null : file.rest(written.rest),
    timeout: written.timeout ?? null,
    serverChecks: written.server_checks ?? false,
    ignore: (written.ignore ?? []).map((item, index) => file.ignored(item, ['ignore', index])),
  };
}

function readText(file: string): string | null {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw wrong(`It can't be read: ${error instanceof Error ? error.message : String(error)}.`, undefined);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw wrong("It isn't UTF-8 text.", undefined);
  }
}
