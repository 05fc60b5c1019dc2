import type { Shown, SideName } from './appointment.ts';
import { nameOf, personWords } from './people.ts';
import { readable } from './wall-time.ts';

/** What the rule lets the CRM show of a private appointment (docs/operations.md, `appointments.privacy`). */
export type Privacy = 'off' | 'masked' | 'full';

const PRIVACY_WORDS: Readonly<Record<Privacy, string>> = {
  off: 'Of this person’s private appointments the rule shows the CRM nothing.',
  masked: 'Of this person’s private appointments the rule shows the CRM a mask: times and show-as under a neutral subject.',
  full: 'This person’s private appointments are shown to the CRM as they are.',
};

/** One fact a line: what stands on the other side while a person looks at this one. `item` null: it is not created yet. */
export function otherSideLines(side: SideName, item: Shown, other: Shown | null, privacy: Privacy): string[] {
  const rule = item.isPrivate || other?.isPrivate === true ? [PRIVACY_WORDS[privacy]] : [];
  if (other === null) return [nothing(side, item), ...rule];
  const { subject, place, body, showAs, allDay, start, end, invited, traits } = other;
  const when = allDay ? (start === end ? `${readable(start)}, all day` : `${readable(start)} to ${readable(end)}, all day`) : `${readable(start)} to ${start.slice(0, 10) === end.slice(0, 10) ? end.slice(11) : readable(end)}`;
  return [
    `“${subject}”, ${when}, ${showAs === 'oof' ? 'out of office' : showAs === 'workingElsewhere' ? 'working elsewhere' : showAs}.`,
    `${place === '' ? 'No place' : `At ${place}`}, ${body === '' ? 'no notes' : 'with notes'}.`,
    invited.length === 0 ? 'Nobody else.' : `With ${invited.map(personWords).join(', ')}.`,
    ...(traits.length === 0 ? [] : [`It is ${traits.join(', ')}.`]),
    ...rule,
  ];
}

function nothing(side: SideName, { isAwaited, own, organizer, isPrivate }: Shown): string {
  if (isAwaited) return 'Nothing yet.';
  if (side === 'outlook' && own !== null && organizer !== null && !isPrivate) return `Nothing of this person’s: ${nameOf(organizer)} organizes it, and it stands in the CRM once.`;
  return 'Nothing.';
}
