import { closeSessions, startSessions } from '../engine/session.ts';
import { ExitCode } from '../failure.ts';
import { readConfiguration } from '../target/configuration.ts';
import { findTarget } from '../target/find.ts';
import type { Target } from '../target/target.ts';
import { preparedEngines } from './test/engines.ts';

/** What `create-dstack-plugin openapi` was asked for. */
export interface OpenApiOptions {
  /** A version, specifier or PEP 508 reference of dstack; empty: the project's, else the newest. */
  readonly dstack: readonly string[];
  readonly python: string | null;
  readonly refresh: boolean;
}

/**
 * Prints the OpenAPI document of the endpoints that dstack's `rest_plugin` calls, from the models of the dstack that was asked for.
 *
 * @throws Failure where that dstack can't be had
 */
export async function openapi(options: OpenApiOptions): Promise<ExitCode> {
  const target = projectHere();
  const configuration = readConfiguration(target.root);
  const [only] = options.dstack.length > 0 ? options.dstack : configuration.dstack;
  const { engines } = await preparedEngines(target, configuration, {
    ...options,
    dstack: only === undefined ? [] : [only],
    serverChecks: false,
    bare: true,
  });
  const running = startSessions(engines, configuration);
  try {
    const document = await running[0].session.worker.openapi();
    process.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
    return ExitCode.done;
  } finally {
    await closeSessions(running);
  }
}

/** The project decides on the version; anywhere else the newest is meant. Nothing of the project is installed or run. */
function projectHere(): Target {
  return { ...findTarget(process.cwd(), true), kind: 'rest' };
}
