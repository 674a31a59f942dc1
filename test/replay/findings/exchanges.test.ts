import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ReplayAnswer } from '../../../src/engine/protocol.ts';
import type { Finding } from '../../../src/replay/model.ts';
import { type ReplayCircumstances, toReplay } from '../../../src/replay/verdicts.ts';
import { chain, circumstancesWith, fact } from '../answers.ts';
import { answering, changed, exchange, replayed, sent } from './exchanges.ts';
import { otherKindRows, serviceRows } from './service-rows.ts';

const about = circumstancesWith({ chain });

function findings(answer: ReplayAnswer, more: Partial<ReplayCircumstances> = {}): readonly Finding[] {
  return toReplay(answer, { ...about, ...more }).findings;
}

const codes = (answer: ReplayAnswer): readonly string[] => findings(answer).map(({ code }) => code);
const text = (answer: ReplayAnswer): string => findings(answer)[0]?.text ?? '';

const rest = { name: 'rest_plugin', file: null, line: null };
const rejected = (message: string, of: Partial<ReplayAnswer> = {}): Partial<ReplayAnswer> => ({
  outcome: 'rejected',
  message,
  after: null,
  policy: rest,
  ...of,
});
const failed = rejected('Request to the plugin service failed');
const unreachable = rejected('Could not connect to plugin service at http://127.0.0.1:8000');
const wrong = rejected('Plugin service returned an invalid response');
const noJson = rejected('Expecting value: line 1 column 1 (char 0)', {
  facts: [fact('accidental-rejection')],
});
const crashed: Partial<ReplayAnswer> = {
  outcome: 'crashed',
  message: 'TypeError: …',
  after: null,
  policy: rest,
};
const lost = (words: string): Partial<Parameters<typeof exchange>[0]> => ({
  status: null,
  headers: [],
  body: null,
  error: { kind: 'connection', text: words },
});
const unknown = { type: 'extra_forbidden', msg: 'Extra inputs are not permitted' };
const differs = fact('plan-apply-differ', { text: 'accepted in the plan, rejected when it is applied' });

