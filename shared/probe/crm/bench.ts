import { PROBE_SYSTEM } from '../../config/names.ts';
import type { TenantRules } from '../../config/rules.ts';
import type { AnswerRecord, CommandAnswer } from '../../crm/answer.ts';
import { errorOf, type CommandError } from '../../crm/classify.ts';
import { isWrite, type Blocks, type Command, type FieldValue, type NewRecord, type QueryTable } from '../../crm/dialect.ts';
import { all, theRecord } from '../../crm/key-pages.ts';
import type { SchemaProfile } from '../../crm/profile.ts';
import type { CrmTransport } from '../../crm/transport.ts';
import type { CrmExamination } from '../../jobs/ports.ts';
import { addDaysToDate } from '../../model/time/allday.ts';
import { toWall } from '../../model/time/wallclock.ts';
import { PortFailure } from '../../sync/failures.ts';
import type { Clock } from '../../sync/ports.ts';
import { CannotTry, doesNotHold, PROBE_TITLE, type Tried } from '../fact.ts';

/** Beyond every window that rules may have: nothing of it is ever taken for an appointment. */
const DAYS_AHEAD = 1_500;
/** So often in a run. */
const MOST_WAITS = 3;
/** Longer than it takes for a stamp to be another one. */
export const NEXT_STAMP_MS = 2_100;

export interface BenchOptions {
  readonly rules: TenantRules;
  readonly profile: SchemaProfile;
  readonly clock: Clock;
  readonly run: string;
  /** E-mail address 1 of the test rep. */
  readonly rep: string;
  /** A way of its own to the CRM each time; `actAs` null = the master user. `contentType` in place of that of the rules. */
  readonly open: (actAs: string | null, contentType?: string) => CrmTransport;
  readonly examination: () => CrmExamination;
  readonly signal: AbortSignal;
}

export interface TestRep {
  readonly station: string;
  readonly serial: string;
  readonly personGroup: string;
  readonly personNumber: string;
}

export interface MadeRecord {
  readonly id: string;
  readonly key: string;
}

type Asked = Readonly<Record<string, string>>;

/** Test records of one rep, and what is asked about them. Every request is one of his. */
export class Bench {
  readonly options: BenchOptions;
  readonly profile: SchemaProfile;
  readonly rules: TenantRules;
  readonly clock: Clock;
  private transport: CrmTransport | null = null;
  private known: TestRep | null = null;
  private count = 0;
  private waits = 0;
  private written = false;

  constructor(options: BenchOptions) {
    this.options = options;
    this.profile = options.profile;
    this.rules = options.rules;
    this.clock = options.clock;
  }

  way(): CrmTransport {
    return (this.transport ??= this.options.open(this.options.rep));
  }

  async send(...commands: readonly Command[]): Promise<readonly CommandAnswer[]> {
    try {
      return await this.sent(commands);
    } catch (failure) {
      // An earlier answer was none, and its request may go on: nothing was sent now. A CRM that is down is not waited for again and again.
      if (!(failure instanceof PortFailure) || failure.details.code !== 'stillRunning' || this.waits === MOST_WAITS) throw failure;
      this.waits += 1;
      await this.clock.sleep(failure.details.retryAfterMs ?? 0);
      return this.sent(commands);
    }
  }

  private async sent(commands: readonly Command[]): Promise<readonly CommandAnswer[]> {
    try {
      const { answers } = await this.way().send(commands);
      this.written ||= commands.some(isWrite);
      return answers;
    } catch (failure) {
      if (failure instanceof PortFailure) this.written ||= failure.details.outcomeUnknown === true;
      throw failure;
    }
  }

  /** Whether anything can have been made. */
  get hasWritten(): boolean {
    return this.written;
  }

  async rep(): Promise<TestRep> {
    this.known ??= await this.findRep();
    return this.known;
  }

