import { defineConfig } from 'tsdown';

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
  copy: [
    { from: 'src/report/html/page/*.{js,css}', to: 'dist/html-page' },
    { from: 'node_modules/@pnpm/tabtab/lib/templates/completion.{bash,zsh}', to: 'dist/completion' },
    { from: 'src/engine/worker/__main__.py', to: 'dist/worker' },
    // The pattern leaves out what Python and its tools leave behind there.
    { from: 'src/engine/worker/dstack_plugin_replay/*.py', to: 'dist/worker/dstack_plugin_replay' },
  ],
});
