import { compareRecordIds, recordId } from '../../crm/record-id.ts';
import { theRecord } from '../../crm/key-pages.ts';
import { doesNotHold, holds, judged, type Fact } from '../fact.ts';
import { errorIn, recordsOf, returnsOf, said, type Bench } from './bench.ts';

async function importedTwice(bench: Bench) {
  const key = bench.key();
  const record = await bench.activity(key);
  const [first, second] = [await bench.import('one', record), await bench.import('two', record)];
  const [found] = await bench.send({ kind: 'query', corr: 'found', table: { table: bench.profile.activity.table, fields: [bench.name('SeqNo')] }, where: bench.byKey(key) });
  return { first, second, records: recordsOf(found) };
}

export const idempotent: Fact<Bench> = {
  line: 'C4.1',
  says: 'an import with forced match-up on the external key makes one record however often it is sent',
  either: { holds: 'a create without an answer may be sent again', otherwise: 'duplicates could come of lost answers: do not go on, report it' },
  async try(bench) {
    const { first, records } = await importedTwice(bench);
    if (errorIn(first) !== null) return { outcome: 'notTried', why: `a test record could not be made (${said(first)})` };
    return judged(records.length === 1, `${records.length} of the same import twice`);
  },
};

export const told: Fact<Bench> = {
  line: 'C4.5',
  says: 'an import answers insert, update or match',
  either: { holds: 'anything but insert is an earlier attempt of ours', otherwise: 'every create counts as an earlier attempt, and costs a look-up more' },
  async try(bench) {
    const { first, second } = await importedTwice(bench);
    const types = [returnsOf(first)[0]?.type ?? 'none', returnsOf(second)[0]?.type ?? 'none'];
    return judged(types[0] === 'insert' && ['update', 'match'].includes(types[1] ?? ''), `the first ${types[0] ?? ''}, the second ${types[1] ?? ''}`);
  },
};

export const deletedNeverMatched: Fact<Bench> = {
  line: 'C4.2',
  says: 'a record marked as deleted is never matched',
  either: { holds: 'a key has no second life: a look-up comes before each repeated create', otherwise: 'the same; the create is refused' },
  async try(bench) {
    const key = bench.key();
    const record = await bench.activity(key);
    const first = returnsOf(await bench.import('one', record))[0]?.records[0]?.id;
    if (first === undefined) return { outcome: 'notTried', why: 'a test record could not be made' };
    await bench.removed(first);
    const second = await bench.import('two', record);
    const id = returnsOf(second)[0]?.records[0]?.id;
    return judged(id !== undefined && id !== first, id === first ? 'the deleted record was matched' : `the same import behind its deletion: ${said(second)}`);
  },
};

export const updateById: Fact<Bench> = {
  line: 'C4.3',
  says: 'an update addresses a record by its id',
  either: { holds: 'nothing more to do', otherwise: 'nothing can be written: report it' },
  async try(bench) {
    const { id } = await bench.create();
    const [answer] = await bench.update(id, { Location: 'By id' });
    return judged((await bench.read(id, ['Location'])).fields.get(bench.name('Location')) === 'By id', said(answer));
  },
};

export const queryBehind: Fact<Bench> = {
  line: 'C4.6',
  says: 'a query behind a write, in the same request, shows what is stored',
  either: { holds: 'it is taken for what both sides hold', otherwise: 'our own writes would look like edits: report it' },
  async try(bench) {
    const { id } = await bench.create();
    const { activity } = bench.profile;
    const [, behind] = await bench.send(bench.updating(id, { Location: 'Just now' }), { kind: 'query', corr: 'behind', table: { table: activity.table, fields: [bench.name('Location')] }, where: theRecord(activity, id) ?? [] });
    const shown = recordsOf(behind)[0]?.fields.get(bench.name('Location'));
    const later = (await bench.read(id, ['Location'])).fields.get(bench.name('Location'));
    return judged(shown === 'Just now' && later === shown, shown === later ? 'the same as a query later' : 'another value than a query later');
  },
};

