import { matchedByKey } from '../../crm/participant-writes.ts';
import { doesNotHold, holds, judged, type Fact } from '../fact.ts';
import { errorIn, returnsOf, said, type Bench } from './bench.ts';

const GUEST = 'probe@example.invalid';

export const matchedAmongChildren: Fact<Bench> = {
  line: 'C4.9',
  says: 'participants behind their activity in an import are matched among that activity’s participants only',
  either: { holds: 'a meeting may be sent again, and nobody stands on it twice', otherwise: 'participants could stand twice on a record after a lost answer: report it' },
  async try(bench) {
    const key = bench.key();
    const records = [await bench.activity(key), await bench.ownRow(), bench.row('Email', GUEST)];
    const first = await bench.import('one', ...records);
    const id = returnsOf(first)[0]?.records[0]?.id;
    if (id === undefined || returnsOf(first).some(({ type }) => type === 'error')) return { outcome: 'notTried', why: `a meeting could not be made (${said(first)})` };
    // Another record with the same people must not be taken for it.
    const other = await bench.create({}, await bench.ownRow(), bench.row('Email', GUEST));
    await bench.import('two', ...records);
    const [rows, others] = [await bench.rowsOf(id), await bench.rowsOf(other.id)];
    return judged(rows.length === 2 && others.length === 2, `${rows.length} rows of the same import twice, ${others.length} of another meeting with the same two`);
  },
};

export const addedToExisting: Fact<Bench> = {
  line: 'C4.10',
  says: 'participants are added to an activity by an import that marks nothing of it but its key, which does not change it',
  either: { holds: 'people are added so', otherwise: 'people cannot be added, or the activity is stamped with them: report it' },
  async try(bench) {
    const { id } = await bench.create();
    const before = await bench.stamp(id);
    await bench.pause();
    const answer = await bench.import('add', matchedByKey(bench.profile.activity, id), bench.row('Email', GUEST));
    const rows = await bench.rowsOf(id);
    const after = await bench.stamp(id);
    return judged(rows.length === 1 && returnsOf(answer)[0]?.type === 'match', `the activity ${returnsOf(answer)[0]?.type ?? said(answer)}, ${rows.length} of 1 row, its stamp ${before === after ? 'stays' : 'moves'}`);
  },
};

export const eachItsReturn: Fact<Bench> = {
  line: 'C4.11',
  says: 'each record of a command has its own return: an activity is made although one of its participants is refused',
  either: { holds: 'the record stands, and is marked as incomplete', otherwise: 'a meeting with somebody unknown is not made at all, and told in the journal' },
  async try(bench) {
    const answer = await bench.import('half', await bench.activity(bench.key()), bench.row('RepId', '1999999999'));
    const [activity, row] = returnsOf(answer);
    if (row?.type !== 'error' && activity?.type === 'insert') return { outcome: 'notTried', why: 'a rep who does not exist was taken as a participant' };
    return judged(activity?.type === 'insert' && row?.type === 'error', `the activity ${activity?.type ?? 'without a return'}, the participant ${row?.type ?? 'without a return'}`);
  },
};

export const rowsById: Fact<Bench> = {
  line: 'C4.12',
  says: 'roles are changed and participants removed by the id of their row',
  either: { holds: 'nothing more to do', otherwise: 'changes of people do not reach the CRM: report it' },
  async try(bench) {
    const { participant } = bench.profile;
    const { id } = await bench.create({}, bench.row('Email', GUEST));
    const [row] = await bench.rowsOf(id);
    if (row === undefined) return { outcome: 'notTried', why: 'a participant could not be added' };
    await bench.send({ kind: 'update', corr: 'role', records: [{ table: participant.table, id: row.id, fields: [{ field: participant.fields.Role.name, value: '1' }] }] });
    const role = (await bench.rowsOf(id))[0]?.fields.get(participant.fields.Role.name);
    await bench.remove(participant.table, row.id);
    const left = (await bench.rowsOf(id)).length;
    return judged(role === '1' && left === 0, `role ${role === '1' ? 'changed' : 'not changed'}, ${left} rows left of 1 that was removed`);
  },
};

const ANSWERS = { '1': 'accepted', '2': 'declined' } as const;

export const answers: Fact<Bench> = {
  line: 'C8.7',
  says: 'roles 0 to 3 and answers 1, 2 and appointments.tentativeStatus are in the catalogs',
  either: { holds: 'answers are written so', otherwise: 'appointments.tentativeStatus null: a tentative answer is not written' },
  async try(bench) {
    const { participant } = bench.profile;
    const { tentativeStatus } = bench.rules.appointments;
    const { id } = await bench.create({}, bench.row('Email', GUEST));
    const [row] = await bench.rowsOf(id);
    if (row === undefined) return { outcome: 'notTried', why: 'a participant could not be added' };
    const write = async (field: 'Role' | 'Status', value: string) => {
      const [answer] = await bench.send({ kind: 'update', corr: 'value', records: [{ table: participant.table, id: row.id, fields: [{ field: participant.fields[field].name, value }] }] });
      return errorIn(answer);
    };
    const refused: string[] = [];
    for (const role of ['0', '1', '2', '3']) if ((await write('Role', role)) !== null) refused.push(`role ${role}`);
    for (const [value, name] of Object.entries(ANSWERS)) if ((await write('Status', value)) !== null) refused.push(name);
    const tentative = tentativeStatus === null ? null : await write('Status', String(tentativeStatus));
    if (tentative !== null) return doesNotHold(`${['tentative', ...refused].join(', ')}: code ${tentative.code}`, tentative.code === '422' ? { appointments: { tentativeStatus: null } } : undefined);
    return refused.length === 0 ? holds(tentativeStatus === null ? 'all taken; the rules know no tentative answer' : 'all taken') : doesNotHold(`refused: ${refused.join(', ')}`);
  },
};
