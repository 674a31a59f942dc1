import { describe, expect, it } from 'vitest';
import { Failure } from '../../src/failure.ts';
import { plan } from '../../src/scaffold/plan.ts';
import { readRecord } from '../../src/scaffold/read-record.ts';
import { hashOf, recordFile, recordOf, recordPath } from '../../src/scaffold/record.ts';
import { loadTemplates } from '../../src/scaffold/templates.ts';
import { answersFor } from './choices.ts';

function failureOf(act: () => unknown): Failure {
  try {
    act();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const author = { name: 'Jo "the" Doe', email: 'jo@example.com' };
const answers = { ...answersFor(['no-privileged', 'max-price']), author };
const files = plan(answers, loadTemplates('package'));
const text = files.find(({ path }) => path === recordPath)?.contents ?? '';

describe('the record of a generated project', () => {
  it('holds the answers, the version of the tool, and the hash of every other file', () => {
    const record = readRecord(text);
    expect({ ...record.answers, tool: record.tool }).toEqual(answers);
    const others = files.filter(({ path }) => path !== recordPath);
    expect(record.files).toEqual(
      Object.fromEntries(others.map(({ path, contents }) => [path, hashOf(contents)])),
    );
  });

  it('is written again as it was read', () => {
    expect(recordFile(readRecord(text))).toEqual({ path: recordPath, contents: text });
  });

  it('has its files in one order, whatever order they come in', () => {
    expect(
      recordFile(
        recordOf(
          answers,
          [...files].reverse().filter(({ path }) => path !== recordPath),
        ),
      ),
    ).toEqual({
      path: recordPath,
      contents: text,
    });
  });

  it('knows a file again whose line ends Git has changed, and no other', () => {
    expect(hashOf('a\r\nb\r\n')).toBe(hashOf('a\nb\n'));
    expect(hashOf('a\nb')).not.toBe(hashOf('a\nb\n'));
  });
});

describe('a record that cannot be used is refused, with its place', () => {
  const document = JSON.parse(text) as Record<string, unknown>;
  it.each([
    ['no JSON', '{', "can't be used: it is no JSON"],
    ['no record', '[]', "can't be used: the file must be object"],
    ['an answer is missing', JSON.stringify({ ...document, answers: {} }), '/answers must have required'],
    ['an unknown key', JSON.stringify({ ...document, x: 1 }), 'must NOT have additional properties'],
    [
      'a path that leads out of the project',
      JSON.stringify({ ...document, files: { '../x': hashOf('') } }),
      'files has the path "../x"',
    ],
    ['it is of a newer release', JSON.stringify({ schema: 2 }), 'by a newer release'],
  ])('%s', (_, broken, reason) => {
    const failure = failureOf(() => readRecord(broken));
    expect(failure.message).toContain(reason);
    expect([failure.place?.file, failure.exitCode]).toEqual([recordPath, 2]);
  });
});
