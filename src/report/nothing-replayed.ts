import type { Report, ReportError } from './report.ts';

/** What a report says that has neither a replay nor an error: nothing was tested, and no reader may take it for a pass. */
export function nothingReplayed({ replays, errors, exitCode }: Report): readonly ReportError[] {
  if (errors.length > 0 || replays.some(({ builtin }) => !builtin) || exitCode === 0) return [];
  return [
    {
      code: 'nothing-replayed',
      file: null,
      line: null,
      text: 'Nothing was replayed.',
      hint: null,
      details: null,
    },
  ];
}
