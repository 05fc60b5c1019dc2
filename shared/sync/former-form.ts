/**
 * A new normaliser makes other fingerprints of the same content, so that of a base in the form before nothing could be told but by stamps, and stamps move
 * for much that is no edit. As long as a release knows how the form before was made (`FORMER` in model/content.ts), what was read is compared in it, too:
 * a fingerprint of what one of the sides shows is replaced by today's; any other stays, and equals nothing, as it should.
 */
import { fingerprint, type Former, type Json } from '../model/content.ts';
import { idOn, type Intent, type Pair } from './pair.ts';
import type { View } from './plan.ts';
import type { Side } from './ports.ts';

export interface Forms {
  readonly normaliser: number;
  readonly former?: Former;
}

/** Whether this pair knew the value under this fingerprint, in whichever of the two forms the pair was left. */
export function isPrintOf({ former }: Forms, { normaliser }: Pair, print: string, value: Json): boolean {
  return print === fingerprint(value) || (former !== undefined && normaliser === former.normaliser && print === former.fingerprint(value));
}

/** The pair as today's normaliser would have left it, as far as its sides were read. Doing it twice changes nothing. */
export function inTodaysForm({ normaliser, former }: Forms, pair: Pair, views: Readonly<Record<Side, View>>): Pair {
  if (former === undefined || pair.normaliser === normaliser || pair.normaliser !== former.normaliser) return pair;
  const shown = [views.graph, views.crm].flatMap((view) => (view.state === 'present' ? [view.item.content] : []));
  const today = (group: string, known: string): string => {
    const value = shown.map((content) => content[group] ?? null).find((one) => former.fingerprint(one) === known);
    return value === undefined ? known : fingerprint(value);
  };
  const prints = (known: Readonly<Record<string, string>>): Record<string, string> => Object.fromEntries(Object.entries(known).map(([group, one]) => [group, today(group, one)]));
  const intent = ({ intended, source, held, toOther, ...rest }: Intent): Intent => ({
    ...rest,
    intended: prints(intended),
    source: prints(source),
    ...(held === undefined ? {} : { held: prints(held) }),
    ...(toOther === undefined ? {} : { toOther: prints(toOther) }),
  });
  const { graph, crm } = pair.intents;
  // A side that was not read may still say what its fingerprints were made of.
  const isWhole = (['graph', 'crm'] as const).every((side) => views[side].state === 'present' || views[side].state === 'deleted' || idOn(pair, side) === null);
  return {
    ...pair,
    base: Object.fromEntries(Object.entries(pair.base).map(([group, base]) => [group, { graph: today(group, base.graph), crm: today(group, base.crm) }])),
    intents: { ...(graph === undefined ? {} : { graph: intent(graph) }), ...(crm === undefined ? {} : { crm: intent(crm) }) },
    ...(pair.creates === undefined ? {} : { creates: pair.creates.map(intent) }),
    ...(pair.unfound === undefined ? {} : { unfound: pair.unfound.map((one) => ({ ...one, intent: intent(one.intent) })) }),
    normaliser: isWhole ? normaliser : pair.normaliser,
  };
}
