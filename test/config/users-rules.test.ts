import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { memoryStorage } from '../../local/state/memory.ts';
import { parseTenantRules } from '../../shared/config/rules.ts';
import { containerRules, folderRules } from '../../shared/state/rule-source.ts';

const TENANT = '11111111-1111-4111-8111-111111111111';
const withUsers = (users: unknown) => parseTenantRules({ tenantId: TENANT, crm: { url: 'https://crm.example.com', user: 'SYNC', passwordSetting: 'CRM_PASSWORD', timeZone: 'Europe/Berlin' }, users });

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rules-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

describe('G3: the rules for users', () => {
  it('let everybody in by default, 200 new ones per run', () => {
    const parsed = withUsers(undefined);
    expect('rules' in parsed && parsed.rules.users).toEqual({ mailDomains: [], conditions: [], newPerRun: 200, overrides: [], syncSettings: { enabled: false, syncPrivate: 'masked' } });
  });

  it('take mail domains as people write them', () => {
    const parsed = withUsers({ mailDomains: ['@Example.com', ' example.org '] });
    expect('rules' in parsed && parsed.rules.users.mailDomains).toEqual(['example.com', 'example.org']);
  });

  it.each([
    [{ field: 'SalesGroup', op: 'like', value: '5' }, /conditions\.0\.op/],
    [{ field: 'Sales Group', op: '=', value: '5' }, /must be the name of a field/],
    [{ field: 'SalesGroup', op: '=' }, /conditions\.0\.value/],
  ])('name a mistake in a condition by its place', (condition, sentence) => {
    const parsed = withUsers({ conditions: [condition] });
    expect('mistakes' in parsed && parsed.mistakes.join(' ')).toMatch(sentence);
  });
});

describe('A file beside the rules', () => {
  it('is read from the folder, and its absence is no failure', async () => {
    const folder = await emptyFolder();
    const source = folderRules(folder);
    expect(await source.companion?.(TENANT, 'CollectedMailboxes.xml')).toBeNull();
    await writeFile(join(folder, `${TENANT}.CollectedMailboxes.xml`), '<Mailboxes/>');
    expect(await source.companion?.(TENANT, 'CollectedMailboxes.xml')).toBe('<Mailboxes/>');
    expect(await source.list()).toEqual([]);
  });

  it('that cannot be read is not taken for absent', async () => {
    const folder = await emptyFolder();
    await expect(folderRules(folder).companion?.(TENANT, 'CollectedMailboxes.xml/inside')).resolves.toBeNull();
    await writeFile(join(folder, `${TENANT}.x`), '');
    await expect(folderRules(folder).companion?.(TENANT, 'x/inside')).rejects.toMatchObject({ reason: 'configuration' });
  });

  it('is read from the container, and its absence is no failure', async () => {
    const { blobs } = memoryStorage({ clock: { now: () => 0 }, random: () => 0.5 });
    const source = containerRules(blobs, 'config');
    expect(await source.companion?.(TENANT, 'CollectedMailboxes.xml')).toBeNull();
    await blobs.put('config', `${TENANT}.CollectedMailboxes.xml`, new TextEncoder().encode('<Mailboxes/>'));
    expect(await source.companion?.(TENANT, 'CollectedMailboxes.xml')).toBe('<Mailboxes/>');
    expect(await source.list()).toEqual([]);
  });
});
