import { readFile } from 'node:fs/promises';
import { build } from 'esbuild';

/** For what is written as a CommonJS module in a bundle that is none. */
export const banner = { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" };

/**
 * One file with all that `entry` needs, by itself the product, both simulators and the histories. `patch` may change a source file on its way into the bundle (a mutant): the tree stays as it is.
 *
 * @param {string} outfile
 * @param {{ entry?: string, patch?: (path: string, source: string) => string }} [options]
 */
export async function bundle(outfile, { entry = 'test/simulation/run/worker.ts', patch } = {}) {
  const plugins = patch === undefined ? [] : [{ name: 'patch', setup: (made) => made.onLoad({ filter: /\/(shared|functions)\/.*\.ts$/ }, async ({ path }) => ({ contents: patch(path, await readFile(path, 'utf8')), loader: 'ts' })) }];
  await build({ entryPoints: [entry], outfile, bundle: true, platform: 'node', target: 'node20', format: 'esm', external: ['@azure/functions-core'], sourcemap: true, logLevel: 'warning', banner, plugins });
}