export const ids: Fact<Bench> = {
  line: 'C6.1',
  says: 'an id is StatNo * 2^32 + SeqNo',
  either: { holds: 'records are asked for by station and serial number', otherwise: 'no record is found again: report it' },
  async try(bench) {
    const { id, key } = await bench.create();
    const { activity } = bench.profile;
    const [answer] = await bench.send({ kind: 'query', corr: 'key', table: { table: activity.table, fields: [bench.name('StatNo'), bench.name('SeqNo')] }, where: bench.byKey(key) });
    const [record] = recordsOf(answer);
    if (record === undefined) return { outcome: 'notTried', why: 'the test record is not found by its external key (C9.4)' };
    const reckoned = recordId({ station: Number(record.fields.get(bench.name('StatNo'))), serial: Number(record.fields.get(bench.name('SeqNo'))) });
    return judged(compareRecordIds(reckoned, id) === 0, compareRecordIds(reckoned, id) === 0 ? 'reckoned from both numbers' : 'another number than what both make');
  },
};

export const reps: Fact<Bench> = {
  line: 'C9.1',
  says: 'RepId is the rep’s SeqNo, and reps live on station 0',
  either: { holds: 'activities are asked for by it', otherwise: 'no activity is found for its rep: report it' },
  async try(bench) {
    const rep = await bench.rep();
    const { id } = await bench.create();
    const stored = (await bench.read(id, ['RepId'])).fields.get(bench.name('RepId'));
    return judged(rep.station === '0' && stored === rep.serial, `the test rep is on station ${rep.station === '0' ? '0' : 'other than 0'}, his number is ${stored === rep.serial ? 'kept' : 'not kept'}`);
  },
};

export const needsPerson: Fact<Bench> = {
  line: 'C9.2',
  says: 'an activity needs a person or a company',
  either: { holds: 'what comes from Outlook stands under the rep’s own person', otherwise: 'the same' },
  async try(bench) {
    const answer = await bench.import('alone', await bench.activity(bench.key(), { PeGrp: '', PeNo: '' }));
    return judged(errorIn(answer) !== null, said(answer));
  },
};

export const exactKey: Fact<Bench> = {
  line: 'C9.4',
  says: 'ExtKey keeps 40 characters exactly, and records are found by it',
  either: { holds: 'a create without an answer is found again', otherwise: 'duplicates could come of lost answers: let crm.profile name a longer field' },
  async try(bench) {
    const key = `${bench.key()}-`.padEnd(40, '0').slice(0, 40);
    const answer = await bench.import('key', await bench.activity(key));
    if (errorIn(answer) !== null) return doesNotHold(said(answer));
    const { activity } = bench.profile;
    const find = async (value: string) => recordsOf((await bench.send({ kind: 'query', corr: 'key', table: { table: activity.table, fields: [bench.name('ExtKey')] }, where: bench.byKey(value) }))[0]);
    const [record] = await find(key);
    const inCapitals = (await find(key.toUpperCase())).length > 0;
    const stored = record?.fields.get(bench.name('ExtKey'));
    return judged(stored === key, record === undefined ? 'not found' : `${stored === key ? 'found as written' : 'found and not as written'}, in capitals ${inCapitals ? 'found, too' : 'not found'}`);
  },
};

export const updateOfDeleted: Fact<Bench> = {
  line: 'C9.6',
  says: 'a record marked as deleted answers 404 to an update',
  either: { holds: 'it counts as deleted', otherwise: 'another code is the record’s problem until it is read again' },
  async try(bench) {
    const { id } = await bench.create();
    await bench.removed(id);
    const [answer] = await bench.update(id, { Location: 'Too late' });
    return errorIn(answer)?.code === '404' ? holds(said(answer)) : doesNotHold(said(answer));
  },
};
