import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { licensesPage } from './licenses.mjs';
import { sbom } from './sbom.mjs';

const ROOT = resolve(import.meta.dirname, '../..');

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
}

/** Licenses under which a connector may be handed to a customer without asking anybody. */
const PERMISSIVE = ['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'Unlicense', 'CC0-1.0', 'Python-2.0'];

async function json<T>(file: string): Promise<T> {
  return JSON.parse(await readFile(resolve(ROOT, file), 'utf8')) as T;
}

async function locked(): Promise<[string, Locked][]> {
  const { packages } = await json<{ packages: Record<string, Locked> }>('package-lock.json');
  return Object.entries(packages).filter(([path]) => path !== '');
}

const isDeployed = ([, { dev, devOptional }]: readonly [string, Locked]): boolean => dev !== true && devOptional !== true;

describe('supply chain', () => {
  it('every direct dependency is pinned to one version', async () => {
    const { dependencies, devDependencies } = await json<{ dependencies: Record<string, string>; devDependencies: Record<string, string> }>('package.json');
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
    expect(loose).toEqual([]);
  });

  it('the lock file names each package with a hash of what it holds', async () => {
    const unhashed = (await locked()).filter(([, { integrity, link }]) => integrity === undefined && link !== true).map(([path]) => path);
    expect(unhashed).toEqual([]);
  });

  it('nothing that is deployed runs a script when it is installed', async () => {
    expect((await locked()).filter(isDeployed).filter(([, { hasInstallScript }]) => hasInstallScript === true).map(([path]) => path)).toEqual([]);
  });

  it('what is deployed is under a permissive license', async () => {
    const others = (await locked()).filter(isDeployed).filter(([, { license = '' }]) => !license.replace(/[()]/g, '').split(/ OR /).some((one) => one.split(' AND ').every((part) => PERMISSIVE.includes(part))));
    expect(others.map(([path, { license }]) => `${path}: ${license ?? 'not told'}`)).toEqual([]);
  });

  it('docs/licenses.md is made from the lock file as it is (npm run licenses)', async () => {
    expect(await readFile(resolve(ROOT, 'docs/licenses.md'), 'utf8')).toBe(await licensesPage());
  });

  it('the bill of materials names each deployed package with its hash, and nothing else (npm run sbom)', async () => {
    const { bomFormat, components, dependencies } = await sbom();
    const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const deployed = [...new Set((await locked()).filter(isDeployed).map(([path, { version }]) => `${nameOf(path)}@${version}`))].sort();
    expect(bomFormat).toBe('CycloneDX');
    expect([...new Set(components.map((one) => one['bom-ref'].split('|')[0]))].sort()).toEqual(deployed);
    expect(components.filter(({ hashes = [], licenses = [] }) => hashes.length === 0 || licenses.length === 0)).toEqual([]);
    const known = new Set(dependencies.map(({ ref }) => ref));
    expect(dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !known.has(ref))).toEqual([]);
  }, 120_000);

  it('what the tests bring from NuGet is pinned to one version', async () => {
    for (const project of ['test/infra/compiler/compiler.csproj', 'test/infra/powershell/host.csproj']) {
      const packages = [...(await readFile(resolve(ROOT, project), 'utf8')).matchAll(/<PackageReference Include="[^"]+" Version="([^"]+)"/g)].map(([, version = '']) => version);
      expect(packages.length, project).toBeGreaterThan(0);
      for (const version of packages) expect(version, project).toMatch(/^\[\d+(\.\d+)+\]$/);
    }
  });
});
