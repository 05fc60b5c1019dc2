import { copyFile, mkdir } from 'node:fs/promises';
import { build } from 'esbuild';

/**
 * Two bundles. `dist/main.mjs` is what Azure loads: one ESM file, because a CJS bundle of today's Azure SDK packages fails in the worker and
 * node_modules doubles the cold start. `@azure/functions-core` exists only inside the worker. `dist/local` is the machine-local half and
 * `dist/playground` the page that it serves: all of it comes from npm, nothing from a CDN.
 */
const banner = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};

const common = { bundle: true, platform: 'node', target: 'node20', format: 'esm', sourcemap: true, legalComments: 'none', banner, logLevel: 'warning' };

await Promise.all([
  build({ ...common, entryPoints: { main: 'functions/main.ts' }, outdir: 'dist', outExtension: { '.js': '.mjs' }, external: ['@azure/functions-core'], minify: true }),
  build({ ...common, entryPoints: { 'local/host': 'local/host/main.ts', 'local/start': 'local/demo/start.ts', 'local/probe': 'shared/probe/main.ts' }, outdir: 'dist', outExtension: { '.js': '.mjs' }, packages: 'external' }),
  build({ bundle: true, platform: 'browser', target: 'es2022', format: 'esm', minify: true, sourcemap: true, legalComments: 'linked', logLevel: 'warning', entryPoints: { page: 'local/playground/page/main.ts' }, outdir: 'dist/playground' }),
  build({ bundle: true, minify: true, logLevel: 'warning', entryPoints: { page: 'local/playground/page/page.css' }, outdir: 'dist/playground' }),
  mkdir('dist/playground', { recursive: true }).then(() => copyFile('local/playground/page/index.html', 'dist/playground/index.html')),
]);
