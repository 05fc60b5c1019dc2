import type { CrmRecord, Store } from './store.ts';

/** What the CRM itself does with participants and their to-dos [D: connector-se 1.5, 1.7]; here a to-do is a flag of the participant. */
export interface ToDoRules {
  store: Store;
  /** `yyyy-mm-dd` of the CRM's wall clock. */
  today: string;
  /** Participants get a to-do although their activity asks for none. */
  always: boolean;
}

/** Participation starts as open, with a to-do where the activity asks for them. */
export function fillParticipant(rules: ToDoRules, values: Record<string, string>): void {
  if ((values.Status ?? '') === '') values.Status = '0';
  const activity = rules.store.byNumbers('Contact', Number(values.ActStatNo ?? ''), Number(values.ActSeqNo ?? ''));
  if (values.IsToDo === undefined && activity !== undefined && getsToDo(rules, activity, values)) values.IsToDo = 'true';
}

/** The participants who get a to-do now that the activity asks for them. */
export function withoutToDo(rules: ToDoRules, activity: CrmRecord): CrmRecord[] {
  return participantsOf(rules.store, activity).filter(
    (participant) => participant.values.IsToDo !== 'true' && getsToDo(rules, activity, participant.values),
  );
}

/** The same participant's rows in the generated records, where the participant is one of a main record: one answer counts for all. */
export function alikeInSeries(store: Store, participant: CrmRecord): CrmRecord[] {
  const { ActStatNo = '', ActSeqNo = '' } = participant.values;
  const activity = store.byNumbers('Contact', Number(ActStatNo), Number(ActSeqNo));
  if (activity === undefined || isGenerated(activity)) return [];
  const generated = [...(store.equal('Contact', 'MainSeqNo', String(activity.seqNo)) ?? [])].filter(
    (record) => record !== activity && !record.deleted && record.values.MainStatNo === String(activity.statNo),
  );
  return generated
    .flatMap((record) => participantsOf(store, record))
    .filter((other) => ['RepId', 'PeGrp', 'PeNo', 'Email'].every((name) => (other.values[name] ?? '') === (participant.values[name] ?? '')));
}

/** Required and optional participants of activities that are not over; of a series the main record only. */
function getsToDo({ today, always }: ToDoRules, activity: CrmRecord, participant: Record<string, string>): boolean {
  const { CreateToDo, Date: date = '' } = activity.values;
  const invited = ['', '0', '1'].includes(participant.Role ?? '');
  return invited && (always || CreateToDo === 'true') && (date === '' || date >= today) && !isGenerated(activity);
}

function isGenerated({ statNo, seqNo, values }: CrmRecord): boolean {
  const { MainStatNo = '', MainSeqNo = '' } = values;
  return Number(MainSeqNo) !== 0 && (Number(MainSeqNo) !== seqNo || Number(MainStatNo) !== statNo);
}

function participantsOf(store: Store, activity: CrmRecord): CrmRecord[] {
  const rows = [...(store.equal('Participant', 'ActSeqNo', String(activity.seqNo)) ?? [])];
  return rows.filter((row) => !row.deleted && row.values.ActStatNo === String(activity.statNo));
}
