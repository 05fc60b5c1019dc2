import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/**
 * What is deployed as a CycloneDX document: `npm run sbom` writes it to dist/sbom.json. npm is asked for everything, and what is for development alone is taken
 * out here: its own `--omit dev` leaves out whatever a development package needs, too (36 of 87 packages in November 2026).
 *
 * @returns {Promise<object>} the document
 */
export async function sbom() {
  const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8'));
  const deployed = new Set(
    Object.entries(packages)
      .filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true)
      .map(([path, { name, version }]) => `${name ?? path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)}@${version}`),
  );
  const { stdout } = await promisify(execFile)('npm', ['sbom', '--package-lock-only', '--sbom-format', 'cyclonedx'], { maxBuffer: 64 * 1024 * 1024, shell: process.platform === 'win32' });
  const document = JSON.parse(stdout);
  const isDeployed = (ref) => deployed.has(ref.split('|')[0]);
  return {
    ...document,
    components: document.components.filter((component) => isDeployed(component['bom-ref'])),
    dependencies: document.dependencies.filter(({ ref }) => isDeployed(ref)).map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isDeployed) })),
  };
}

if (process.argv[1]?.endsWith('sbom.mjs')) {
  await mkdir('dist', { recursive: true });
  await writeFile('dist/sbom.json', `${JSON.stringify(await sbom(), null, 2)}\n`);
}
