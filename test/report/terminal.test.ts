import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { placesIn } from '../../src/report/places.ts';
import { prettyReport } from '../../src/report/pretty.ts';
import { startCounting } from '../../src/terminal/counting.ts';
import { failingRun } from './failing.ts';
import { hostileReport } from './hostile.ts';
import { change, jsonText, replay, report } from './reports.ts';

const places = placesIn('/work/my plugin');

/** The links (OSC 8) in a text: what is shown, and where it leads. */
function linksIn(text: string): readonly (readonly [string, string])[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes under test
  return [...text.matchAll(/\x1b\]8;;([^\x1b]+)\x1b\\([^\x1b]*)\x1b\]8;;\x1b\\/g)].map(
    ([, target = '', shown = '']) => [shown, target] as const,
  );
}

describe('names of files in the pretty report', () => {
  it('are links where the terminal knows them: samples, policies, errors', () => {
    const text = prettyReport(failingRun, { columns: 100, colour: false, links: true, places });
    expect(Object.fromEntries(linksIn(text))).toMatchObject({
      'samples/train.dstack.yml': 'file:///work/my%20plugin/samples/train.dstack.yml',
      'src/acme_guard/__init__.py:14': 'file:///work/my%20plugin/src/acme_guard/__init__.py',
      'src/acme_guard/team.py:4': 'file:///work/my%20plugin/src/acme_guard/team.py',
      'samples/bad.dstack.yml:3': 'file:///work/my%20plugin/samples/bad.dstack.yml',
    });
    expect(text).not.toContain('(dstack offer)\x1b');
  });

  it('take no room: the text is the same without them', () => {
    const display = { columns: 80, colour: true, places };
    expect(stripVTControlCharacters(prettyReport(failingRun, { ...display, links: true }))).toBe(
      stripVTControlCharacters(prettyReport(failingRun, { ...display, links: false })),
    );
  });

  it('lead nowhere but to files of the project, whatever they are called', () => {
    const text = prettyReport(hostileReport, { columns: 2000, colour: false, links: true, places });
    for (const [, target] of linksIn(text))
      expect(target).toMatch(/^file:\/\/\/work\/my%20plugin\/[\x21-\x7e]+$/);
  });
});

describe('--verbose', () => {
  const specs = {
    before: { configuration: { type: 'task', max_price: 7.5, env: { TOKEN: '***' } } },
    after: { configuration: { type: 'task', max_price: 2, env: { TOKEN: '***' } } },
  };
  const data = report({
    replays: [replay({ outcome: 'modified', changes: [change('/configuration/max_price', 7.5, 2)], specs })],
  });

  it('shows the whole spec before and after the policies, also of a replay that passed', () => {
    expect(`\n${prettyReport(data, { columns: 80, colour: false })}`).toMatchInlineSnapshot(`
      "
      acme-guard · dstack 0.22.5

      ✓ samples/train.dstack.yml  1 change

      ✓ samples/train.dstack.yml  as admin@main  passed
          actual    modified, 1 change

          the spec before (-) and after (+) the policies
              configuration:
                type: task
            -   max_price: 7.5
            +   max_price: 2
                env:
                  TOKEN: "***"

      1 passed · 1 replay
      "
    `);
  });

  it('shows the spec that was refused once', () => {
    const refused = report({
      replays: [replay({ outcome: 'rejected', message: 'no', specs: { ...specs, after: null } })],
    });
    const text = prettyReport(refused, { columns: 80, colour: false });
    expect(text).toContain('    the spec before the policies\n        configuration:\n');
    expect(text).not.toMatch(/^ +[-+] /m);
  });

  it('changes nothing of the JSON report', () => {
    const [one] = data.replays;
    const { specs: _, ...without } = one ?? replay({});
    expect(jsonText(data)).toBe(jsonText({ ...data, replays: [without] }));
  });
});

describe('the progress of replays', () => {
  function counted(isTTY: boolean) {
    let written = '';
    const stream = {
      isTTY,
      columns: 80,
      write: (text: string) => {
        written += text;
      },
    };
    const counting = startCounting('Replaying', 6000, stream);
    return { counting, written: () => written };
  }

  it('shows on a terminal after a second, and is taken away', async () => {
    const { counting, written } = counted(true);
    for (let index = 0; index < 1234; index++) counting.one();
    expect(written()).toBe('');
    await expect.poll(written, { timeout: 10_000 }).toContain('1,234 of 6,000');
    counting.stop();
    counting.stop();
    expect(written().endsWith('\r\x1b[K')).toBe(true);
  });

  it('says nothing where there is no terminal, or where a second was enough', async () => {
    const quick = counted(true);
    quick.counting.one();
    quick.counting.stop();
    const log = counted(false);
    log.counting.one();
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect([quick.written(), log.written()]).toEqual(['', '']);
    log.counting.stop();
  });
});
