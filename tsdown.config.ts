import { defineConfig } from 'tsdown';

/** Everything is bundled, so that `npx` fetches one package; what is imported with `import()` becomes a chunk of its own. */
export default defineConfig({
  entry: { cli: 'src/cli.ts' },
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  outDir: 'dist',
  clean: true,
  minify: true,
  dts: false,
  fixedExtension: false,
  noExternal: [/.*/],
  copy: [{ from: 'src/engine/worker/cdp_worker', to: 'dist/worker' }],
});
