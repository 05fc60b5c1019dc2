import { build } from 'esbuild';

/**
 * Two bundles. `dist/main.mjs` is what Azure loads: one ESM file, because a CJS bundle of today's Azure SDK packages fails in the worker and
 * node_modules doubles the cold start. `@azure/functions-core` exists only inside the worker. `dist/local.mjs` is the machine-local half.
 */
const banner = {
  js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
};

const common = { bundle: true, platform: 'node', target: 'node20', format: 'esm', sourcemap: true, legalComments: 'none', banner, logLevel: 'warning' };

await Promise.all([
  build({ ...common, entryPoints: { main: 'functions/main.ts' }, outdir: 'dist', outExtension: { '.js': '.mjs' }, external: ['@azure/functions-core'], minifySyntax: true }),
  build({ ...common, entryPoints: { 'local/host': 'local/host/main.ts', 'local/start': 'local/demo/start.ts' }, outdir: 'dist', outExtension: { '.js': '.mjs' }, packages: 'external' }),
]);
