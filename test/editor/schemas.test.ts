import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { schemaLine } from '../../src/replay/expectation/schema-line.ts';
import { openInEditor } from './language-server.ts';

const repository = new URL('../../', import.meta.url);

describe('an editor finds the schema of an expectation by its first line', () => {
  it('and has nothing to say about one that uses every key', async () => {
    const { problems } = await openInEditor(
      'samples/train.expected.yml',
      `${schemaLine}- as: [alice@research, bob@research]
  profile: gpu
  dstack: "<0.21.3"
  outcome: modified
  changes:
    /configuration/max_duration: {from: 604800, to: 86400}
    /configuration/tags/owner: {to_any: true}
    /configuration/image: {from: old, to_matches: "^ci-"}
  may_change: [/configuration/name]
- as: intern@research
  outcome: rejected
  message: max_price must be set
- as: guest@main
  outcome: rejected
  message_matches: (?i)price
- as: new@main
`,
    );
    expect(problems).toEqual([]);
  });

  it('underlines what is wrong in it', async () => {
    const { problems } = await openInEditor(
      'samples/train.expected.yml',
      `${schemaLine}- as: a@b
  outcom: unchanged
- as: c@d
  outcome: crashed
- as: e@f
  outcome: modified
  changes:
    /a: {to: 1, to_any: true}
    max_duration: {to: 1}
`,
    );
    expect(problems.map((problem) => Number.parseInt(problem, 10))).toEqual([3, 5, 9, 10]);
  });

  it('completes and explains keys, also while the file is half written', async () => {
    const editor = await openInEditor(
      'samples/train.expected.yml',
      `${schemaLine}- as: a@b
  outcome: rejected
  message: [
- as: c@d
  m
`,
    );
    expect(editor.problems).not.toEqual([]);
    expect(await editor.completions(5, 3)).toEqual(
      expect.arrayContaining(['message', 'message_matches', 'may_change']),
    );
    expect(await editor.hover(2, 4)).toContain('What the server makes of the sample');
  });
});

describe('an editor finds the schema of the configuration', () => {
  const [line, ...others] = ['package', 'rest-python', 'rest-typescript', 'rest-go'].map((template) =>
    readFileSync(new URL(`templates/${template}/dstack-plugin.yml.hbs`, repository), 'utf8').split('\n', 1),
  );

  it('by the first line of what every template makes', async () => {
    for (const other of others) expect(other).toEqual(line);
    const { problems } = await openInEditor(
      'dstack-plugin.yml',
      `${line}\ndstack: ["0.22.5"]\ndstak: ["0.22.5"]\npython: 3.11\n`,
    );
    expect(problems.map((problem) => Number.parseInt(problem, 10))).toEqual([3, 4]);
  });
});
