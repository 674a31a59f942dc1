import { fileURLToPath } from 'node:url';
import { defineConfig } from 'tsdown';
import { templateTree } from './src/scaffold/template-tree.ts';

/**
 * What commands load, one after the other. All that comes at the same moment of each of them is one file: to find and open a file takes Node
 * longer than to read a small one.
 */
const commands = [
  ['main', 'commands/test/ahead', 'cli', 'commands/test', 'commands/test/project', 'report/pretty'],
  ['main', 'cli', 'commands/create'],
  ['main', 'cli', 'commands/add'],
];

interface Modules {
  getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null;
}

/** By module, the moments at which it is loaded. */
const moments = new Map<string, Set<string>>();

function chunkOf(id: string, modules: Modules): string | null {
  if (moments.size === 0) {
    for (const command of commands) {
      const loaded = new Set<string>();
      for (const entry of command) {
        const name = entry.split('/').at(-1) ?? entry;
        load(fileURLToPath(new URL(`src/${entry}.ts`, import.meta.url)), name, loaded, modules);
      }
    }
  }
  const found = moments.get(id);
  return found === undefined ? null : [...found].join('-');
}

function load(id: string, moment: string, loaded: Set<string>, modules: Modules): void {
  if (loaded.has(id)) return;
  loaded.add(id);
  moments.set(id, (moments.get(id) ?? new Set()).add(moment));
  for (const imported of modules.getModuleInfo(id)?.importedIds ?? [])
    load(imported, moment, loaded, modules);
}

/** Templates are parsed here, once, and not by each scaffold. */
const templates = {
  name: 'templates',
  resolveId: (source: string) =>
    source.endsWith('/template-tree.ts')
      ? fileURLToPath(new URL('src/scaffold/built-template-tree.ts', import.meta.url))
      : null,
  generateBundle(this: { emitFile(file: { type: 'asset'; fileName: string; source: string }): unknown }) {
    this.emitFile({ type: 'asset', fileName: 'templates.json', source: JSON.stringify(templateTree()) });
  },
};

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
  plugins: [templates],
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
