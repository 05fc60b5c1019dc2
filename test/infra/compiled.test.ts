import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkIdentity } from './check-identity.ts';
import { checkMonitoring } from './check-monitoring.ts';
import { checkOptions } from './check-options.ts';
import { checkRights } from './check-rights.ts';
import { checkSettings } from './check-settings.ts';
import { checkStorage } from './check-storage.ts';
import { compileAll, type Compiled } from './compiled.ts';
import { findBicep, pinned } from './compiler.ts';

const INFRA = fileURLToPath(new URL('../../infra', import.meta.url));
const bicep = await findBicep();
if (bicep === null) console.log('No Bicep compiler (BICEP, or bicep on PATH): what infra/ would deploy was not tested.');

let known: Compiled | null = null;
const compiled = (): Compiled => {
  if (known === null) throw new Error('infra/ was not compiled.');
  return known;
};

/** Compiled once for all: the checks of each subject stand in a file of their own. */
describe.skipIf(bicep === null)('infra/, compiled', () => {
  beforeAll(async () => {
    if (bicep !== null) known = await compileAll(bicep);
  }, 600_000);

  it('compiles without a complaint', () => {
    expect(compiled().complaints).toEqual([]);
    for (const [name, { diagnostics }] of Object.entries(compiled().sets)) expect(diagnostics, name).toEqual([]);
  });

  it('silences no complaint in its sources', () => {
    const sources = readdirSync(INFRA, { recursive: true }).map(String).filter((name) => /\.bicep(param)?$/.test(name));
    expect(sources.length).toBeGreaterThan(10);
    for (const name of sources) expect(readFileSync(`${INFRA}/${name}`, 'utf8'), name).not.toMatch(/#disable-/);
  });

  it('is formatted', () => {
    expect(compiled().unformatted).toEqual([]);
  });

  it('its parameter files build', () => {
    expect(compiled().parameterFiles.map(({ name }) => name)).toEqual(['main.bicepparam', 'parameters/everything.bicepparam', 'parameters/smallest.bicepparam']);
    for (const { name, complaints, parameters } of compiled().parameterFiles) {
      expect(complaints, name).toEqual([]);
      expect(Object.keys(parameters).length, name).toBeGreaterThan(2);
    }
  });

  // After a change: npm run template
  it('infra/main.json is what main.bicep compiles to', async ({ skip }) => {
    const { version } = pinned();
    if (compiled().version !== version) {
      console.log(`The Bicep compiler here is ${compiled().version}: infra/main.json was not compared, ${version} writes it.`);
      return skip();
    }
    await expect(`${JSON.stringify(compiled().template, null, 2)}\n`).toMatchFileSnapshot('../../infra/main.json');
  });

  checkSettings(compiled);
  checkStorage(compiled);
  checkRights(compiled);
  checkOptions(compiled);
  checkMonitoring(compiled);
  checkIdentity(compiled);
});