  private async findRep(): Promise<TestRep> {
    const { rep } = this.profile;
    const { fields } = rep;
    const table = { table: rep.table, fields: [fields.StatNo.name, fields.SeqNo.name, fields.PeGrp.name, fields.PeNo.name] };
    const [answer] = await this.send({ kind: 'query', corr: 'rep', table, where: [all(rep, ['Email1', '=', this.options.rep])], maxRecords: 2 });
    const [found, ...more] = recordsOf(answer);
    if (found === undefined || more.length > 0) throw new CannotTry(found === undefined ? 'no rep has this e-mail address 1' : 'more than one rep has this e-mail address 1');
    const value = (field: string): string => found.fields.get(field) ?? '';
    const read = { station: value(fields.StatNo.name), serial: value(fields.SeqNo.name), personGroup: value(fields.PeGrp.name), personNumber: value(fields.PeNo.name) };
    if (['', '0'].includes(read.personNumber)) throw new CannotTry('the test rep is linked to no person of his own');
    return read;
  }

  key(): string {
    this.count += 1;
    return `probe-${this.options.run}-${this.count}`;
  }

  /** The name that the CRM has for a field of the activity. */
  name(field: keyof SchemaProfile['activity']['fields']): string {
    return this.profile.activity.fields[field].name;
  }

  /** A new activity of the test rep under his own person; `more` by logical names, '' leaves a field out. */
  async activity(key: string, more: Asked = {}): Promise<NewRecord> {
    const { activity } = this.profile;
    const rep = await this.rep();
    const date = this.date();
    const values: Asked = {
      Contact: String(this.rules.appointments.typeForNew),
      Subject: `${PROBE_TITLE} ${key}`,
      Date: date,
      Time: '10:00',
      EndDate: date,
      EndTime: '11:00',
      Status: '0',
      RepId: rep.serial,
      PeGrp: rep.personGroup,
      PeNo: rep.personNumber,
      ...more,
    };
    const names: Readonly<Record<string, { readonly name: string }>> = activity.fields;
    const own = Object.entries(values).flatMap(([field, value]): FieldValue[] => (value === '' ? [] : [{ field: names[field]?.name ?? field, value }]));
    return { table: activity.table, fields: [{ field: this.name('ExtSystem'), value: PROBE_SYSTEM, matchup: true }, { field: this.name('ExtKey'), value: key, matchup: true }, ...own] };
  }

  date(): string {
    return addDaysToDate(toWall(this.clock.now(), this.rules.crm.timeZone).date, DAYS_AHEAD);
  }

  async import(corr: string, ...records: readonly NewRecord[]): Promise<CommandAnswer | undefined> {
    return (await this.send({ kind: 'import', corr, forceInternalMatchup: true, records }))[0];
  }

  async create(more: Asked = {}, ...children: readonly NewRecord[]): Promise<MadeRecord> {
    const key = this.key();
    const answer = await this.import('make', await this.activity(key, more), ...children);
    const [first] = returnsOf(answer);
    const id = first?.records[0]?.id;
    if (id === undefined) throw new CannotTry(`a test record could not be made (code ${errorIn(answer)?.code ?? 'unknown'})`);
    return { id, key };
  }

  update(id: string, values: Asked): Promise<readonly CommandAnswer[]> {
    return this.send(this.updating(id, values));
  }

  updating(id: string, values: Asked): Command {
    const { activity } = this.profile;
    const names: Readonly<Record<string, { readonly name: string }>> = activity.fields;
    return { kind: 'update', corr: 'change', records: [{ table: activity.table, id, fields: Object.entries(values).map(([field, value]) => ({ field: names[field]?.name ?? field, value })) }] };
  }

  async changed(id: string, values: Asked): Promise<void> {
    const error = errorIn((await this.update(id, values))[0]);
    if (error !== null) throw new CannotTry(`a test record could not be changed (code ${error.code})`);
  }

  async remove(table: string, ...ids: readonly string[]): Promise<CommandError | null> {
    const [answer] = await this.send({ kind: 'delete', corr: 'remove', records: ids.map((id) => ({ table, id })) });
    return errorIn(answer);
  }

  async removed(id: string): Promise<void> {
    const error = await this.remove(this.profile.activity.table, id);
    if (error !== null) throw new CannotTry(`a test record could not be deleted (code ${error.code})`);
  }

  /** One record as it stands. Fields by logical names. */
  async read(id: string, fields: readonly (keyof SchemaProfile['activity']['fields'])[], table: Partial<QueryTable> = {}): Promise<AnswerRecord> {
    const { activity } = this.profile;
    const [answer] = await this.send({ kind: 'query', corr: 'read', table: { table: activity.table, fields: fields.map((field) => this.name(field)), ...table }, where: theRecord(activity, id) ?? [] });
    const [record] = recordsOf(answer);
    if (record === undefined) throw new CannotTry(`a test record cannot be read (code ${errorIn(answer)?.code ?? 'none'})`);
    return record;
  }

