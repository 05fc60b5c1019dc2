import { readFile, writeFile } from 'node:fs/promises';

/**
 * What is deployed, package by package, with its license: `npm run licenses` writes docs/licenses.md, and a test holds it to the lock file.
 *
 * @returns {Promise<string>} the page
 */
export async function licensesPage() {
  const { packages } = JSON.parse(await readFile('package-lock.json', 'utf8'));
  const rows = Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
    .map(([path, { version, license }]) => `| ${path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)} | ${version} | ${license ?? 'not told'} |`);
  return `# Licenses

Everything that may be part of the deployed bundle, from the lock file. \`npm run licenses\` makes this page; \`npm run sbom\` writes the same as a CycloneDX document to \`dist/sbom.json\`.

| package | version | license |
| --- | --- | --- |
${[...new Set(rows)].sort().join('\n')}
`;
}

if (process.argv[1]?.endsWith('licenses.mjs')) await writeFile('docs/licenses.md', await licensesPage());
