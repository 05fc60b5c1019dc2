import { createHash } from 'node:crypto';
import type { TenantRules } from '../config/rules.ts';
import type { Instant } from '../model/time/instant.ts';
import type { Clock, Report } from '../sync/ports.ts';
import type { RuleSource, RuleStore, Tenants } from './ports.ts';
import { readRules } from './tenants.ts';

export interface RulesServices {
  readonly source: RuleSource;
  readonly tenants: Pick<Tenants, 'forget'>;
  readonly clock: Clock;
  readonly report: Report;
  /** What the schema alone cannot tell: a sentence for each rule that no adapter could work by. */
  readonly check: (rules: TenantRules) => readonly string[];
}

export interface RulesView {
  /** As it was put there. */
  readonly text: string;
  readonly etag: string;
  readonly mistakes: readonly string[];
}

export interface RulesVersion {
  readonly version: string;
  readonly at: Instant;
  /** The same, byte for byte, as what lies there now. */
  readonly inForce: boolean;
}

export type Stored =
  | { readonly state: 'stored'; readonly version: string; readonly etag: string }
  | { readonly state: 'refused'; readonly mistakes: readonly string[] }
  /** Somebody changed them since they were read. */
  | { readonly state: 'changed' }
  /** They lie in a folder: who may write there changes them there. */
  | { readonly state: 'folder' }
  | { readonly state: 'unknown' };

/** So many old documents of a tenant are kept. */
const KEPT = 50;

/** Null where there are none. */
export async function viewRules({ source, check }: RulesServices, tenantId: string): Promise<RulesView | null> {
  const read = await source.read(tenantId, null);
  if (read === null || read === 'unchanged') return null;
  return { ...read, mistakes: await mistakesOf(tenantId, read.text, check) };
}

/**
 * Puts rules in force that are right in themselves and rest on what was read (its ETag; null = there were none). What is wrong changes nothing. The
 * version first: a process that is killed in between leaves one that never counted, never a rule that nobody can look up.
 */
export async function storeRules(services: RulesServices, tenantId: string, text: string, etag: string | null): Promise<Stored> {
  const { source, tenants, clock, report, check } = services;
  const { store } = source;
  if (store === undefined) return { state: 'folder' };
  const mistakes = await mistakesOf(tenantId, text, check);
  if (mistakes.length > 0) return { state: 'refused', mistakes };
  const before = await source.read(tenantId, null);
  const standing = before === null || before === 'unchanged' ? null : before.etag;
  if (standing !== etag) return { state: 'changed' };
  const version = `${String(clock.now()).padStart(13, '0')}-${hashOf(text)}`;
  await store.keep(tenantId, version, text);
  if (!(await store.put(tenantId, text, etag))) {
    await store.drop(tenantId, version);
    return { state: 'changed' };
  }
  tenants.forget(tenantId);
  report('rules.changed', { tenant: tenantId, version });
  for (const old of (await store.versions(tenantId)).slice(KEPT)) await store.drop(tenantId, old);
  const after = await source.read(tenantId, null);
  return { state: 'stored', version, etag: after === null || after === 'unchanged' ? '' : after.etag };
}

/** Newest first; none where they lie in a folder. */
export async function listVersions({ source }: RulesServices, tenantId: string): Promise<readonly RulesVersion[]> {
  if (source.store === undefined) return [];
  const read = await source.read(tenantId, null);
  const standing = read === null || read === 'unchanged' ? null : hashOf(read.text);
  const names = await source.store.versions(tenantId);
  const inForce = names.find((name) => name.slice(14) === standing);
  return names.map((version) => ({ version, at: Number(version.slice(0, 13)), inForce: version === inForce }));
}

export async function viewVersion({ source }: RulesServices, tenantId: string, version: string): Promise<string | null> {
  return isVersion(version) ? ((await source.store?.version(tenantId, version)) ?? null) : null;
}

/** An old version becomes a new one: by today's rules for rules, on top of what was read. */
export async function putBack(services: RulesServices, tenantId: string, version: string, etag: string | null): Promise<Stored> {
  if (services.source.store === undefined) return { state: 'folder' };
  const text = await viewVersion(services, tenantId, version);
  return text === null ? { state: 'unknown' } : storeRules(services, tenantId, text, etag);
}

/** Everything that was ever said of the tenant goes: for its off-boarding. False where they lie in a folder. */
export async function removeRules(store: RuleStore | undefined, tenants: Pick<Tenants, 'forget'>, tenantId: string): Promise<boolean> {
  await store?.removeAll(tenantId);
  tenants.forget(tenantId);
  return store !== undefined;
}

async function mistakesOf(tenantId: string, text: string, check: RulesServices['check']): Promise<readonly string[]> {
  const read = await readRules(tenantId, text);
  return 'mistakes' in read ? read.mistakes : check(read.rules);
}

function isVersion(name: string): boolean {
  return /^\d{13}-[0-9a-f]{12}$/.test(name);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
