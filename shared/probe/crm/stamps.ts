import { countIsNot, type Command } from '../../crm/dialect.ts';
import { all, both, theRecord } from '../../crm/key-pages.ts';
import { matchedByKey } from '../../crm/participant-writes.ts';
import { readStamp } from '../../crm/stamp.ts';
import { doesNotHold, holds, judged, type Fact } from '../fact.ts';
import { recordsOf, said, type Bench } from './bench.ts';

export const stamping: Fact<Bench> = {
  line: 'C3.3',
  says: 'a change of a field stamps the record, and so does marking it as deleted',
  either: { holds: 'the poll sees both', otherwise: 'what stamps nothing is found by the daily net, or by whoever reads the record' },
  async try(bench) {
    const { id } = await bench.create();
    const made = await bench.stamp(id);
    await bench.pause();
    await bench.changed(id, { Location: 'Elsewhere' });
    const changed = await bench.stamp(id);
    await bench.pause();
    await bench.changed(id, { Location: 'Elsewhere' });
    const same = await bench.stamp(id);
    await bench.pause();
    await bench.removed(id);
    const deleted = await deletedStamp(bench, id);
    if (deleted === null) return { outcome: 'notTried', why: 'a deleted record is not shown (C3.8)' };
    return judged(changed !== made && deleted !== same, `a change ${moved(made, changed)}, a write of the same value ${moved(changed, same)}, marking as deleted ${moved(same, deleted)}`);
  },
};

function moved(before: string, after: string): string {
  return before === after ? 'stamps nothing' : 'stamps';
}

/** The stamp of a deleted record, by whichever flag shows it. */
async function deletedStamp(bench: Bench, id: string): Promise<string | null> {
  const flags = [...new Set([bench.rules.crm.deletedFlag, 16_384, 64])];
  for (const flag of flags) {
    const { activity } = bench.profile;
    const [answer] = await bench.send({ kind: 'query', corr: 'gone', table: { table: activity.table, fields: [bench.name('UpdDate'), bench.name('UpdTime')], flags: flag }, where: theRecord(activity, id) ?? [] });
    const [record] = recordsOf(answer);
    if (record !== undefined) return `${record.fields.get(bench.name('UpdDate')) ?? ''} ${record.fields.get(bench.name('UpdTime')) ?? ''}`;
  }
  return null;
}

export const participantStamps: Fact<Bench> = {
  line: 'C3.4',
  says: 'a change of a participant stamps the participant only',
  either: { holds: 'both tables are polled', otherwise: 'the same; a meeting is told of twice' },
  async try(bench) {
    const { id } = await bench.create();
    const before = await bench.stamp(id);
    await bench.pause();
    const added = await bench.import('rows', matchedByKey(bench.profile.activity, id), bench.row('Email', 'probe@example.invalid'));
    if (returns(added) < 2) return { outcome: 'notTried', why: `a participant could not be added (${said(added)})` };
    const after = await bench.stamp(id);
    return judged(before === after, before === after ? 'the activity keeps its stamp' : 'the activity is stamped, too');
  },
};

function returns(answer: Awaited<ReturnType<Bench['import']>>): number {
  return answer?.state === 'answered' ? answer.returns.filter(({ type }) => type !== 'error').length : 0;
}

const NEAR_MS = 5_000;

export const wallClock: Fact<Bench> = {
  line: 'C3.5',
  says: 'stamps have whole seconds of the wall clock in crm.timeZone',
  either: { holds: 'changes are polled and compared by them', otherwise: 'set crm.timeZone to the zone that the stamps are in, before anything is synchronized' },
  async try(bench) {
    const { id } = await bench.create();
    const { crmClock } = bench.way();
    if (!crmClock.known) return { outcome: 'notTried', why: 'answers carry no Date header to compare with (C3.6)' };
    const now = crmClock.at();
    const [date = '', time = ''] = (await bench.stamp(id)).split(' ');
    const stamp = readStamp(date, time, bench.rules.crm.timeZone);
    if (stamp === null) return doesNotHold('the record carries no stamp');
    const off = stamp.instant - now;
    const isNear = Math.abs(off) <= NEAR_MS || stamp.ambiguous;
    return judged(isNear, isNear ? 'a fresh stamp is the time of the Date header' : `a fresh stamp is ${Math.round(Math.abs(off) / 60_000)} minutes ${off > 0 ? 'ahead of' : 'behind'} the Date header`);
  },
};

export const dateHeader: Fact<Bench> = {
  line: 'C3.6',
  says: 'answers tell the time of the CRM in their Date header',
  either: { holds: 'the CRM’s clock is that header', otherwise: 'it is our clock less crm.clockSkewSeconds: keep both machines in time' },
  async try(bench) {
    await bench.send({ kind: 'nop', corr: 'clock' });
    const { crmClock } = bench.way();
    if (!crmClock.known) return doesNotHold('no Date header');
    return holds(`a Date header, ${((crmClock.at() - bench.clock.now()) / 1_000).toFixed(0)} s ahead of this machine`);
  },
};

export const guard: Fact<Bench> = {
  line: 'C4.4',
  says: 'an update behind a query for the stamp that was read does not overwrite a change',
  either: { holds: 'every update is guarded so', otherwise: 'edits could be overwritten: do not go on, report it' },
  async try(bench) {
    const { id } = await bench.create();
    const read = await bench.stamp(id);
    await bench.pause();
    await bench.changed(id, { Location: 'A person was here' });
    const newer = await bench.stamp(id);
    await bench.send(...guarded(bench, id, read, 'Overwritten'));
    const first = (await bench.read(id, ['Location'])).fields.get(bench.name('Location'));
    await bench.send(...guarded(bench, id, newer, 'By the right stamp'));
    const second = (await bench.read(id, ['Location'])).fields.get(bench.name('Location'));
    return judged(first === 'A person was here' && second === 'By the right stamp', `by an old stamp ${first === 'Overwritten' ? 'the change was overwritten' : 'nothing was written'}, by the right one ${second === 'By the right stamp' ? 'it was' : 'nothing was'}`);
  },
};

function guarded(bench: Bench, id: string, stamp: string, place: string): Command[] {
  const { activity } = bench.profile;
  const [date = '', time = ''] = stamp.split(' ');
  const where = both(theRecord(activity, id) ?? [], [all(activity, ['UpdDate', '=', date], ['UpdTime', '=', time])]);
  return [{ kind: 'query', corr: 'g', table: { table: activity.table, fields: [bench.name('SeqNo')] }, where }, { kind: 'break', corr: 'b', when: countIsNot('g', 1) }, bench.updating(id, { Location: place })];
}
