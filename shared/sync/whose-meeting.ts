import type { KindPass } from './context.ts';
import { bornAs, newPair, pairIdFor } from './pair.ts';
import type { Colleagues, SideItem } from './ports.ts';
import type { Work } from './work.ts';

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

/**
 * The organizer left the list and cancelled what was his while he was synchronized: nobody looks into his mailbox any more, so the copies say it. The
 * record is marked as that of any deleted meeting, by the rep who was invited; where it was given to somebody else meanwhile, it is not this meeting's any more.
 */
export async function reportCancelled(pass: KindPass, works: readonly Work[]): Promise<readonly Work[]> {
  const told = works.flatMap((work) => {
    const item = work.pair === null && work.graph.state === 'present' ? work.graph.item : null;
    const record = item === null ? undefined : cancelledRecord(item);
    return item === null || record === undefined ? [] : [{ work, item, record }];
  });
  if (told.length === 0) return works;
  const ids = told.map(({ record }) => record.crmId);
  const ours = await pass.pairs.byIds('crm', ids);
  const readings = await pass.sides.crm.read(ids.filter((id) => !ours.has(id)));
  const reported = new Map<Work, Work>();
  for (const { work, item, record } of told) {
    const reading = readings.get(record.crmId);
    if (reading?.state !== 'present' || reading.item.rep !== record.rep) continue;
    const pairId = pairIdFor(pass.mailbox.tenantId, pass.mailbox.mailboxId, pass.kind.name, 'graph', item.id, 1);
    reported.set(work, { ...work, pair: { ...newPair(pairId, pass.kind.name, 'graph', item, pass.rules.normaliser), crmId: record.crmId, ...bornAs(pairId, reading.item) }, crm: { state: 'present', item: reading.item } });
  }
  return works.map((work) => reported.get(work) ?? work);
}
