import type { Report } from '../../src/report/report.ts';
import {
  change,
  error,
  expectModified,
  expectRejected,
  finding,
  hostileText,
  replay,
  report,
} from './reports.ts';

/** What each format would take for more than text: HTML, XML, Markdown, workflow commands, and characters that no XML may hold. */
export const hostileWords: string = [
  hostileText,
  '</script><img src=x onerror="window.owned=1"><!-- ]]> &amp; &#x41;',
  '\n::error file=x,line=1::owned\n::set-output name=x::y %0A::warning::z ##vso[task.complete]',
  '\n| `a` | **b** | [c](javascript:window.owned=1) ![d](https://evil.example/d.png) <details open> @someone #1 https://evil.example',
  '\n```\n# heading\n~~~\n---\n- item\n\n<script>window.owned=1</script>\n',
  '\0\uFFFE\uFFFF\uD800 end of it',
].join('');

const place = { name: `acme.${hostileWords}`, file: `src/${hostileWords}.py`, line: 3 };
const hostileFinding = finding({
  code: 'crashed',
  severity: 'error',
  text: hostileWords,
  file: place.file,
  line: 3,
});

/** A plugin, samples and a service that say hostile words wherever they can say anything. */
export const hostileReport: Report = report({
  target: {
    kind: 'mixed',
    name: `guard ${hostileWords}`,
    plugins: ['guard', hostileWords],
    url: `http://${hostileWords}`,
  },
  replays: [
    replay({
      sample: `samples/${hostileWords}.dstack.yml`,
      outcome: 'modified',
      verdict: 'differs',
      changes: [
        change(
          `/configuration/tags/${hostileWords}`,
          hostileWords,
          { [hostileWords]: [hostileWords, 1] },
          place,
        ),
        change('/configuration/regions', [hostileWords, 'a'], ['a', `${hostileWords}2`], null),
        change('/configuration/name', 'a', hostileWords, place),
      ],
      expected: expectModified({
        [`/configuration/env/${hostileWords}`]: { from: hostileWords },
        '/configuration/name': { from: 'a', to: `${hostileWords}3` },
      }),
      expectedAt: { file: `samples/${hostileWords}.expected.yml`, line: 7 },
      findings: [hostileFinding],
      logs: [hostileWords],
      answers: [
        {
          phase: 'plan',
          url: `http://${hostileWords}`,
          method: 'POST',
          status: 500,
          headers: [['content-type', hostileWords]],
          body: hostileWords,
          error: hostileWords,
          milliseconds: 3,
        },
      ],
    }),
    replay({
      sample: 'samples/b.dstack.yml',
      user: `u${hostileWords}`,
      project: hostileWords,
      profile: hostileWords,
      dstack: `0.22.5+${hostileWords}`,
      outcome: 'rejected',
      verdict: 'differs',
      message: hostileWords,
      by: place,
      expected: expectRejected(`${hostileWords}2`),
    }),
    replay({
      sample: 'samples/c.dstack.yml',
      outcome: 'crashed',
      verdict: 'differs',
      message: hostileWords,
      by: place,
    }),
    replay({ sample: 'samples/d.dstack.yml', outcome: 'rejected', verdict: 'new', message: hostileWords }),
    replay({ sample: 'samples/e.dstack.yml', logs: [hostileWords] }),
    replay({ sample: '(dstack offer)', builtin: true, verdict: null, findings: [hostileFinding] }),
  ],
  errors: [
    error({
      code: 'invalid-sample',
      file: hostileWords,
      line: 2,
      text: hostileWords,
      hint: hostileWords,
      details: hostileWords,
    }),
  ],
  findings: [{ ...hostileFinding, severity: 'warning' }],
  obsolete: [{ file: `samples/${hostileWords}.expected.yml`, removed: false }],
  serviceLog: [hostileWords],
});
