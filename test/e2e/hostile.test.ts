import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { emptyFolder, run } from '../executable.ts';
import { copyOfFixture } from '../fixture.ts';

/** Policies that do to their process whatever can be done, replayed through the built executable by dstack 0.22.5. */
const flags = ['test', '--dstack', '0.22.5', '--timeout', '3'];

/** What a policy does for the sample of that name; `OUT` is a folder of the test's. */
const acts: Readonly<Record<string, string>> = {
  'writes-to-1': 'os.write(1, bytes(range(256)) * 50)',
  'speaks-json': 'os.write(4, b\'{"type":"done","id":1}\\n\') if _is_open(4) else None',
  'reads-stdin': 'print(repr(sys.stdin.read()), os.read(0, 10))',
  'closes-all': 'os.closerange(0, 2000)',
  'sys-exit': 'sys.exit(0)',
  'os-exit': 'os._exit(0)',
  'kills-itself': 'os.kill(os.getpid(), signal.SIGKILL)',
  'kills-its-group': 'os.killpg(0, signal.SIGKILL)',
  'kills-its-parent': 'os.kill(os.getppid(), signal.SIGUSR1)',
  'takes-all-memory': "_HELD.extend('x' * (1 << 27) for _ in itertools.count())",
  'starts-threads': '[threading.Thread(target=time.sleep, args=(99,)).start() for _ in range(9)]',
  'leaves-processes': '_daemon()',
  'loops-for-ever': '_forever()',
  'changes-folder': "os.chdir('/')",
  'changes-environ': "os.environ.clear(); os.environ['MINE'] = '1'",
  'changes-locale': "locale.setlocale(locale.LC_ALL, 'C')",
  'changes-umask': 'os.umask(0o777)',
  'patches-json': 'json.dumps = json.loads = json.JSONEncoder.encode = None',
  'patches-dstack':
    'plugins.apply_plugin_policies = type(spec).model_dump = type(spec).model_validate = None',
  'rude-exception': 'raise Rude()',
  'base-exception': 'raise BaseException()',
  'stop-iteration': 'raise StopIteration',
  'writes-files': '[tempfile.mkdtemp(), tempfile.mkstemp(), open(os.path.expanduser("~/mine"), "w")]',
};

const source = `
import builtins, itertools, json, locale, os, signal, sys, tempfile, threading, time
from dstack._internal.server.services import plugins
from dstack.plugins import ApplyPolicy, Plugin

_HELD = []

class Rude(Exception):
    def __str__(self):
        raise SystemExit(9)

def _is_open(descriptor):
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True

def _note(name):
    with open(os.path.join(os.environ["OUT"], f"{name}-{os.getpid()}"), "w") as file:
        file.write(tempfile.gettempdir())

def _daemon():
    if os.fork() == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if os.fork() == 0:
            _note("process")
            time.sleep(99)
        os._exit(0)
    time.sleep(0.3)

def _forever():
    _note("process")
    while True:
        try:
            tempfile.mkstemp()
        except BaseException:
            pass

def state():
    return [
        os.getcwd() == os.environ["HOME"], sorted(os.environ) == ENVIRON, locale.setlocale(locale.LC_ALL) == LOCALE,
        json.dumps([1]), 'Thread-' not in str(threading.enumerate()), os.umask(0o22),
    ]

ENVIRON = sorted(os.environ)
LOCALE = locale.setlocale(locale.LC_ALL)

class Policy(ApplyPolicy):
    def on_run_apply(self, user, project, spec):
        if spec.run_name.startswith("witness"):
            print(state())
        else:
            ACTS[spec.run_name](spec)
        return spec

class ExamplePlugin(Plugin):
    def get_apply_policies(self):
        return [Policy()]
`;

const witnessed = "[True, True, True, '[1]', True, 18]";
let out = '';

