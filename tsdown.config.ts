import { fileURLToPath } from 'node:url';
import { defineConfig } from 'tsdown';

/**
 * What commands load one after the other. All that one of these imports, and none before it does, is one file: to find and open a file takes Node
 * longer than to read a small one.
 */
const stages = {
  start: 'main.ts',
  'dstack-list': 'engine/dstack-list.ts',
  ahead: 'commands/test/ahead.ts',
  cli: 'cli.ts',
  test: 'commands/test.ts',
  project: 'commands/test/project.ts',
  pretty: 'report/pretty.ts',
  create: 'commands/create.ts',
};

interface Modules {
  getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null;
}

const stageOf = new Map<string, string>();

function chunkOf(id: string, modules: Modules): string | null {
  if (stageOf.size === 0) {
    for (const [stage, entry] of Object.entries(stages))
      reach(fileURLToPath(new URL(`src/${entry}`, import.meta.url)), stage, modules);
  }
  return stageOf.get(id) ?? null;
}

function reach(id: string, stage: string, modules: Modules): void {
  if (stageOf.has(id)) return;
  stageOf.set(id, stage);
  for (const imported of modules.getModuleInfo(id)?.importedIds ?? []) reach(imported, stage, modules);
}

/** Everything is bundled, so that `npx` fetches one package; what is imported with `import()` becomes a chunk of its own. */
export default defineConfig({
  entry: { main: 'src/main.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  outDir: 'dist',
  clean: true,
  minify: true,
  // Names without hashes: a build over an older one leaves no chunk behind that nothing loads.
  hash: false,
  dts: false,
  fixedExtension: false,
  deps: { alwaysBundle: [/.*/], onlyBundle: false },
  inputOptions: { preserveEntrySignatures: 'allow-extension' },
  outputOptions: { codeSplitting: { includeDependenciesRecursively: false, groups: [{ name: chunkOf }] } },
  copy: [
    { from: 'src/report/html/page/*.{js,css}', to: 'dist/html-page' },
    { from: 'node_modules/@pnpm/tabtab/lib/templates/completion.{bash,zsh}', to: 'dist/completion' },
    { from: 'src/engine/worker/__main__.py', to: 'dist/worker' },
    // The pattern leaves out what Python and its tools leave behind there.
    { from: 'src/engine/worker/dstack_plugin_replay/*.py', to: 'dist/worker/dstack_plugin_replay' },
  ],
});
