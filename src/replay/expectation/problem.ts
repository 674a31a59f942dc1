import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import schema from '../../../schemas/expectation-1.json' with { type: 'json' };
import { nearest } from '../../terminal/nearest.ts';
import { tokensOf } from '../pointer.ts';

/** What is wrong with an expectation file, and where: a chain of keys and indices. */
export interface Problem {
  readonly path: readonly string[];
  readonly text: string;
  readonly hint?: string | undefined;
}

let validate: ValidateFunction | null = null;

/** Everything in a file's contents that `schemas/expectation-1.json` doesn't allow, in the order of the schema. */
export function problemsOf(contents: unknown): readonly Problem[] {
  validate ??= new Ajv({
    allErrors: true,
    verbose: true,
    allowUnionTypes: true,
    strictRequired: false,
  }).compile(schema);
  if (validate(contents)) return [];
  return (validate.errors ?? [])
    .filter(({ keyword }) => !['if', 'propertyNames'].includes(keyword))
    .map(problemOf);
}

function problemOf(error: ErrorObject): Problem {
  const path = tokensOf(error.instancePath);
  const subject = subjectOf(path);
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(path, String(error.params['additionalProperty']), knownKeys(error.parentSchema));
    case 'required':
      return {
        path,
        text: `An entry needs the key \`${error.params['missingProperty']}\`: who the sample is replayed as, such as admin@main.`,
      };
    case 'enum':
      return outcomeProblem(path, error.data);
    case 'type':
      return path.length === 0
        ? {
            path,
            text: 'An expectation file is a list of entries; this one is not.',
            hint: 'Begin each entry with a dash: - as: admin@main',
          }
        : { path, text: `${subject} has to be ${typesOf(error.params['type'])}.` };
    case 'dependencies':
      return {
        path: [...path, String(error.params['property'])],
        text: `An entry with \`${error.params['property']}\` needs an \`outcome\`.`,
      };
    case 'false schema':
      return { path, text: `${subject} doesn't go with ${companion(path, error.schemaPath)}.` };
    case 'maxProperties':
      return { path, text: `${subject} doesn't go with the outcome unchanged.` };
    case 'pattern': {
      const key = error.propertyName;
      const pointer = String(key ?? error.data);
      return {
        path: key === undefined ? path : [...path, key],
        text: `\`${pointer}\` is no JSON Pointer, such as /configuration/max_duration.`,
      };
    }
    case 'minItems':
    case 'minLength':
    case 'minProperties':
      return { path, text: `${subject} is empty.` };
    case 'const':
      return { path, text: `${subject} has to be ${JSON.stringify(error.params['allowedValue'])}.` };
    default:
      return { path, text: `${subject} ${error.message ?? 'is wrong'}.` };
  }
}

function unknownKey(path: readonly string[], key: string, known: readonly string[]): Problem {
  const near = nearest(key, known);
  return {
    path: [...path, key],
    text: `There is no key \`${key}\` here${near === null ? '.' : `; did you mean \`${near}\`?`}`,
    hint: `Known are ${known.join(', ')}.`,
  };
}

const failures: readonly unknown[] = ['crashed', 'invalid', 'timed-out'];
const outcomes = ['unchanged', 'modified', 'rejected'];

function outcomeProblem(path: readonly string[], outcome: unknown): Problem {
  if (failures.includes(outcome)) {
    return {
      path,
      text: `The outcome ${outcome} can't be recorded: it is a failure, whatever is expected.`,
      hint: 'Recorded are unchanged, modified and rejected.',
    };
  }
  const near = typeof outcome === 'string' ? nearest(outcome, outcomes) : null;
  return {
    path,
    text: `There is no outcome ${JSON.stringify(outcome)}${near === null ? '.' : `; did you mean ${near}?`}`,
    hint: 'Recorded are unchanged, modified and rejected.',
  };
}

function companion(path: readonly string[], schemaPath: string): string {
  const last = path.at(-1);
  if (schemaPath.includes('/dependencies/')) {
    const [, other] = /\/dependencies\/([^/]+)\//.exec(schemaPath) ?? [];
    return `\`${other}\``;
  }
  return last === 'changes' || last === 'may_change'
    ? 'the outcome rejected'
    : 'an outcome that is no rejection';
}

function subjectOf(path: readonly string[]): string {
  const last = path.at(-1);
  if (last === undefined) return 'The file';
  return /^\d+$/.test(last)
    ? path.length === 1
      ? 'An entry'
      : `An item of \`${path.at(-2)}\``
    : `\`${last}\``;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a text',
  array: 'a list',
  object: 'a mapping',
  null: 'left out',
};

function typesOf(types: unknown): string {
  const names = (Array.isArray(types) ? types : String(types).split(',')).map(
    (type) => typeNames[String(type)] ?? type,
  );
  return names.join(' or ');
}

function knownKeys(parent: unknown): readonly string[] {
  const { properties } = parent as { readonly properties?: object };
  return Object.keys(properties ?? {});
}