  async stamp(id: string): Promise<string> {
    const { fields } = await this.read(id, ['UpdDate', 'UpdTime']);
    return `${fields.get(this.name('UpdDate')) ?? ''} ${fields.get(this.name('UpdTime')) ?? ''}`;
  }

  pause(ms = NEXT_STAMP_MS): Promise<void> {
    return this.clock.sleep(ms, this.options.signal);
  }

  byKey(key: string): Blocks {
    return [all(this.profile.activity, ['ExtSystem', '=', PROBE_SYSTEM], ['ExtKey', '=', key])];
  }

  /** Participant of the test rep himself, matched as the connector matches. */
  async ownRow(more: Readonly<Partial<Record<'Role' | 'Status', string>>> = {}): Promise<NewRecord> {
    return this.row('RepId', (await this.rep()).serial, more);
  }

  row(by: 'RepId' | 'Email', value: string, more: Readonly<Partial<Record<'Role' | 'Status', string>>> = {}): NewRecord {
    const { participant } = this.profile;
    const rest = Object.entries({ Role: '0', ...more }).map(([field, one]) => ({ field: participant.fields[field === 'Status' ? 'Status' : 'Role'].name, value: one }));
    return { table: participant.table, fields: [{ field: participant.fields[by].name, value, matchup: true }, ...rest] };
  }

  /** Rows of the participants of one activity. */
  async rowsOf(id: string): Promise<readonly AnswerRecord[]> {
    const { participant } = this.profile;
    const nested: QueryTable = { table: participant.table, fields: [participant.fields.Role.name, participant.fields.Status.name, participant.fields.Email.name], flags: 2_048 };
    return (await this.read(id, ['SeqNo'], { nested: [nested] })).nested;
  }

  /** Marks as deleted what this run and earlier ones made. How many there were, and how many stay. */
  async cleanUp(): Promise<{ readonly removed: number; readonly left: number }> {
    let [removed, left] = [0, 0];
    for (const record of ['activity', 'document'] as const) {
      const { table, fields } = this.profile[record];
      const title = record === 'activity' ? this.profile.activity.fields.Subject.name : this.profile.document.fields.Title.name;
      for (let page = 0; page < CLEAN_PAGES; page += 1) {
        const where: Blocks = [[{ table, field: fields.ExtSystem.name, op: '=', value: PROBE_SYSTEM }]];
        const [answer] = await this.send({ kind: 'query', corr: 'ours', table: { table, fields: [title] }, where, maxRecords: 50 });
        const ids = recordsOf(answer).filter(({ deleted, fields: values }) => !deleted && (values.get(title) ?? '').startsWith(PROBE_TITLE)).map(({ id }) => id);
        if (ids.length === 0) break;
        const error = await this.remove(table, ...ids);
        if (error !== null) {
          left += ids.length;
          break;
        }
        removed += ids.length;
      }
    }
    return { removed, left };
  }
}

const CLEAN_PAGES = 40;

export function returnsOf(answer: CommandAnswer | undefined) {
  return answer?.state === 'answered' ? answer.returns : [];
}

export function recordsOf(answer: CommandAnswer | undefined): readonly AnswerRecord[] {
  return returnsOf(answer).flatMap(({ records }) => records);
}

/** null where the command was done; one that was not run has no code. */
export function errorIn(answer: CommandAnswer | undefined): CommandError | null {
  return answer === undefined || answer.state === 'notRun' ? { code: 'none', field: null } : errorOf(answer);
}

/** 'done' or 'code 422 for Subject' */
export function said(answer: CommandAnswer | undefined): string {
  const error = errorIn(answer);
  return error === null ? 'done' : `code ${error.code}${error.field === null ? '' : ` for ${error.field}`}`;
}

/** A fact about the form of answers: one that the strict reader does not take is its other answer. */
export async function ofForm(work: () => Promise<Tried>): Promise<Tried> {
  try {
    return await work();
  } catch (failure) {
    if (failure instanceof PortFailure && (failure.details.code === 'answer' || failure.details.code === 'pageOrder')) return doesNotHold(failure.message);
    throw failure;
  }
}
