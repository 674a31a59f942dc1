import { prepareEngine } from '../../src/engine/environment.ts';
import { readConfiguration } from '../../src/target/configuration.ts';
import { findTarget } from '../../src/target/find.ts';

/** A run of its own, as a process: prints its progress, then the engine as JSON. */
const interrupted = new AbortController();
process.on('SIGINT', () => interrupted.abort(new Error('interrupted')));
const target = findTarget(process.argv[2] ?? '');
const request = {
  target,
  configuration: readConfiguration(target.root),
  dstack: null,
  python: null,
  refresh: false,
};
try {
  console.log(JSON.stringify(await prepareEngine(request, console.log, interrupted.signal)));
} catch (error) {
  console.log(String(error));
  process.exitCode = 1;
}
