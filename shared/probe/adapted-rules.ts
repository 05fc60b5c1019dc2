import { parseTenantRules, type TenantRules } from '../config/rules.ts';
import type { RulesPart, Told } from './fact.ts';

type Leaf = RulesPart[string];

/** What the facts ask of the rules and the rules do not say yet; null = the rules fit as they are. */
export function wantedOf(told: readonly Told[], rules: TenantRules): RulesPart | null {
  const all = told.reduce<RulesPart>((sum, { tried }) => (tried.outcome === 'notTried' || tried.rules === undefined ? sum : merged(sum, tried.rules)), {});
  return differing(all, rules);
}

/** Two facts may ask for one time: the longer one serves both. */
function merged(left: RulesPart, right: RulesPart): RulesPart {
  const sum: Record<string, Leaf> = { ...left };
  for (const [name, value] of Object.entries(right)) {
    const before = sum[name];
    if (isPart(before) && isPart(value)) sum[name] = merged(before, value);
    else sum[name] = typeof before === 'number' && typeof value === 'number' ? Math.max(before, value) : value;
  }
  return sum;
}

function differing(part: RulesPart, stands: unknown): RulesPart | null {
  const kept = Object.entries(part).flatMap(([name, value]): [string, Leaf][] => {
    const there: unknown = typeof stands === 'object' && stands !== null ? Reflect.get(stands, name) : undefined;
    if (!isPart(value)) return there === value ? [] : [[name, value]];
    const inside = differing(value, there);
    return inside === null ? [] : [[name, inside]];
  });
  return kept.length === 0 ? null : Object.fromEntries(kept);
}

/** The document with that part in it, as the upload of rules takes it; or what is wrong with it. */
export function adaptedDocument(text: string, part: RulesPart): { readonly text: string } | { readonly mistakes: readonly string[] } {
  const document: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
  const next = over(isPart(document) ? document : {}, part);
  const parsed = parseTenantRules(next);
  return 'mistakes' in parsed ? parsed : { text: `${JSON.stringify(next, null, 2)}\n` };
}

function over(document: RulesPart, part: RulesPart): RulesPart {
  const next: Record<string, Leaf> = { ...document };
  for (const [name, value] of Object.entries(part)) {
    const before = next[name];
    next[name] = isPart(value) && isPart(before) ? over(before, value) : value;
  }
  return next;
}

function isPart(value: unknown): value is RulesPart {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
