import type { LinkRule } from './rules.ts';

/** What the link rules find in the texts of an appointment (scope A9). */

/** The texts in which rules look. */
export interface LinkTexts {
  readonly subject: string;
  readonly location: string;
  readonly categories: readonly string[];
}

export interface LinkMatcher {
  /** By relation, what the texts name: a decimal record id, or `?` and what is named instead of one. */
  targetsIn(texts: LinkTexts): Readonly<Record<string, string>>;
}

/** Stands before what cannot be the id of a record of the rule's info area. */
export const NO_RECORD = '?';

export function relationOf({ relation, infoArea }: LinkRule): string {
  return relation ?? infoArea;
}

export function patternOf({ pattern, infoArea }: LinkRule): string {
  return pattern ?? `\\b${infoArea}-(?<station>\\d{1,5})-(?<serial>\\d{1,10})\\b`;
}

interface Compiled {
  readonly rule: LinkRule;
  readonly groups: ReadonlySet<string>;
  /** The groups of the first hit; null = none. */
  find(text: string): ((group: string) => string | null) | null;
}

/** RE2's engine takes linear time, whatever the pattern: nobody can stand still over a subject. It is loaded where there are rules, and never else. */
async function compile(rule: LinkRule): Promise<Compiled> {
  const { RE2JS } = await import('re2js');
  const pattern = RE2JS.compile(patternOf(rule), RE2JS.CASE_INSENSITIVE);
  return {
    rule,
    groups: new Set(Object.keys(pattern.namedGroups())),
    find(text) {
      const matcher = pattern.matcher(text);
      return matcher.find() ? (group) => matcher.group(group) : null;
    },
  };
}

/** What is wrong with the rules' patterns, each with its path. */
export async function patternMistakes(rules: readonly LinkRule[]): Promise<string[]> {
  const found: string[] = [];
  for (const [index, rule] of rules.entries()) {
    const path = `appointments.links.${index}.pattern`;
    try {
      const { groups } = await compile(rule);
      if (!groups.has('id') && !(groups.has('station') && groups.has('serial'))) found.push(`${path}: names no record: give it the groups (?<station>…) and (?<serial>…), or (?<id>…)`);
    } catch {
      found.push(`${path}: is no regular expression of RE2's syntax (without look-around and back references), or too large a one`);
    }
  }
  return found;
}

const matchers = new WeakMap<readonly LinkRule[], Promise<LinkMatcher>>();

/** Made once for each version of the rules. */
export function linkMatcher(rules: readonly LinkRule[]): Promise<LinkMatcher> {
  const known = matchers.get(rules) ?? makeMatcher(rules);
  matchers.set(rules, known);
  return known;
}

async function makeMatcher(rules: readonly LinkRule[]): Promise<LinkMatcher> {
  const compiled = await Promise.all(rules.map(compile));
  return {
    targetsIn(texts) {
      const targets: Record<string, string> = {};
      for (const one of compiled) {
        const relation = relationOf(one.rule);
        const target = Object.hasOwn(targets, relation) ? undefined : firstIn(one, textsFor(one.rule, texts));
        if (target !== undefined) targets[relation] = target;
      }
      return targets;
    },
  };
}

function textsFor({ from }: LinkRule, { subject, location, categories }: LinkTexts): readonly string[] {
  return from === 'subject' ? [subject] : from === 'location' ? [location] : categories;
}

function firstIn({ rule, groups, find }: Compiled, texts: readonly string[]): string | undefined {
  for (const text of texts) {
    const hit = find(text);
    if (hit === null) continue;
    const group = (name: string): string => (groups.has(name) ? (hit(name) ?? '') : '');
    const infoArea = group('infoArea').toUpperCase();
    if (infoArea !== '' && infoArea !== rule.infoArea) return `${NO_RECORD}${/^[A-Z][A-Z0-9]$/.test(infoArea) ? infoArea : ''}`;
    return idFrom(group('id')) ?? idOf(group('station'), group('serial')) ?? NO_RECORD;
  }
  return undefined;
}

/** StatNo * 2^32 + SeqNo (docs/crm-interface-dialect: 6). */
function idOf(station: string, serial: string): string | null {
  if (!/^\d{1,5}$/.test(station) || !/^\d{1,10}$/.test(serial)) return null;
  return idFrom(String(BigInt(station) * SERIALS + BigInt(serial)), BigInt(serial) < SERIALS);
}

function idFrom(id: string, isSerial = true): string | null {
  if (!isSerial || !/^\d{1,20}$/.test(id)) return null;
  const value = BigInt(id);
  return value < 2n ** 64n && value % SERIALS > 0n ? String(value) : null;
}

const SERIALS = 2n ** 32n;
