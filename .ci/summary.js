/**
 * Adds up what the test runners wrote: vitest's JSON report and pytest's JUnit file. Prints the tests that were not run, each with
 * what this machine lacks, and those that passed at a second try, each with why it failed at first; then `N passed, N failed`. Exits 1 where
 * a runner left no result or none of its tests ran.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';

const results = new URL('../.test-results/', import.meta.url);
mkdirSync(results, { recursive: true });
let passed = 0;
let failed = 0;
let broken = false;

/** @param {string} name @returns {string | null} */
function read(name) {
  try {
    return readFileSync(new URL(name, results), 'utf8');
  } catch {
    console.error(`no results of ${name}: its tests didn't run`);
    broken = true;
    return null;
  }
}

/** The first lines of what a test failed with. @param {string} text @returns {string} */
function reasonOf(text) {
  return text
    .split('\n')
    .filter((line) => !/^\s+at .*node_modules|^\s+at new Promise/.test(line))
    .slice(0, 40)
    .map((line) => `    ${line}`)
    .join('\n');
}

const vitest = read('vitest.json');
if (vitest !== null) {
  const report = JSON.parse(vitest);
  passed += report.numPassedTests;
  failed += report.numFailedTests;
  // A file that can't even be collected has no tests to count, and still failed.
  failed += report.testResults.filter(
    (/** @type {{status: string, assertionResults: unknown[]}} */ file) =>
      file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  if (report.numPassedTests === 0) broken = true;
  for (const file of report.testResults) {
    for (const test of file.assertionResults) {
      if (test.status === 'pending' || test.status === 'skipped' || test.status === 'todo') {
        const lacks = /\(needs (.+?)\)$/.exec(test.title)?.[1] ?? 'reason';
        console.log(`not run: no ${lacks} (${test.fullName})`);
      }
      if (test.status === 'passed' && test.failureMessages.length > 0)
        console.log(`passed at a second try: ${test.fullName}\n${reasonOf(test.failureMessages[0])}`);
    }
  }
}

const pytestFiles = readdirSync(results).filter((name) => /^pytest-.+\.xml$/.test(name));
if (pytestFiles.length === 0) read('pytest-*.xml');
for (const name of pytestFiles) {
  const text = read(name) ?? '';
  const suite = /<testsuite [^>]*>/.exec(text)?.[0] ?? '';
  const count = (/** @type {string} */ word) =>
    Number(new RegExp(`\\b${word}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const bad = count('failures') + count('errors');
  const ran = count('tests') - count('skipped');
  passed += ran - bad;
  failed += bad;
  if (ran === 0) broken = true;
  const reasons = new Map();
  for (const [, why = ''] of text.matchAll(/<skipped [^>]*message="([^"]*)"/g)) {
    const lacks = why.replace(/^needs (a )?/, 'no ');
    reasons.set(lacks, (reasons.get(lacks) ?? 0) + 1);
  }
  for (const [lacks, times] of reasons) console.log(`not run: ${lacks} (${times} tests of ${name})`);
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = broken || failed > 0 ? 1 : 0;
