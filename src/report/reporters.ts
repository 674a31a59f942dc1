import type { Reporter } from './report.ts';
import type { ReporterName } from './reporter-names.ts';

/** Every reporter by its name, loaded where it is used; a further one is a file beside these, a name in `reporter-names.ts` and a line here. */
export const reporters: Readonly<Record<ReporterName, () => Promise<Reporter>>> = {
  pretty: async () => (await import('./pretty.ts')).prettyReport,
  json: async () => (await import('./json.ts')).jsonReport,
  junit: async () => (await import('./junit.ts')).junitReport,
  sarif: async () => (await import('./sarif.ts')).sarifReport,
  github: async () => (await import('./github.ts')).githubReport,
  markdown: async () => (await import('./markdown/markdown.ts')).markdownReport,
  html: async () => (await import('./html/html.ts')).htmlReport,
};

/** Loads reporters before they are needed, while something else is waited for. Never throws: whoever needs them learns of it. */
export function loadReporters(names: readonly ReporterName[]): void {
  for (const name of names) reporters[name]().catch(() => {});
}
