/**
 * The time from a save to its results under a watcher: `node watch_save.js FOLDER FILE SHOWN COMMAND…`. Runs the command in a terminal, waits until its
 * output holds SHOWN (a pattern), saves FILE with one more remark above all else, so that its lines move, and prints the milliseconds until SHOWN came
 * once more. Then the command is killed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { spawn } from '@lydell/node-pty';

const [, , cwd = '', file = '', shown = '', command = '', ...args] = process.argv;
const pattern = new RegExp(shown, 'g');
/** @type {Record<string, string>} */
const env = { TERM: 'xterm-256color' };
for (const [name, value] of Object.entries(process.env)) if (value !== undefined) env[name] = value;

const pty = spawn(command, args, { name: 'xterm-256color', cols: 100, rows: 50, cwd, env });
let output = '';
let saved = 0;
const limit = setTimeout(() => {
  console.error(`nothing was shown within a minute:\n${output}`);
  pty.kill('SIGKILL');
  process.exit(1);
}, 60_000);

pty.onData((data) => {
  output += data;
  if (!pattern.test(output)) return;
  pattern.lastIndex = 0;
  output = '';
  if (saved === 0) {
    saved = Number.POSITIVE_INFINITY;
    // A watcher that has shown its first results may still be getting ready for changes.
    setTimeout(save, 1500);
  } else if (saved !== Number.POSITIVE_INFINITY) {
    console.log((performance.now() - saved).toFixed(3));
    clearTimeout(limit);
    pty.kill('SIGKILL');
    process.exit(0);
  }
});

function save() {
  const text = readFileSync(file, 'utf8');
  output = '';
  saved = performance.now();
  writeFileSync(file, `# saved at ${Date.now()}\n${text}`);
}
