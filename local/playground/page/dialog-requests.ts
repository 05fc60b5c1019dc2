import type { AppointmentContent, Shown, SideName } from './appointment.ts';
import { otherSideLines, type Privacy } from './other-side.ts';
import { nameOf, type Address, type Answer } from './people.ts';
import { addMinutes } from './wall-time.ts';

/** What the dialog is asked to show, and what a person then wants. */

export type Edited =
  | { readonly action: 'save'; readonly content: AppointmentContent; readonly organizer: string }
  | { readonly action: 'delete' }
  | { readonly action: 'answer'; readonly answer: Answer }
  /** The organizer outside calls it off. */
  | { readonly action: 'callOff' };

export interface EditorRequest {
  readonly side: SideName;
  readonly content: AppointmentContent;
  readonly isNew: boolean;
  readonly traits: readonly string[];
  /** In words; '' = there is nobody to name. */
  readonly organizer: string;
  /** Somebody else's meeting: the owner's answer to it, and whether its organizer is a stranger who may call it off. */
  readonly invitation: { readonly answer: Answer | null; readonly isFromOutside: boolean; readonly isCancelled: boolean } | null;
  /** A new invitation from outside: who sends it. */
  readonly sender: string | null;
  readonly known: readonly Address[];
  /** What the other side shows; empty for what is new. */
  readonly otherSide: readonly string[];
  /** Carries it out; a rejection is shown in the dialog, which stays open. */
  readonly carryOut: (edited: Edited) => Promise<void>;
}

type Asked = Omit<EditorRequest, 'carryOut'>;

export interface Owner {
  readonly mail: string;
  readonly privacy: Privacy;
}

/** `sender`: somebody outside who invites, or null for the owner's own. */
export function requestForNew(side: SideName, start: string, times: Partial<AppointmentContent>, known: readonly Address[], sender: string | null): Asked {
  const content: AppointmentContent = { subject: '', place: '', body: '', showAs: 'busy', reminder: 15, categories: [], isPrivate: false, invited: [], allDay: false, start, end: addMinutes(start, 60), ...times };
  return { side, content, isNew: true, traits: [], organizer: '', invitation: null, sender, known, otherSide: [] };
}

/** `other`: what stands on the other side; undefined where nobody keeps the sides in step. */
export function requestForOne(side: SideName, item: Shown, other: Shown | null | undefined, owner: Owner, colleagues: ReadonlySet<string>, known: readonly Address[]): Asked {
  const { own, organizer, traits, looks } = item;
  const isFromOutside = organizer !== null && !colleagues.has(organizer.address);
  return {
    side, content: item, isNew: false, traits, known,
    sender: null,
    organizer: organizerLine(side, item, owner),
    invitation: own === null ? null : { answer: own.answer, isFromOutside, isCancelled: looks.includes('cancelled') },
    otherSide: other === undefined ? [] : otherSideLines(side, item, other, owner.privacy),
  }; // prettier-ignore
}

function organizerLine(side: SideName, { own, organizer }: Shown, { mail }: Owner): string {
  if (organizer === null) return '';
  const who = organizer.address === mail ? 'this person' : nameOf(organizer);
  return `Organizer: ${who}${own === null && side === 'outlook' ? '; who is invited gets mail for every change.' : '.'}`;
}
