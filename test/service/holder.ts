import { startService } from '../../src/service/service.ts';
import { serviceEnvironment } from '../../src/service/service-environment.ts';
import { runCleanups } from '../../src/terminal/signals.ts';

// Starts the service of the working directory, says so, and once its input says go ends as its argument says.
const [how] = process.argv.slice(2);
process.on('uncaughtException', () => {
  runCleanups();
  process.exit(70);
});
const service = await startService(
  {
    command: [process.execPath, 'service.cjs'],
    url: 'http://127.0.0.1:{port}',
    startTimeout: 20,
    root: process.cwd(),
    environment: serviceEnvironment({ passEnv: [], serverEnv: {} }, process.env),
    uv: null,
  },
  () => {},
  new AbortController().signal,
);
process.stdout.write('up\n');
process.stdin.once('data', async () => {
  if (how === 'exit') process.exit(5);
  if (how === 'throw') throw new Error('a bug');
  // Nothing of it keeps this process alive after that.
  await service.stop();
  process.stdin.destroy();
});
