import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';

export interface Fixture {
  folder: string;
  bundle: string;
  hostJson: string;
  remove(): Promise<void>;
}

const banner = { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" };
const root = resolve(import.meta.dirname, '../../../..');

/** Bundles a fixture as build.mjs bundles the product, beside a host.json, in a folder of its own. */
export async function bundleFixture(name: string, hostJson: object = {}): Promise<Fixture> {
  const folder = await mkdtemp(join(tmpdir(), 'host-fixture-'));
  const bundle = join(folder, 'dist', 'main.mjs');
  await build({
    entryPoints: [resolve(import.meta.dirname, '../fixtures', `${name}.ts`)],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner,
    external: ['@azure/functions-core'],
    logLevel: 'silent',
  });
  await writeFile(join(folder, 'host.json'), JSON.stringify({ version: '2.0', ...hostJson }));
  return { folder, bundle, hostJson: join(folder, 'host.json'), remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Bundles the host's own process as build.mjs does; packages are found through a link. */
export async function bundleHostProcess(folder: string): Promise<string> {
  const outfile = join(folder, 'host.mjs');
  const entryPoints = [join(root, 'local/host/main.ts')];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', target: 'node20', format: 'esm', banner, packages: 'external', logLevel: 'silent' });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
  return outfile;
}
