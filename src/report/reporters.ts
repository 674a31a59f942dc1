import { jsonReport } from './json.ts';
import { prettyReport } from './pretty.ts';
import type { Reporter } from './report.ts';
import type { ReporterName } from './reporter-names.ts';

/** Every reporter by its name; a further one is a file beside these, a name in `reporter-names.ts` and a line here. */
export const reporters: Readonly<Record<ReporterName, Reporter>> = {
  pretty: prettyReport,
  json: jsonReport,
};
