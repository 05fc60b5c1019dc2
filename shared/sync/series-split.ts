import type { Json } from '../model/content.ts';
import { isPrintOf, type Forms } from './former-form.ts';
import type { Pair } from './pair.ts';
import type { SideItem } from './ports.ts';

/** What tells that two series are one appointment of the same people, where the subject was changed in the same step. */
const BESIDES_SUBJECT = ['place', 'body', 'participants'];

/**
 * Whether an occurrence of a series that is new goes on with one that another series lost. Graph does not tie the two halves of a series that was split
 * ("this and all following"): they are known by what they hold.
 * @param rest what the series that was cut off shows now: it may have been renamed before it was split
 */
export function isContinuedBy(forms: Forms, pair: Pair, { content, meeting }: SideItem, rest: readonly SideItem[]): boolean {
  if ((pair.published === true) !== (meeting?.role === 'attendee')) return false;
  const isSame = (group: string): boolean => pair.base[group] !== undefined && isPrintOf(forms, pair, pair.base[group].graph, content[group] ?? null);
  return isSame('subject') || rest.some((one) => one.content['subject'] === content['subject']) || (BESIDES_SUBJECT.every(isSame) && BESIDES_SUBJECT.some((group) => isTelling(content[group])));
}

/** Two appointments without a place, a body or people have these in common with most others. */
function isTelling(value: Json | undefined): boolean {
  return typeof value === 'string' ? value !== '' : value !== null && value !== undefined && Object.keys(value).length > 0;
}