/** A project whose policy does these acts, one sample each; the samples before and after an act witness that nothing is left of it. */
function project(names: readonly string[]): string {
  const folder = copyOfFixture('example-plugin');
  const functions = names.map((name) => {
    const act = acts[name] ?? '';
    const statement = /^raise /.test(act) ? `    ${act}` : `    ${act.replaceAll('; ', '\n    ')}`;
    return `def _${name.replaceAll('-', '_')}(spec):\n${statement}\n`;
  });
  const table = names.map((name) => `    "${name}": _${name.replaceAll('-', '_')},`).join('\n');
  const text = `${source}\n${functions.join('\n')}\nACTS = {\n${table}\n}\n`;
  writeFileSync(join(folder, 'src/example_plugin/__init__.py'), text);
  writeFileSync(join(folder, 'dstack-plugin.yml'), `server_env: {OUT: ${JSON.stringify(out)}}\n`);
  for (const file of readdirSync(join(folder, 'samples'))) writeFileSync(join(folder, 'samples', file), '');
  const samples = join(folder, 'hostile');
  mkdirSync(samples);
  for (const [index, name] of names.entries()) {
    for (const [file, run_name] of [
      [`${index}-a`, name],
      [`${index}-b`, `witness-${index}`],
    ]) {
      writeFileSync(join(samples, `${file}.dstack.yml`), `type: task\nname: ${run_name}\ncommands: [a]\n`);
    }
  }
  return folder;
}

function running(): readonly string[] {
  return readdirSync(out)
    .map((name) => name.split('-')[1] ?? '')
    .filter((pid) => {
      const stat = `/proc/${pid}/stat`;
      return existsSync(stat) && !/\) [ZX] /.test(readFileSync(stat, 'utf8'));
    });
}

describe.skipIf(process.platform !== 'linux')('a policy that does harm (needs Linux)', () => {
  test('costs its own replay and nobody else’s, whatever it does', async () => {
    out = emptyFolder();
    const names = Object.keys(acts);
    const temporary = emptyFolder();
    const folder = project(names);
    const { stdout } = await run([...flags, '--samples', 'hostile', '--reporter', 'json'], {
      cwd: folder,
      env: { TMPDIR: temporary },
    });
    const report = JSON.parse(stdout) as Report;
    expect(report.errors).toEqual([]);
    const outcome = (path: string) =>
      report.replays.find(({ sample }) => sample === `hostile/${path}.dstack.yml`);
    for (const [index, name] of names.entries()) {
      const witness = outcome(`${index}-b`);
      expect([name, witness?.outcome, witness?.logs.join()]).toEqual([name, 'unchanged', witnessed]);
    }
    const outcomes = Object.fromEntries(names.map((name, index) => [name, outcome(`${index}-a`)?.outcome]));
    expect(outcomes).toMatchObject({
      'writes-to-1': 'unchanged',
      'reads-stdin': 'unchanged',
      'closes-all': 'crashed',
      'sys-exit': 'crashed',
      'os-exit': 'crashed',
      'kills-itself': 'crashed',
      'kills-its-group': 'crashed',
      'takes-all-memory': 'crashed',
      'starts-threads': 'unchanged',
      'leaves-processes': 'unchanged',
      'loops-for-ever': 'timed-out',
      'changes-folder': 'unchanged',
      'changes-environ': 'unchanged',
      'rude-exception': 'crashed',
      'base-exception': 'crashed',
      'stop-iteration': 'timed-out',
      'writes-files': 'unchanged',
    });
    expect(running()).toEqual([]);
    expect(readdirSync(temporary)).toEqual([]);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'is ended by %s to the tool within a second, with its processes and files',
    async (signal) => {
      out = emptyFolder();
      const temporary = emptyFolder();
      const folder = project(['loops-for-ever', 'leaves-processes']);
      let ended = 0;
      const { code } = await run(
        [...flags.slice(0, -1), '60', '--samples', 'hostile', 'hostile/0-a.dstack.yml'],
        {
          cwd: folder,
          env: { TMPDIR: temporary },
          onStart: async (child) => {
            while (running().length === 0) await sleep(20);
            expect(readdirSync(temporary)).toHaveLength(1);
            ended = performance.now();
            child.kill(signal);
          },
        },
      );
      expect(code).toBe({ SIGINT: 130, SIGTERM: 143, SIGHUP: 143, SIGKILL: null }[signal]);
      while (running().length > 0 || readdirSync(temporary).length > 0) {
        expect(performance.now() - ended).toBeLessThan(1000);
        await sleep(10);
      }
      expect(readdirSync(out)).toHaveLength(1);
    },
  );
});
