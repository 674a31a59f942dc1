import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Failure } from '../../src/failure.ts';
import { type Configuration, readConfiguration } from '../../src/target/configuration.ts';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'cdp-configuration-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function read(text: string | Buffer): Configuration {
  writeFileSync(join(folder, 'dstack-plugin.yml'), text);
  return readConfiguration(folder);
}

function refusal(text: string | Buffer): Failure {
  try {
    read(text);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  return expect.unreachable('it was accepted');
}

const defaults = {
  plugins: null,
  dstack: [],
  python: null,
  samples: null,
  replayAs: [{ user: 'admin', project: 'main', profile: null }],
  env: {},
  serverEnv: {},
  passEnv: [],
  profile: null,
  rest: null,
  timeout: null,
  serverChecks: false,
  ignore: [],
};

describe('dstack-plugin.yml', () => {
  test('is optional, and may be empty', () => {
    expect(readConfiguration(folder)).toEqual(defaults);
    expect(read('')).toEqual(defaults);
    expect(read('# nothing yet\n')).toEqual(defaults);
  });

  test('is read with every key', () => {
    const text = `
plugins: [guard]
dstack: ["0.22.5", ">=0.21"]
python: "3.11"
samples: ./test/samples/
replay_as: [alice@research, admin@main]
profile: gpu
env: {HF_TOKEN: placeholder, PORT: 8080}
server_env: {QUOTA_URL: "http://127.0.0.1:9000", VERSION: 1.10, DEBUG: true}
pass_env: [COMPANY_CA]
rest: {command: [uv, run, my-server, --port, "{port}"], url: "http://127.0.0.1:{port}", start_timeout: 30}
timeout: 2.5
server_checks: true
ignore: [{finding: breaks-offer, samples: ["*"], reason: "known"}]
`;
    expect(read(text)).toEqual({
      plugins: ['guard'],
      dstack: ['0.22.5', '>=0.21'],
      python: '3.11',
      samples: 'test/samples',
      replayAs: [
        { user: 'alice', project: 'research', profile: null },
        { user: 'admin', project: 'main', profile: null },
      ],
      profile: 'gpu',
      env: { HF_TOKEN: 'placeholder', PORT: '8080' },
      serverEnv: { QUOTA_URL: 'http://127.0.0.1:9000', VERSION: '1.10', DEBUG: 'true' },
      passEnv: ['COMPANY_CA'],
      rest: {
        command: ['uv', 'run', 'my-server', '--port', '{port}'],
        url: 'http://127.0.0.1:{port}',
        startTimeout: 30,
        concurrent: false,
      },
      timeout: 2.5,
      serverChecks: true,
      ignore: [{ finding: 'breaks-offer', samples: ['*'], reason: 'known', line: 14 }],
    });
  });

  test('takes one version of dstack without a list', () => {
    expect(read('dstack: 0.22.5').dstack).toEqual(['0.22.5']);
  });

  test.each([
    ['timeout: 5\nreplay-as: [admin@main]\n', 2, 'replay-as is no key of it.', 'Did you mean replay_as?'],
    ['colour: red\n', 1, 'colour is no key of it.', 'The keys are: plugins, dstack, '],
    ['rest:\n  url: http://x\n  comand: [x]\n', 3, 'rest.comand is no key of it.', 'Did you mean command?'],
    ['timeout: soon\n', 1, 'timeout is "soon", where a number is needed.', null],
    ['timeout: 0\n', 1, 'timeout is "0", where a number above 0 is needed.', null],
    ['env: [A]\n', 1, 'env is a list, where a mapping is needed.', null],
    [
      'env:\n  A:\n    B: 1\n',
      3,
      'env.A is a mapping, where a text or a number or true or false is needed.',
      null,
    ],
    ['plugins:\n  - a\n  - 5\n', 3, 'plugins[1] is "5", where a text is needed.', null],
    ['plugins: []\n', 1, 'plugins is an empty list, where a list with at least one item is needed.', null],
    [
      'python: 3.10\n',
      1,
      'python is the number 3.1, where a version in quotes is needed.',
      'YAML reads 3.10 as a number; put it in quotes: "3.10".',
    ],
    ['python: latest\n', 1, 'python is "latest", where a version such as "3.11" is needed.', null],
    [
      'dstack:\n  - 0.22\n',
      2,
      'dstack[0] is the number 0.22, where a version in quotes is needed.',
      'put it in quotes: "0.22"',
    ],
    ['dstack: {a: 1}\n', 1, 'dstack is a mapping, where a text or a list is needed.', null],
    [
      'replay_as:\n  - admin@main\n  - alice\n',
      3,
      'replay_as[1] is "alice", which isn\'t a user and a project.',
      'user@project',
    ],
    ['replay_as: ["a@b@c"]\n', 1, 'replay_as[0] is "a@b@c"', 'user@project'],
    ['replay_as: ["@main"]\n', 1, 'replay_as[0] is "@main"', 'user@project'],
    [
      'timeout: 1\nsamples: ../elsewhere\n',
      2,
      'samples is "../elsewhere", which is outside of the project.',
      null,
    ],
    ['samples: /etc\n', 1, 'samples is "/etc", which is outside of the project.', null],
    ['samples: a/../../b\n', 1, 'which is outside of the project.', null],
    ['ignore:\n  - finding: slow\n', 2, 'ignore[0] lacks reason.', null],
    [
      'ignore:\n  - reason: r\n    finding: break-offer\n',
      3,
      'ignore[0].finding is "break-offer", and there is no such finding.',
      'Did you mean breaks-offer?',
    ],
    ['just text\n', 1, "It isn't a mapping of keys to values.", null],
    ['timeout: 1\ntimeout: 2\n', 2, "It isn't valid YAML: Map keys must be unique", null],
    ['timeout: [1\n', 2, "It isn't valid YAML", null],
    ['timeout: 1\n---\ntimeout: 2\n', 2, 'It holds several YAML documents.', null],
  ])('%j is refused with its line and a sentence', (text, line, sentence, hint) => {
    const failure = refusal(text);
    expect(failure).toMatchObject({
      code: 'invalid-configuration',
      exitCode: 2,
      place: { file: 'dstack-plugin.yml', line },
    });
    expect(failure.message).toContain(sentence);
    expect(failure.message).not.toContain('\n');
    if (hint !== null) expect(failure.hint).toContain(hint);
  });

  test('that isn’t UTF-8 is refused', () => {
    expect(refusal(Buffer.from([0x74, 0xff, 0xfe])).message).toContain("It isn't UTF-8 text.");
  });

  test('may not name samples that a symbolic link leads outside to', () => {
    mkdirSync(join(folder, 'project'));
    symlinkSync(folder, join(folder, 'project', 'samples'));
    writeFileSync(join(folder, 'project', 'dstack-plugin.yml'), 'samples: samples');
    expect(() => readConfiguration(join(folder, 'project'))).toThrow(/outside of the project/);
  });
});
