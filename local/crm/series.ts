import type { CrmUser, FieldValues, Series } from './people.ts';
import type { CrmQuirks } from './quirks.ts';

/** What the generated records do not take over from the main record, as far as the profile has it [D: connector-se 1.5]. */
const NOT_COPIED = ['Status', 'MainStatNo', 'MainSeqNo'];

/** Makes a series as the CRM keeps one: a main record, and records of their own that name it. */
export function createSeries(
  user: CrmUser,
  seriesMain: CrmQuirks['seriesMain'],
  values: FieldValues & { Date: string },
  dates: string[],
  participants: FieldValues[],
): Series {
  let main = user.create('Contact', values);
  const named = { MainStatNo: main.statNo, MainSeqNo: main.seqNo };
  if (seriesMain === 'itself') main = user.update('Contact', main.id, named);
  for (const participant of participants) user.addParticipant(main.id, participant);
  const copied = Object.fromEntries(Object.entries(values).filter(([name]) => !NOT_COPIED.includes(name)));
  const { EndDate: lastDay } = values;
  const days = typeof lastDay === 'string' && lastDay !== '' ? Date.parse(lastDay) - Date.parse(values.Date) : undefined;
  const generated = dates.map((date) => {
    const end: FieldValues = days === undefined ? {} : { EndDate: new Date(Date.parse(date) + days).toISOString().slice(0, 10) };
    const record = user.create('Contact', { ...copied, ...named, ...end, Date: date });
    for (const participant of participants) user.addParticipant(record.id, participant);
    return record;
  });
  return { main, generated };
}
