import { GRAPH_PROBE_MARK } from '../../config/names.ts';
import { CannotTry, holds, judged, type Fact, type RulesPart } from '../fact.ts';
import type { Copy, Guest } from './guest.ts';
import type { MadeEvent, ProbedMailbox } from './mailbox.ts';
import { member, textOf } from './way.ts';

/** Longer than an update was ever seen to take: silence means nothing before. */
const SILENCE_MS = 180_000;

async function meeting(mailbox: ProbedMailbox, more: Readonly<Record<string, unknown>> = {}): Promise<{ readonly event: MadeEvent; readonly guest: Guest; readonly copy: Copy }> {
  const guest = mailbox.guest();
  const event = await mailbox.create({ attendees: [guest.attendee], responseRequested: false, ...more });
  return { event, guest, copy: await guest.arrived(event.iCalUId) };
}

const ADDED_PROPERTY = GRAPH_PROBE_MARK.replace('ConnectorProbe', 'ConnectorProbeSilent');
const SILENT: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  categories: { categories: ['Probe'] },
  reminder: { isReminderOn: true, reminderMinutesBeforeStart: 25 },
  'extended properties': { singleValueExtendedProperties: [{ id: ADDED_PROPERTY, value: '1' }] },
};

export const silentMembers: Fact<ProbedMailbox> = {
  line: 'G32',
  says: 'categories, reminder and extended properties mail nobody',
  either: { holds: 'they are written to meetings as they change', otherwise: 'an edit of them mails everybody; the link of the CRM is not written (appointments.webLink.show "off")' },
  async try(mailbox) {
    const { event, guest, copy } = await meeting(mailbox);
    const mailed: string[] = [];
    let last = copy;
    for (const [what, body] of Object.entries(SILENT)) {
      await mailbox.patched(event.id, body);
      if ((await guest.moved(last, SILENCE_MS)) !== null) mailed.push(what);
      last = (await guest.copyOf(event.iCalUId)) ?? last;
    }
    // Without this, silence could mean that updates do not come at all.
    await mailbox.patched(event.id, { subject: `${textOf(event.json, 'subject')} moved` });
    const control = await guest.moved(last, SILENCE_MS);
    if (control === null && mailed.length === 0) throw new CannotTry('another subject was not seen at the guest either, so that silence proves nothing');
    if (mailed.length === 0) return holds(`nothing came to the guest within ${SILENCE_MS / 60_000} minutes each; another subject did`);
    const off: { rules?: RulesPart } = mailed.includes('extended properties') ? { rules: { appointments: { webLink: { show: 'off' } } } } : {};
    return { outcome: 'doesNotHold', seen: `an update came to the guest for ${mailed.join(', ')}`, ...off };
  },
};

export const properties: Fact<ProbedMailbox> = {
  line: 'G7',
  says: 'extended properties travel to copies in other mailboxes',
  either: { holds: 'a marker counts only in the mailbox that it names', otherwise: 'the same' },
  async try(mailbox) {
    const { copy } = await meeting(mailbox);
    return judged(copy.carriesMark, copy.carriesMark ? 'the copy carries the property' : 'the copy comes without it');
  },
};

export const sameUid: Fact<ProbedMailbox> = {
  line: 'G38',
  says: "iCalUId is the same on the organizer's event and on the copy, also after an update",
  either: { holds: "a copy is known for the organizer's by it", otherwise: 'meetings of colleagues are published a second time: report it' },
  async try(mailbox) {
    const guest = mailbox.guest();
    const event = await mailbox.create({ attendees: [guest.attendee], responseRequested: false });
    const copy = await mailbox.within(SILENCE_MS, () => guest.copyOf(event.iCalUId));
    if (copy === null) return judged(false, 'no copy with the same iCalUId came within three minutes');
    await mailbox.patched(event.id, { subject: `${textOf(event.json, 'subject')} again` });
    await guest.moved(copy.value, SILENCE_MS);
    const now = textOf((await mailbox.read(event.id, { $select: 'iCalUId' })).json, 'iCalUId');
    const still = await guest.copyOf(event.iCalUId);
    return judged(now === event.iCalUId && still !== null, still === null ? 'not after an update' : 'the same on both, before and after an update');
  },
};

export const drafts: Fact<ProbedMailbox> = {
  line: 'G36',
  says: 'isDraft tells a meeting that was not sent yet, and nobody is mailed for one',
  either: { holds: 'such a meeting is left alone until it is sent', otherwise: 'it is taken for a sent one' },
  async try(mailbox) {
    const control = await meeting(mailbox);
    const event = await mailbox.create({ attendees: [control.guest.attendee], responseRequested: false, isDraft: true });
    const isDraft = member((await mailbox.read(event.id, { $select: 'isDraft' })).json, 'isDraft') === true;
    const copy = await mailbox.within(SILENCE_MS, () => control.guest.copyOf(event.iCalUId));
    return judged(isDraft && copy === null, `isDraft ${isDraft ? 'is kept' : 'is not kept'}, ${copy === null ? 'no invitation came to the guest' : 'an invitation came to the guest'}`);
  },
};
