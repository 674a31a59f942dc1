/**
 * The main job, end to end, in a temporary folder that is removed afterwards: scaffold a plugin, replay its samples through dstack,
 * break one of its policies, and see the difference. Needs what a user needs: Node, Python 3.10 or newer, and PyPI on the first run.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const executable = fileURLToPath(new URL('../bin/create-dstack-plugin.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'create-dstack-plugin-demo-'));
const project = join(folder, 'acme-guard');

/**
 * Runs the tool and shows what it prints.
 * @param {string} cwd
 * @param {number} expected the exit code that this step of the demo is about
 * @param {string[]} args
 */
function run(cwd, expected, ...args) {
  console.log(`\n$ npx create-dstack-plugin ${args.join(' ')}`);
  const { status } = spawnSync(process.execPath, [executable, ...args], { cwd, stdio: 'inherit' });
  if (status !== expected) throw new Error(`exit code ${status}, not ${expected}`);
  console.log(`(exit code ${status})`);
}

try {
  console.log('1. Scaffold a plugin.');
  run(folder, 0, 'acme-guard', '--yes', '--policies', 'no-privileged,max-price,max-duration');

  console.log('\n2. Replay its samples through dstack.');
  run(project, 0, 'test');

  console.log('\n3. Break a policy: it forgets that `docker: true` needs a privileged container as well.');
  const policy = join(project, 'src/acme_guard/policies/no_privileged.py');
  const source = readFileSync(policy, 'utf8');
  const broken = source.replace('("privileged", "docker")', '("privileged",)');
  if (broken === source) throw new Error('the demo no longer finds what it breaks');
  writeFileSync(policy, broken);
  run(project, 1, 'test');
} catch (error) {
  console.error(`\nThe demo failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
