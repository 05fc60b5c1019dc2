import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { build } from 'esbuild';
import { banner } from '../../run/bundle.mjs';
import { SHARED } from './load-next.mjs';

/**
 * What the next version does otherwise: rows and messages carry a higher version, what stands in a row has another shape (it reads the old one, too), and
 * another normaliser makes other fingerprints of the same content. Each must fit in exactly one place.
 */
const CHANGES = [
  { file: 'shared/sync/rows.ts', find: 'export const ROW_VERSION: number = 1;', replace: 'export const ROW_VERSION: number = 2;' },
  { file: 'shared/sync/rows.ts', find: '  const text = JSON.stringify(value);', replace: '  const text = JSON.stringify({ next: value });' },
  { file: 'shared/sync/rows.ts', find: '  return JSON.parse(text) as T;', replace: "  return (Number(row.cells['v'] ?? 0) < 2 ? JSON.parse(text) : JSON.parse(text).next) as T;" },
  { file: 'shared/jobs/messages.ts', find: 'export const MESSAGE_VERSION: number = 1;', replace: 'export const MESSAGE_VERSION: number = 2;' },
  { file: 'shared/model/content.ts', find: 'export const NORMALISER_VERSION = 1;', replace: 'export const NORMALISER_VERSION = 2;' },
  { file: 'shared/model/content.ts', find: ".update(canonicalJson(value)).digest('base64url')", replace: ".update(`next ${canonicalJson(value)}`).digest('base64url')" },
  // Behind the one before: what it puts there holds the text that that one looks for.
  { file: 'shared/model/content.ts', find: 'export const FORMER: Former | null = null;', replace: "export const FORMER: Former | null = { normaliser: 1, fingerprint: (value) => (isMembers(value) ? fingerprint(value) : createHash('sha256').update(canonicalJson(value)).digest('base64url').slice(0, 22)) };" },
];

/** Failures are told apart by their class, and the world that both versions live in makes them, too: there is one class of each. */
const FAILURES = 'shared/sync/failures.ts';

/**
 * The product as its next version, in a bundle of its own.
 *
 * @param {string} outfile
 */
export async function bundleNext(outfile) {
  const fitting = new Set();
  const setup = (made) =>
    made.onLoad({ filter: /\/(shared|functions)\/.*\.ts$/ }, async ({ path }) => {
      const file = relative(process.cwd(), path).replaceAll('\\', '/');
      const source = await readFile(path, 'utf8');
      if (file === FAILURES) return { contents: `export const { ${[...source.matchAll(/export (?:class|const) (\w+)/g)].map(([, name]) => name).join(', ')} } = globalThis[Symbol.for('${SHARED}')];`, loader: 'ts' };
      let contents = source;
      for (const change of CHANGES) {
        if (change.file !== file) continue;
        if (source.split(change.find).length !== 2) throw new Error(`The next version no longer fits: '${change.find.trim()}' must stand once in ${file}.`);
        fitting.add(change);
        contents = contents.replace(change.find, () => change.replace);
      }
      return { contents, loader: 'ts' };
    });
  await build({ entryPoints: ['test/simulation/run/next-product.ts'], outfile, bundle: true, platform: 'node', target: 'node20', format: 'esm', external: ['@azure/functions-core'], logLevel: 'warning', banner, plugins: [{ name: 'next version', setup }] });
  if (fitting.size !== CHANGES.length) throw new Error('The next version changes files that are no part of the product.');
}