/** Each mode of the fixture, by hand. */
const byMode: Readonly<Record<string, ReplayAnswer>> = {
  good: replayed(answering({ spec: sent, error: null })),
  rejects: replayed(
    answering({ spec: sent, error: 'too dear' }),
    rejected('Apply request rejected: too dear'),
  ),
  'extra-key': replayed(answering({ spec: sent, version: 3 })),
  'removes-tag': replayed(answering({ spec: changed({ tags: { stage: 'test' } }) }), {
    after: changed({ tags: { stage: 'test' } }),
  }),
  'leaves-out-nulls': replayed(answering({ spec: changed({ regions: undefined }) })),
  'leaves-out-a-default': replayed(answering({ spec: changed({ privileged: undefined }) })),
  'leaves-out-a-null-that-counts': replayed(answering({ spec: changed({ regions: undefined }) }), {
    after: changed({ regions: ['eu'] }),
  }),
  html: replayed(exchange({ body: '<!doctype html>', headers: [['Content-Type', 'text/html']] }), noJson),
  'no-content': replayed(exchange({ status: 204, body: '', headers: [] }), noJson),
  'json-null': replayed(answering(null), crashed),
  'empty-list': replayed(answering([]), crashed),
  string: replayed(answering('accepted'), crashed),
  'wrong-content-type': replayed(exchange({ headers: [['Content-Type', 'text/plain']] })),
  'empty-error': replayed(answering({ spec: sent, error: '' }, { refused: ['error: too short'] }), wrong),
  'error-without-spec': replayed(
    answering({ error: 'too dear' }, { refused: ['spec: Field required'] }),
    wrong,
  ),
  'spec-null': replayed(
    answering({ spec: null, error: 'too dear' }, { refused: ['spec: no mapping'] }),
    wrong,
  ),
  'unknown-field': replayed(
    answering({ spec: { ...sent, more: 1 } }, { refused: ['spec.more: unknown'] }),
    wrong,
  ),
  'wrong-value': replayed(
    answering(
      { spec: changed({ max_price: 'x' }) },
      { refused: ['spec.configuration.task.max_price: no number'] },
    ),
    wrong,
  ),
  'drops-fields': replayed(answering({ spec: changed({ max_price: undefined }) }), {
    after: changed({ max_price: null }),
  }),
  'drops-type': replayed(
    answering({ spec: changed({ type: undefined }) }, { refused: ["spec.configuration: no tag 'type'"] }),
    wrong,
  ),
  'other-type': replayed(answering({ spec: { ...sent, configuration: { type: 'service' } } }), {
    after: { ...sent, configuration: { type: 'service', max_price: null } },
  }),
  'other-name': replayed(answering({ spec: { ...sent, run_name: 'b' } }), {
    after: { ...sent, run_name: 'b' },
  }),
  'client-error': replayed(answering({ error: 'too dear' }, { status: 400 }), failed),
  'server-error': replayed(exchange({ status: 500, body: 'Internal Server Error' }), failed),
  'not-found': replayed(answering({ detail: 'Not Found' }, { status: 404 }), failed),
  'validation-error': replayed(
    answering({ detail: [{ loc: ['body', 'team'], msg: 'Field required' }] }, { status: 422 }),
    failed,
  ),
  'refuses-newer-fields': replayed(
    answering(
      { detail: [{ ...unknown, loc: ['body', 'spec', 'configuration', 'TaskConfiguration', 'max_price'] }] },
      { status: 422 },
    ),
    failed,
  ),
  'tells-secrets': replayed(
    answering({ error: '\u001b[31mhunter2-secret is no token' }, { status: 400 }),
    failed,
  ),
  redirect: replayed(
    exchange({ method: 'GET', body: 'ok', redirects: [{ status: 302, location: '/login' }] }),
    noJson,
  ),
  'redirect-kept': replayed(exchange({ redirects: [{ status: 307, location: '/again' }] })),
  silent: replayed(
    exchange({
      ...lost('Read timed out. (read timeout=8)'),
      error: { kind: 'timeout', text: 'Read timed out. (read timeout=8)' },
      milliseconds: 8004,
    }),
    { ...failed, milliseconds: 8010 },
  ),
  'in-pieces': replayed(exchange({ milliseconds: 9012 }), { milliseconds: 9020 }),
  slow: replayed(exchange({ milliseconds: 1503 }), { milliseconds: 1510 }),
  closes: replayed(exchange(lost('Remote end closed connection without response')), unreachable),
  'closes-midway': replayed(
    exchange({ ...lost('IncompleteRead(9 bytes read, 991 more expected)'), status: 200 }),
    failed,
  ),
  resets: replayed(exchange(lost('Connection reset by peer')), unreachable),
  flaky: replayed(exchange(), { facts: [differs] }, { status: 500, body: 'no' }),
  fickle: replayed(exchange(), { facts: [fact('plan-apply-differ', { path: '/configuration/max_price' })] }),
};

it('every mode of the misbehaving service has a sample, a row and an exchange', () => {
  const fixture = new URL('../../fixtures/misbehaving-service/', import.meta.url);
  const source = readFileSync(new URL('service.py', fixture), 'utf8');
  const modes = [...source.matchAll(/^@mode\ndef (\w+)/gm)].map(([, name = '']) => name.replaceAll('_', '-'));
  const samples = readdirSync(new URL('samples/', fixture)).map((name) => name.slice(0, name.indexOf('.')));
  expect(samples.sort()).toEqual([...modes, ...Object.keys(otherKindRows)].sort());
  expect(Object.keys(serviceRows).sort()).toEqual(modes.sort());
  expect(Object.keys(byMode).sort()).toEqual(modes);
});

describe.each(Object.entries(byMode))('a service that answers as in the mode %s', (mode, answer) => {
  it(`is found to do what it does, and nothing that follows from it: ${serviceRows[mode]?.join(', ')}`, () => {
    expect(codes(answer)).toEqual(serviceRows[mode]);
  });
});

