import { toWindows } from '../../model/time/zones.ts';
import { hour, toIso } from '../../model/time/instant.ts';
import { toWall } from '../../model/time/wallclock.ts';
import { judged, PROBE_TITLE, type Fact } from '../fact.ts';
import type { ProbedMailbox } from './mailbox.ts';
import { member, said, textOf } from './way.ts';

export const allDay: Fact<ProbedMailbox> = {
  line: 'G14',
  says: 'all-day events are midnights in whatever zone is named beside them',
  either: { holds: 'their days are taken from what is shown, whatever zone stands beside it', otherwise: 'days could be off by one in far zones: report it' },
  async try(mailbox) {
    const date = toIso(mailbox.ahead(40)).slice(0, 10);
    const next = toIso(mailbox.ahead(41)).slice(0, 10);
    const midnight = (on: string) => ({ dateTime: `${on}T00:00:00`, timeZone: 'Tokyo Standard Time' });
    const { id } = await mailbox.create({ isAllDay: true, start: midnight(date), end: midnight(next) });
    const shown: string[] = [];
    for (const prefer of [[], ['outlook.timezone="Pacific Standard Time"']]) {
      const { json } = await mailbox.read(id, { $select: 'start,end' }, prefer);
      shown.push(`${textOf(member(json, 'start'), 'dateTime').slice(0, 19)} ${textOf(member(json, 'end'), 'dateTime').slice(0, 19)}`);
    }
    return judged(shown.every((one) => one === `${date}T00:00:00 ${next}T00:00:00`), `made in the zone of Tokyo, shown in two zones: ${shown.every((one) => one === shown[0]) ? 'the same both times' : 'differently'}, ${shown[0]?.includes(`${date}T00:00:00`) === true ? 'midnights of its own days' : 'other times'}`);
  },
};

export const zoneNames: Fact<ProbedMailbox> = {
  line: 'G16',
  says: 'the Windows name of the time zone that the rules write in is accepted',
  either: { holds: 'times are written on the clock of crm.timeZone', otherwise: 'events are refused: name another zone of the same clock in crm.timeZone' },
  async try(mailbox) {
    const zone = toWindows(mailbox.rules.crm.timeZone);
    if (zone === undefined) return { outcome: 'notTried', why: 'crm.timeZone has no Windows name, times are written in UTC' };
    const start = mailbox.ahead(41) + 12 * hour;
    const wall = (instant: number) => ({ dateTime: wallText(instant, mailbox.rules.crm.timeZone), timeZone: zone });
    const answer = await mailbox.post(mailbox.body({ start: wall(start), end: wall(start + hour) }));
    const instant = Date.parse(`${textOf(member(answer.json, 'start'), 'dateTime').slice(0, 19)}Z`);
    return judged(answer.status === 201 && instant === start, answer.status === 201 ? (instant === start ? 'taken, at the right time' : 'taken, at another time') : said(answer));
  },
};

function wallText(instant: number, zone: string): string {
  const { date, time } = toWall(instant, zone);
  return `${date}T${time}`;
}

export const lineLength: Fact<ProbedMailbox> = {
  line: 'G15',
  says: 'subject and place hold 255 characters',
  either: { holds: 'longer ones are cut by us, visibly', otherwise: 'longer texts are refused or cut by Graph, and the cut text goes to the CRM: report it' },
  async try(mailbox) {
    const line = PROBE_TITLE.padEnd(255, '.');
    const full = await mailbox.post(mailbox.body({ subject: line, location: { displayName: line } }));
    if (full.status !== 201) return judged(false, `255 characters: ${said(full)}`);
    const { json } = await mailbox.read(textOf(full.json, 'id'), { $select: 'subject,location' });
    const [subject, place] = [textOf(json, 'subject').length, textOf(member(json, 'location'), 'displayName').length];
    const longer = await mailbox.post(mailbox.body({ subject: `${line}.` }));
    const kept = longer.status === 201 ? `${textOf(longer.json, 'subject').length} kept` : said(longer);
    return judged(subject === 255 && place === 255, `of 255 characters ${subject} of the subject and ${place} of the place are kept; of 256: ${kept}`);
  },
};
