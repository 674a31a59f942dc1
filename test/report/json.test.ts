import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import {
  change,
  error,
  expectModified,
  expectRejected,
  finding,
  hostileText,
  jsonText,
  replay,
  report,
} from './reports.ts';

const schema = JSON.parse(readFileSync(new URL('../../schemas/report-1.json', import.meta.url), 'utf8'));
const validate = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true }).compile(schema);

function problemsOf(text: string) {
  validate(JSON.parse(text));
  return validate.errors ?? [];
}

const example = report({
  replays: [
    replay({
      outcome: 'modified',
      changes: [change('/configuration/max_price', 7.5, 2)],
      expected: expectModified({ '/configuration/max_price': { from: 7.5, to: 2 } }),
      findings: [finding({ file: 'src/acme_guard/__init__.py', line: 14 })],
      logs: ['INFO price capped'],
      milliseconds: 1400,
    }),
  ],
  errors: [error({ file: 'samples/bad.dstack.yml', line: 3, hint: 'mend it', details: 'Traceback …' })],
});

describe('the JSON report', () => {
  it('is the documented format, key for key and in its order', () => {
    expect(jsonText(example)).toMatchInlineSnapshot(`
      "{
        "schema": 1,
        "tool": "1.0.0",
        "target": {
          "kind": "package",
          "name": "acme-guard",
          "plugins": [
            "acme_guard"
          ]
        },
        "replays": [
          {
            "sample": "samples/train.dstack.yml",
            "builtin": false,
            "kind": "run",
            "type": "task",
            "user": "admin",
            "project": "main",
            "dstack": "0.22.5",
            "outcome": "modified",
            "message": null,
            "changes": [
              {
                "path": "/configuration/max_price",
                "from": 7.5,
                "to": 2,
                "policy": {
                  "name": "acme_guard.CostPolicy",
                  "file": "src/acme_guard/__init__.py",
                  "line": 14
                }
              }
            ],
            "verdict": "passed",
            "expected": {
              "outcome": "modified",
              "message": null,
              "changes": {
                "/configuration/max_price": {
                  "from": 7.5,
                  "to": 2
                }
              }
            },
            "findings": [
              {
                "code": "slow",
                "severity": "warning",
                "text": "The policy took 1.4 s.",
                "file": "src/acme_guard/__init__.py",
                "line": 14
              }
            ],
            "logs": [
              "INFO price capped"
            ],
            "milliseconds": 1400
          }
        ],
        "errors": [
          {
            "code": "invalid-sample",
            "file": "samples/bad.dstack.yml",
            "line": 3,
            "text": "It is wrong."
          }
        ],
        "findings": [],
        "obsolete": [],
        "summary": {
          "replays": 1,
          "passed": 1,
          "differs": 0,
          "new": 0,
          "updated": 0,
          "findings": 1,
          "errors": 1
        },
        "exitCode": 2
      }
      "
    `);
  });

  it.each([
    ['a passed run', report({ replays: [replay({})] })],
    ['the documented example', example],
    ['nothing at all', report({ target: null, exitCode: 3, errors: [error({ code: 'no-python' })] })],
    [
      'every outcome and verdict',
      report({
        replays: [
          replay({ outcome: 'rejected', message: 'no', expected: expectRejected(null), verdict: 'differs' }),
          replay({ outcome: 'crashed', message: "KeyError: 'x'", verdict: 'differs' }),
          replay({ outcome: 'invalid', message: 'extra fields', verdict: 'differs' }),
          replay({ outcome: 'timed-out', verdict: 'differs', profile: 'spot' }),
          replay({ outcome: 'modified', changes: [change('', { a: 1 }, undefined, null)], verdict: 'new' }),
          replay({ kind: 'gateway', type: 'gateway', verdict: 'updated' }),
          replay({ sample: '(dstack offer)', builtin: true, verdict: null }),
        ],
      }),
    ],
    [
      'a REST target, run findings and obsolete expectations',
      report({
        target: { kind: 'rest', name: 'guard', plugins: ['rest_plugin'], url: 'http://127.0.0.1:8000' },
        findings: [finding({ code: 'never-exercised' })],
        obsolete: [{ file: 'samples/gone.expected.yml', removed: true }],
        exitCode: 130,
      }),
    ],
    [
      'pointers with escapes and names of a prototype',
      report({
        replays: [
          replay({
            verdict: 'differs',
            expected: expectModified(
              Object.fromEntries([['/env/a~1b~0/__proto__', { to: { __proto__: null } }]]),
            ),
          }),
        ],
      }),
    ],
    [
      'hostile text',
      report({ replays: [replay({ message: hostileText, logs: [hostileText], verdict: 'new' })] }),
    ],
  ])('fits its schema: %s', (_, data) => {
    expect(problemsOf(jsonText(data))).toEqual([]);
  });

  it('leaves nothing for a terminal to act on, and reads back as what was said', () => {
    const text = jsonText(report({ replays: [replay({ message: hostileText })] }));
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(text).replays[0].message).toBe(hostileText);
  });

  it('has what a looser expectation asks for as a text in the place of the value, and no key of its own', () => {
    const text = jsonText(
      report({
        replays: [
          replay({
            verdict: 'differs',
            expected: expectModified({ '/a': { from: 1, to: '(any value)', inWords: true } }),
          }),
        ],
      }),
    );
    expect(JSON.parse(text).replays[0].expected.changes).toEqual({ '/a': { from: 1, to: '(any value)' } });
    expect(problemsOf(text)).toEqual([]);
  });

  it('keeps null apart from absent in a change', () => {
    const data = JSON.parse(
      jsonText(
        report({
          replays: [replay({ changes: [change('/a', null, undefined), change('/b', undefined, null)] })],
        }),
      ),
    );
    expect(data.replays[0].changes.map(Object.keys)).toEqual([
      ['path', 'from', 'policy'],
      ['path', 'to', 'policy'],
    ]);
  });

  it('reads nothing but the report: the same report gives the same text', () => {
    expect(jsonText(example)).toBe(jsonText(structuredClone(example)));
  });

  it.each([
    ['a run with everything', example],
    ['many replays', report({ replays: Array.from({ length: 200 }, () => replay({ logs: ['a\nb', '}'] })) })],
    ['an empty run', report({ target: null, replays: [], exitCode: 2 })],
  ])('is laid out as JSON.stringify does it: %s', (_, data) => {
    const text = jsonText(data);
    expect(text).toBe(`${JSON.stringify(JSON.parse(text), null, 2)}\n`);
  });
});

describe('the schema of the JSON report', () => {
  it.each([
    ['an unknown key', { extra: 1 }],
    ['a missing key', { replays: undefined }],
    ['another version', { schema: 2 }],
    ['an exit code that does not exist', { exitCode: 4 }],
    ['a line that is no line', { errors: [{ code: 'x', file: null, line: 0, text: '' }] }],
    ['a code that is not kebab-case', { errors: [{ code: 'Not_Kebab', file: null, line: null, text: '' }] }],
  ])('refuses %s', (_, wrong) => {
    const document = { ...JSON.parse(jsonText(example)), ...wrong };
    expect(problemsOf(JSON.stringify(document))).not.toEqual([]);
  });
});
