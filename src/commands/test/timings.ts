/** Milliseconds of a run of `test`, by what it was at. */
export interface Timings {
  /** From the start of the process until dstack's import was under way, or the environment was looked for. */
  readonly start: number;
  /** Making the environment, where it isn't kept. */
  readonly environment: number;
  /** Finding samples and reading expectations. */
  readonly project: number;
  /** Starting the plugin service, and waiting until it answers. */
  readonly service: number;
  /** Of each engine's worker, by stage. */
  readonly workers: readonly { readonly dstack: string; readonly spent: Readonly<Record<string, number>> }[];
  readonly judging: number;
  readonly report: number;
  readonly whole: number;
}

const stages = {
  import: 'import of dstack',
  read: 'reading of the samples, with dstack',
  load: 'import of the plugin',
  replay: 'replays',
} as const;

/** Where the time of a run went, for a person, as lines. What runs beside each other makes the parts more than the whole. */
export function timingLines(timings: Timings): readonly string[] {
  const { start, environment, project, service, workers, judging, report, whole } = timings;
  const ofWorkers = workers.flatMap(({ dstack, spent }) =>
    Object.entries(stages).map(([stage, words]): readonly [number, string] => [
      spent[stage] ?? 0,
      workers.length > 1 ? `${words} (dstack ${dstack})` : words,
    ]),
  );
  const parts: readonly (readonly [number, string])[] = [
    [start, 'Node, until dstack was started'],
    [environment, 'making of the environment'],
    [project, 'finding samples, reading expectations'],
    [service, 'start of the plugin service'],
    ...ofWorkers,
    [judging, 'changes, blame, findings, expectations'],
    [report, 'report'],
  ];
  const shown = parts.filter(([milliseconds]) => milliseconds > 0);
  const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(3).padStart(9)} s`;
  return [
    'Where the time went (several processes at once count each):',
    ...shown.map(([milliseconds, words]) => `${seconds(milliseconds)}  ${words}`),
    `${seconds(whole)}  from start to end`,
  ];
}
