import type { Colleagues, SideItem } from './ports.ts';

/**
 * Whose the meetings are of which a mailbox holds copies (design 4): of a synchronized organizer, and of one who left the list since the meeting came into
 * the CRM, they are his; all others are published.
 */
export async function copiesOfColleagues(items: readonly SideItem[], colleagues: Colleagues, kind: string): Promise<SideItem[]> {
  if (!items.some(({ meeting }) => meeting?.role === 'attendee')) return [...items];
  const { addresses, former } = await colleagues.list();
  const asked = new Map<string, string[]>();
  for (const { meeting } of items) {
    const left = meeting?.role === 'attendee' ? former.get(meeting.organizer ?? '') : undefined;
    if (left !== undefined && meeting?.iCalUId != null) asked.set(left.mailboxId, [...(asked.get(left.mailboxId) ?? []), meeting.iCalUId]);
  }
  const his = new Map<string, string | null>();
  for (const [mailboxId, iCalUIds] of asked) for (const [iCalUId, crmId] of await colleagues.meetingsOf(mailboxId, kind, iCalUIds)) his.set(iCalUId, crmId);
  return items.map((item) => {
    const { meeting } = item;
    if (meeting?.role !== 'attendee') return item;
    const left = former.get(meeting.organizer ?? '');
    const crmId = left === undefined ? undefined : his.get(meeting.iCalUId ?? '');
    const record = left === undefined || crmId == null ? {} : { formerRecord: { crmId, rep: left.rep } };
    return { ...item, meeting: { ...meeting, organizerSynchronized: addresses.has(meeting.organizer ?? '') || crmId !== undefined, ...record } };
  });
}

/** The record that this copy says is cancelled, of an organizer who left the list. */
export function cancelledRecord({ meeting }: SideItem): NonNullable<SideItem['meeting']>['formerRecord'] {
  return meeting?.cancelled === true ? meeting.formerRecord : undefined;
}