describe('a finding about an exchange', () => {
  it('says what the user reads and how to mend it, has no place, and is said once for plan and apply', () => {
    const found = findings(byMode['client-error'] ?? replayed(exchange()));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ severity: 'error', file: null, line: null });
    expect(found[0]?.text).toMatch(
      /^The plugin service answers 400 with the reason "too dear"\. .*reads "Request to the plugin service failed"\. .*answer 200 with the reason/,
    );
  });

  it('has no secret, no character that a terminal acts on, and not a whole page in it', () => {
    expect(text(byMode['tells-secrets'] ?? replayed(exchange()))).toContain('"\\x1b[31m*** is no token"');
    const page = replayed(exchange({ body: `<p>${'\u0007é'.repeat(5000)}` }), noJson);
    expect(text(page).length).toBeLessThan(600);
    expect(text(page)).not.toContain('\u0007');
    const leaking = replayed(exchange({ body: '<p>hunter2-secret' }), noJson);
    expect(text(leaking)).toContain('"<p>***"');
    const keys = answering({ spec: changed({ tags: undefined }) });
    const request = JSON.stringify({ spec: { ...sent, 'hunter2-secret': 1 } });
    const dropped = replayed(
      { ...keys, request },
      { after: { ...changed({ tags: null }), 'hunter2-secret': null } },
    );
    expect(text(dropped)).toContain('lacks /configuration/tags, /***,');
  });

  it('about the apply alone says that the plan was fine', () => {
    expect(text(byMode['flaky'] ?? replayed(exchange()))).toContain('confirms a plan that then fails');
  });

  it('leaves the difference between plan and apply out where both fail alike, and only then', () => {
    const alike = replayed(answering({ error: 'no' }, { status: 503 }), { ...failed, facts: [differs] });
    expect(codes(alike)).toEqual(['reason-lost']);
    const other = replayed(
      answering({ error: 'no' }, { status: 503 }),
      { ...failed, facts: [differs] },
      { status: 200, body: JSON.stringify({ spec: sent }) },
    );
    expect(codes(other)).toEqual(['reason-lost', 'plan-apply-differ']);
    const late = replayed(exchange({ milliseconds: 9000 }), { facts: [differs] });
    expect(codes(late)).toEqual(['over-budget', 'plan-apply-differ']);
  });

  it('explains why dstack offer fails', () => {
    const offer = { builtin: true, sample: '(dstack offer)' };
    const found = findings(replayed(answering({ error: 'no' }, { status: 503 }), failed), offer);
    expect(found.map(({ code }) => code)).toEqual(['reason-lost']);
  });
});

describe('a lost reason', () => {
  const reason = (body: string, status = 400): string => text(replayed(exchange({ body, status }), failed));

  it.each([
    ['{"error": "too dear"}', 'with the reason "too dear"'],
    ['{"detail": "too dear"}', 'with the reason "too dear"'],
    ['{"message": "too dear"}', 'with the reason "too dear"'],
    ['{"error": {"message": "too dear"}}', 'with the reason "too dear"'],
    ['"too dear"', 'with the reason "too dear"'],
    ['too dear\n', 'with the reason "too dear"'],
    [
      '{"detail": [{"loc": ["body", "a"], "msg": "one"}, {"msg": "two"}]}',
      'with the reason "body.a: one; two"',
    ],
    ['{"detail": []}', 'answers 400. '],
    ['<html><body>Bad Request</body></html>', 'answers 400. '],
    ['', 'answers 400. '],
    [`${'{"error":'.repeat(50_000)}1${'}'.repeat(50_000)}`, 'answers 400. '],
  ])('is found in %.60s', (body, expected) => {
    expect(reason(body)).toContain(expected);
  });

  it.each([
    [
      '{"detail": [{"loc": ["body", "spec", "configuration", "max_price"], "msg": "extra fields not permitted"}]}',
      "doesn't know",
    ],
    [
      '{"detail": [{"loc": ["body", "spec", "configuration", "task", "max_price"], "msg": "Input should be 3"}]}',
      'takes for wrong',
    ],
    ['{"error": "json: unknown field \\"max_price\\""}', "doesn't know"],
    ['{"message": "Unrecognized key(s) in object: \'max_price\'"}', "doesn't know"],
    [
      '{"detail": [{"path": ["spec", "configuration", "max_price"], "code": "unrecognized_keys", "message": "no"}]}',
      "doesn't know",
    ],
  ])('about fields of the spec tells of other models: %.90s', (body, how) => {
    for (const status of [400, 422])
      expect(reason(body, status)).toContain(`${how} what dstack 0.22.5 sends as /configuration/max_price (`);
    expect(reason(body, 500)).toContain('answers 500 with the reason');
  });

  it('of an endpoint that isn’t there asks for it', () => {
    expect(reason('{"detail":"Not Found"}', 404)).toContain(
      'Does it serve POST /apply_policies/on_run_apply?',
    );
  });
});

