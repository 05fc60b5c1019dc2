import { transformsIn, usesTransforms } from '../config/checked-rules.ts';
import { parseTenantRules, type TenantRules } from '../config/rules.ts';
import type { Instant } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Clock } from '../sync/ports.ts';
import type { RuleSource, Tenants } from './ports.ts';

/** How long rules are used before their ETag is asked again: a changed rule counts within this time, without a restart. */
const FRESH_MS = 30_000;

interface Loaded {
  readonly rules: TenantRules;
  readonly etag: string;
  checkedAt: Instant;
}

/** The tenants' rules, read from their source and kept until their ETag moves. */
export function loadedTenants(source: RuleSource, clock: Clock): Tenants {
  const loaded = new Map<string, Loaded>();
  let listed: { ids: readonly string[]; at: Instant } | null = null;

  async function list(): Promise<readonly string[]> {
    if (listed === null || clock.now() - listed.at >= FRESH_MS) listed = { ids: await source.list(), at: clock.now() };
    return listed.ids;
  }

  async function rules(tenantId: string): Promise<TenantRules> {
    const known = loaded.get(tenantId);
    if (known !== undefined && clock.now() - known.checkedAt < FRESH_MS) return known.rules;
    const read = await source.read(tenantId, known?.etag ?? null);
    if (read === 'unchanged' && known !== undefined) {
      known.checkedAt = clock.now();
      return known.rules;
    }
    if (read === null || read === 'unchanged') throw new PortFailure('state', 'configuration', `There are no rules for tenant ${tenantId}: put ${tenantId}.json into the configuration.`);
    const parsed = parse(tenantId, read.text);
    const mistakes = usesTransforms(parsed) ? await transformsIn(parsed) : [];
    if (mistakes.length > 0) throw mistaken(tenantId, mistakes);
    const fresh = { rules: parsed, etag: read.etag, checkedAt: clock.now() };
    loaded.set(tenantId, fresh);
    return fresh.rules;
  }

  return { list, rules, companion: async (tenantId, name) => (await source.companion?.(tenantId, name)) ?? null };
}

function parse(tenantId: string, text: string): TenantRules {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw new PortFailure('state', 'configuration', `The rules of tenant ${tenantId} are not valid JSON: check ${tenantId}.json.`);
  }
  const parsed = parseTenantRules(document);
  if ('mistakes' in parsed) throw mistaken(tenantId, parsed.mistakes);
  if (parsed.rules.tenantId !== tenantId) throw new PortFailure('state', 'configuration', `The rules in ${tenantId}.json name another tenant: its tenantId must be ${tenantId}.`);
  return parsed.rules;
}

function mistaken(tenantId: string, mistakes: readonly string[]): PortFailure {
  return new PortFailure('state', 'configuration', `The rules of tenant ${tenantId} have ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}: ${mistakes.slice(0, 5).join('; ')}.`);
}
