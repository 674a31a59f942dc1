/** The reporters that `--reporter NAME[=FILE]` knows, the default first. Apart from the reporters, so that `--help` loads none of them. */
export const reporterNames = ['pretty', 'json', 'junit', 'sarif', 'github', 'markdown', 'html'] as const;

export type ReporterName = (typeof reporterNames)[number];
