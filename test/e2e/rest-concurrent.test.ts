import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Report } from '../../src/report/report.ts';
import { emptyFolder, run } from '../executable.ts';

/** A service that caps the price, takes a moment for it, and logs how many requests it is answering. */
const service = `
import { appendFileSync } from 'node:fs';
import { createServer } from 'node:http';

let open = 0;
createServer((request, response) => {
  let body = '';
  request.on('data', (piece) => (body += piece));
  request.on('end', () => {
    const { spec } = body === '' ? { spec: null } : JSON.parse(body);
    open += 1;
    if (spec !== null) {
      console.log('asked about ' + spec.run_name);
      appendFileSync('open.txt', open + '\\n');
      spec.configuration.max_price = 3;
    }
    setTimeout(() => {
      open -= 1;
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify({ spec, error: null }));
    }, 20);
  });
}).listen(process.env.PORT, '127.0.0.1');
`;

async function replayed(configuration: string, samples: number) {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, 'service.mjs'), service);
  for (let number = 0; number < samples; number++)
    writeFileSync(join(cwd, `run-${number}.dstack.yml`), `type: task\nname: run-${number}\ncommands: [ls]\n`);
  const rest = `command: [node, service.mjs], url: "http://127.0.0.1:{port}"${configuration}`;
  writeFileSync(join(cwd, 'dstack-plugin.yml'), `dstack: ["0.22.5"]\nrest: {${rest}}\n`);
  const { stdout, stderr } = await run(['test', '--reporter', 'json', '--reporter', 'pretty=pretty.txt'], {
    cwd,
  });
  const report = JSON.parse(stdout) as Report;
  expect(report.errors, stderr).toEqual([]);
  const open = readFileSync(join(cwd, 'open.txt'), 'utf8').trim().split('\n').map(Number);
  const pretty = readFileSync(join(cwd, 'pretty.txt'), 'utf8');
  return { report, atOnce: Math.max(...open), pretty };
}

/** What a replay came to, without what a clock or the time of a log line decides. */
function results({ replays }: Report) {
  return replays.map(({ sample, outcome, changes, answers, findings }) => ({
    ...{ sample, outcome, changes, findings },
    answers: answers?.map(({ phase, status, body }) => ({ phase, status, body })),
  }));
}

test('a service that bears it is asked about many samples at once, with the same results', async () => {
  const [alone, together] = await Promise.all([replayed('', 70), replayed(', concurrent: true', 70)]);
  expect(alone.atOnce).toBe(1);
  expect(together.atOnce).toBeGreaterThan(1);
  expect(results(together.report)).toEqual(results(alone.report));
  expect(together.report.replays).toHaveLength(71);
  // Who logged what shows only where one follows the other.
  const logs = ({ replays }: Report) => replays.find(({ sample }) => sample.includes('run-7.'))?.logs;
  expect(logs(alone.report)).toContain('asked about run-7');
  expect(logs(together.report)).not.toContain('asked about run-7');
  expect(together.pretty).toMatch(/^The plugin service logged:\n.*lines before\n.*asked about run-/m);
  expect(alone.pretty).not.toContain('The plugin service logged:');
});

test('few replays ask it one after another all the same, and show what it logged of each', async () => {
  const { report, atOnce } = await replayed(', concurrent: true', 3);
  expect(atOnce).toBe(1);
  expect(report.replays.find(({ sample }) => sample.includes('run-1.'))?.logs).toContain('asked about run-1');
});
