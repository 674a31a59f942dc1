import manifest from '../package.json' with { type: 'json' };

/** The version of this tool. */
export const toolVersion: string = manifest.version;

/** The newest dstack that this release of the tool was tested with; scaffolded projects start with it. */
export const newestTestedDstack = '0.22.5';
