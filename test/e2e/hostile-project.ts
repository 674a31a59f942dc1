import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyOfFixture } from '../fixture.ts';

/** What a policy does for the sample of that name; `OUT` is a folder of the test's. */
export const acts: Readonly<Record<string, string>> = {
  'writes-to-1': 'os.write(1, bytes(range(256)) * 50)',
  'speaks-json': 'os.write(4, b\'{"type":"done","id":1}\\n\') if _is_open(4) else None',
  'reads-stdin': 'print(repr(sys.stdin.read()), os.read(0, 10))',
  'closes-all': 'os.closerange(0, 2000)',
  'sys-exit': 'sys.exit(0)',
  'os-exit': 'os._exit(0)',
  'kills-itself': 'os.kill(os.getpid(), signal.SIGKILL)',
  'kills-its-group': 'os.killpg(0, signal.SIGKILL)',
  'kills-its-parent': 'os.kill(os.getppid(), signal.SIGUSR1)',
  // Claimed and not written to, which a busy machine would take seconds for.
  'takes-all-memory': '_HELD.extend(bytes(1 << 27) for _ in itertools.count())',
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
    # Which of its lines it is at when the time is up would be chance.
    exec("while True:\\n try: tempfile.mkstemp()\\n except BaseException: pass")

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

/** What a witness prints where nothing is left of the acts before it. */
export const witnessed = "[True, True, True, '[1]', True, 18]";

/**
 * A project whose policy does these acts, one sample each, in `hostile/`; the samples before and after an act witness that nothing is left of
 * it.
 *
 * @param out a folder where processes that go on leave their number
 * @param more further witnesses
 */
export function hostileProject(names: readonly string[], out: string, more = 0): string {
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
  for (let number = 0; number < more; number++) {
    const text = `type: task\nname: witness-more-${number}\ncommands: [a]\n`;
    writeFileSync(join(samples, `more-${number}.dstack.yml`), text);
  }
  return folder;
}