describe('a field that is gone', () => {
  const pointers = (spec: ReturnType<typeof changed>, after: ReturnType<typeof changed>): string =>
    /lacks (.*), which/.exec(text(replayed(answering({ spec }), { after })))?.[1] ?? '';

  it('is named at its top, inside of lists too', () => {
    const spec = changed({ volumes: [{ name: 'data' }], tags: undefined });
    const after = changed({ volumes: [{ name: 'data', path: null }], tags: null });
    expect(pointers(spec, after)).toBe('/configuration/tags, /configuration/volumes/0/path');
  });

  it('is fine where people choose the keys, where dstack fills it in with its value, and in a list of another length', () => {
    const env = changed({ env: {} });
    expect(pointers(env, env)).toBe('');
    expect(pointers(changed({ max_price: undefined }), sent)).toBe('');
    const two = { spec: { volumes: [{ name: 'a', path: '/a' }, { name: 'b' }] } };
    const one = { spec: { volumes: [{ name: 'b' }] } };
    const request = JSON.stringify(two);
    const after = { volumes: [{ name: 'b', path: null }] };
    const shifted = replayed(answering(one, { request }), { before: two.spec, after });
    expect(codes(shifted)).toEqual([]);
    const none = changed({ volumes: [] });
    expect(pointers(none, none)).toBe('');
  });

  it('beside a rejection is of no interest: dstack looks at the spec no more', () => {
    const answer = answering({ spec: changed({ max_price: undefined }), error: 'too dear' });
    expect(codes(replayed(answer, rejected('Apply request rejected: too dear')))).toEqual([]);
  });
});

describe('a body', () => {
  it('that Python takes for JSON is JSON, and one that is too long to be kept is not judged', () => {
    const spec = JSON.stringify(sent);
    expect(
      codes(replayed(exchange({ body: `{"spec": ${spec}, "error": null, "cost": NaN, "x": -Infinity}` }))),
    ).toEqual([]);
    const noSpec = replayed(
      exchange({ body: '{"error": "NaN \\" NaN", "cost": NaN}', refused: ['spec: x'] }),
      wrong,
    );
    expect(text(noSpec)).toContain('beside the error "NaN " NaN"');
    expect(codes(replayed(exchange({ body: `{"spec": "NaN \\" ${'x'.repeat(1 << 20)}` })))).toEqual([]);
  });

  it.each(['application/json; charset=utf-8', 'Application/JSON', 'application/problem+json'])(
    'of the type %s is fine',
    (type) => {
      expect(codes(replayed(exchange({ headers: [['CONTENT-TYPE', type]] })))).toEqual([]);
    },
  );

  it('without a type is named', () => {
    expect(text(replayed(exchange({ headers: [] })))).toContain('with JSON and no Content-Type');
  });
});

describe('a connection', () => {
  it('that can’t be made in time is no slow answer', () => {
    const words = 'Connection to 10.0.0.1 timed out. (connect timeout=8)';
    const late = exchange({ ...lost(words), error: { kind: 'timeout', text: words }, milliseconds: 8003 });
    expect(codes(replayed(late, { ...unreachable, milliseconds: 8010 }))).toEqual(['connection-failed']);
  });

  it('that goes in circles is redirected, as an error', () => {
    const circles = exchange({
      ...lost('Exceeded 30 redirects.'),
      redirects: [{ status: 307, location: '/a' }],
    });
    expect(codes(replayed(circles, failed))).toContain('redirected');
    expect(findings(replayed(circles, failed)).every(({ severity }) => severity === 'error')).toBe(true);
  });
});
