import { transformsIn, usesTransforms } from '../config/checked-rules.ts';
import { patternMistakes } from '../config/link-patterns.ts';
import { parseTenantRules, type TenantRules } from '../config/rules.ts';
import type { Instant } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { Clock } from '../sync/ports.ts';
import type { RuleSource, Tenants } from './ports.ts';

/** How long rules are used before their ETag is asked again: a changed rule counts within this time, without a restart. */
const FRESH_MS = 30_000;

interface Loaded {
  readonly rules: TenantRules;
  /** Of the document that was read last, good or not. */
  readonly etag: string;
  /** What is wrong with that one, where these rules are the last good ones; else null. */
  readonly mistake: string | null;
  checkedAt: Instant;
}

/** Code of the failure where there is no document at all. */
export const NO_RULES = 'noRules';

/** The tenants' rules, read from their source and kept until their ETag moves; where what is there now is wrong, the last good ones stay in force. */
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
    if (read === null || read === 'unchanged') throw new PortFailure('state', 'configuration', `There are no rules for tenant ${tenantId}: put ${tenantId}.json into the configuration.`, { code: NO_RULES });
    const parsed = await readRules(tenantId, read.text);
    if ('rules' in parsed) {
      if (source.store !== undefined) await keepGood(tenantId, read.text);
      loaded.set(tenantId, { rules: parsed.rules, mistake: null, etag: read.etag, checkedAt: clock.now() });
      return parsed.rules;
    }
    const failure = wrongRules(tenantId, parsed.mistakes);
    const good = known?.rules ?? (await lastGood(tenantId));
    if (good === null) throw failure;
    loaded.set(tenantId, { rules: good, mistake: failure.message, etag: read.etag, checkedAt: clock.now() });
    return good;
  }

  /** For whoever starts while the document is wrong. Where it cannot be kept, those who run already still know it. */
  async function keepGood(tenantId: string, text: string): Promise<void> {
    try {
      await source.store?.keepGood(tenantId, text);
    } catch (failure) {
      if (!(failure instanceof PortFailure)) throw failure;
    }
  }

  async function lastGood(tenantId: string): Promise<TenantRules | null> {
    const text = (await source.store?.good(tenantId)) ?? null;
    // It was good as a whole when it was kept.
    const parsed = text === null ? null : readDocument(tenantId, text);
    return parsed === null || 'mistakes' in parsed ? null : parsed.rules;
  }

  return {
    list,
    rules,
    mistake: (tenantId) => loaded.get(tenantId)?.mistake ?? null,
    forget(tenantId) {
      loaded.delete(tenantId);
      listed = null;
    },
    companion: async (tenantId, name) => (await source.companion?.(tenantId, name)) ?? null,
  };
}

function wrongRules(tenantId: string, mistakes: readonly string[]): PortFailure {
  if (mistakes === NOT_JSON) return new PortFailure('state', 'configuration', `The rules of tenant ${tenantId} are not valid JSON: check ${tenantId}.json.`);
  if (mistakes === OTHER_TENANT) return new PortFailure('state', 'configuration', `The rules in ${tenantId}.json name another tenant: its tenantId must be ${tenantId}.`);
  return new PortFailure('state', 'configuration', `The rules of tenant ${tenantId} have ${mistakes.length === 1 ? 'a mistake' : `${mistakes.length} mistakes`}: ${mistakes.slice(0, 5).join('; ')}.`);
}

const NOT_JSON: readonly string[] = ['the document: is not valid JSON'];
const OTHER_TENANT: readonly string[] = ['tenantId: names another tenant than the one whose rules these are'];

type Read = { readonly rules: TenantRules } | { readonly mistakes: readonly string[] };

/**
 * A document as it lies there or is to be put there: the rules, or a sentence per mistake with its path. What is understood by a library alone that is
 * loaded where it is needed is looked at last, where all else is right.
 */
export async function readRules(tenantId: string, text: string): Promise<Read> {
  const read = readDocument(tenantId, text);
  return 'rules' in read && isCheckedLate(read.rules) ? checkedLate(read.rules) : read;
}

function readDocument(tenantId: string, text: string): Read {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return { mistakes: NOT_JSON };
  }
  const parsed = parseTenantRules(document);
  return 'rules' in parsed && parsed.rules.tenantId !== tenantId ? { mistakes: OTHER_TENANT } : parsed;
}

function isCheckedLate(rules: TenantRules): boolean {
  return rules.appointments.links.length > 0 || usesTransforms(rules);
}

async function checkedLate(rules: TenantRules): Promise<Read> {
  const { links } = rules.appointments;
  const mistakes = [...(links.length > 0 ? await patternMistakes(links) : []), ...(usesTransforms(rules) ? await transformsIn(rules) : [])];
  return mistakes.length > 0 ? { mistakes } : { rules };
}
