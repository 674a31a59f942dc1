import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseContext } from '../../../src/replay/context.ts';
import { type Actual, ruleFor } from '../../../src/replay/expectation/expectation.ts';
import { verdictOf } from '../../../src/replay/expectation/match.ts';
import { loadPatternsOf } from '../../../src/replay/expectation/pattern.ts';
import { readExpectation } from '../../../src/replay/expectation/read.ts';
import { schemaLine } from '../../../src/replay/expectation/schema-line.ts';
import { readConfiguration } from '../../../src/target/configuration.ts';
import { emptyFolder, run } from '../../executable.ts';

const page = readFileSync(new URL('../../../docs/expectations.md', import.meta.url), 'utf8');

/** Each example of the page, with what its comments say that it comes to. */
const blocks = [...page.matchAll(/^```yaml\n([\s\S]*?)^```\n((?:\n*<!-- .* -->)*)/gm)].map(
  ([, text = '', comments = '']) => ({
    text,
    cases: [...comments.matchAll(/<!-- (\w+): (.*) -->/g)].map(([, verdict = '', of = '']) => ({
      verdict,
      // The page is this repository's own.
      of: JSON.parse(of) as Partial<Actual> & { readonly as: string; readonly outcome: Actual['outcome'] },
    })),
  }),
);

const isConfiguration = ({ text }: { readonly text: string }): boolean =>
  text.includes('configuration-1.json');
const examples = blocks.filter((block) => !isConfiguration(block));

beforeAll(() => loadPatternsOf('message_matches'));

describe('what docs/expectations.md shows', () => {
  it('has examples', () => {
    expect(examples).toHaveLength(5);
    expect(examples.flatMap(({ cases }) => cases)).toHaveLength(11);
  });

  it.each(examples)('reads, and comes to what is said of it (%#)', ({ text, cases }) => {
    const file = readExpectation('samples/x.expected.yml', text);
    for (const { verdict, of } of cases) {
      const context = parseContext(of.as);
      if (context === null) throw new Error(of.as);
      const actual: Actual = { outcome: of.outcome, message: of.message ?? null, changes: of.changes ?? {} };
      expect(verdictOf(actual, ruleFor(file, context)), JSON.stringify(of)).toBe(verdict);
    }
  });

  it('has the line that new files begin with', () => {
    expect(page).toContain(schemaLine);
  });

  it('has a configuration that reads', () => {
    const text = blocks.find(isConfiguration)?.text ?? '';
    const folder = emptyFolder();
    mkdirSync(join(folder, 'samples'));
    writeFileSync(join(folder, 'dstack-plugin.yml'), text);
    expect(readConfiguration(folder).dstack).toEqual(['0.22.5']);
  });

  it('names options that there are', async () => {
    const { stdout } = await run(['test', '--help'], { cwd: emptyFolder() });
    const named = new Set([...page.matchAll(/(?<![-\w])--[a-z][a-z-]+/g)].map(([flag]) => flag));
    expect(named.size).toBeGreaterThan(5);
    for (const flag of named) expect(stdout).toContain(flag);
  });
});
