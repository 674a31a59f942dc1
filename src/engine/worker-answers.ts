import type { WorkerAnswer } from './protocol.ts';

type Check = (value: unknown) => boolean;

const string: Check = (value) => typeof value === 'string';
const number: Check = (value) => typeof value === 'number';
const json: Check = (value) => value !== undefined;
const strings: Check = (value) => Array.isArray(value) && value.every(string);
const objects: Check = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === 'object' && item !== null);
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    typeof value === 'string' && words.includes(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);

const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const shaped =
  (shape: Readonly<Record<string, Check>>): Check =>
  (value) =>
    typeof value === 'object' && value !== null && fits(value, shape);

const place = shaped({ name: string, file: orNull(string), line: orNull(number) });

const problem = {
  plugin: string,
  code: string,
  text: string,
  traceback: orNull(string),
  file: orNull(string),
  line: orNull(number),
};

const listOf =
  (shape: Readonly<Record<string, Check>>): Check =>
  (value) =>
    objects(value) && (value as object[]).every((item) => fits(item, shape)); // `objects` has looked

const hooks: Check = (value) =>
  typeof value === 'object' &&
  value !== null &&
  listOf({ file: orNull(string), line: orNull(number) })(Object.values(value));

const policies = listOf({ name: string, file: orNull(string), line: orNull(number), hooks });

const facts = listOf({
  code: oneOf(
    'returns-nothing',
    'accidental-rejection',
    'foreign-rejection',
    'plan-apply-differ',
    'order-dependent',
    'exited',
    'lost-write',
    'unvalidated-value',
    'chain-order',
    'blocks-update',
    'out-of-memory',
    'alters-process',
    'walk-differs',
  ),
  policy: orNull(number),
  other: optional(orNull(number)),
  file: orNull(string),
  line: orNull(number),
  path: orNull(string),
  text: orNull(string),
});

const exchange: Readonly<Record<string, Check>> = {
  phase: oneOf('plan', 'apply'),
  url: string,
  request: string,
  status: orNull(number),
  headers: (value) =>
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(string)),
  body: orNull(string),
  error: orNull(shaped({ kind: oneOf('connection', 'timeout', 'other'), text: string })),
  redirects: listOf({ status: number, location: orNull(string) }),
  method: string,
  milliseconds: number,
  refused: orNull(strings),
};

const shapes: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  ready: { dstack: string, python: string, pydantic: string },
  broken: { text: string, traceback: string },
  loaded: {
    id: number,
    plugins: strings,
    policies,
    noOffer: optional(orNull(string)),
    logs: strings,
  },
  'not-loaded': {
    id: number,
    problems: (value) => objects(value) && (value as object[]).every((item) => fits(item, problem)),
    logs: strings,
  },
  'invalid-sample': {
    id: number,
    sample: number,
    context: orNull(number),
    code: string,
    text: string,
    line: orNull(number),
    secrets: strings,
  },
  sample: {
    id: number,
    sample: number,
    kind: oneOf('run', 'fleet', 'volume', 'gateway'),
    configurationType: string,
    secrets: strings,
  },
  replay: {
    id: number,
    sample: number,
    context: number,
    outcome: oneOf('accepted', 'rejected', 'crashed', 'invalid', 'timed-out'),
    message: orNull(string),
    before: json,
    after: json,
    policy: orNull(place),
    steps: listOf({ policy: number, dump: json }),
    facts,
    reached: (value) => Array.isArray(value) && value.every(number),
    traceback: orNull(string),
    printed: strings,
    logs: strings,
    milliseconds: number,
    exchanges: optional(listOf(exchange)),
    serviceLog: optional((value) => Array.isArray(value) && value.length === 2 && value.every(number)),
  },
  openapi: { id: number, document: json },
  offer: { id: number },
  updates: {
    id: number,
    refusals: (value) => Array.isArray(value) && value.every(orNull(string)),
  },
  normalised: {
    id: number,
    dumps: Array.isArray,
    refusals: (value) => Array.isArray(value) && value.every(orNull(string)),
  },
  versions: {
    id: number,
    ordered: strings,
    matches: (value) =>
      Array.isArray(value) &&
      value.every(
        (row) => row === null || (Array.isArray(row) && row.every((cell) => cell === true || cell === false)),
      ),
  },
  done: {
    id: number,
    spent: (value) => typeof value === 'object' && value !== null && Object.values(value).every(number),
  },
};

/** One line of the worker's as an answer; null where it isn't one. Specs are any JSON: their shape is dstack's affair. */
export function answerOf(line: string): WorkerAnswer | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('type' in value) || typeof value.type !== 'string') {
    return null;
  }
  const shape = Object.hasOwn(shapes, value.type) ? shapes[value.type] : undefined;
  // The shapes above are the types of the protocol, field by field.
  return shape !== undefined && fits(value, shape) ? (value as WorkerAnswer) : null;
}

function fits(value: object, shape: Readonly<Record<string, Check>>): boolean {
  return Object.entries(shape).every(([key, check]) => check((value as Record<string, unknown>)[key]));
}
