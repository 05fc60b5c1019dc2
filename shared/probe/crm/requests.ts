import type { CommandAnswer } from '../../crm/answer.ts';
import { countIsNot, type QueryCommand } from '../../crm/dialect.ts';
import { theRecord } from '../../crm/key-pages.ts';
import { PortFailure } from '../../sync/failures.ts';
import { doesNotHold, holds, judged, type Fact } from '../fact.ts';
import { errorIn, ofForm, returnsOf, said, type Bench } from './bench.ts';

const OTHER_TYPES = ['application/xml; charset=utf-8', 'application/xml', 'text/xml'];

export const contentType: Fact<Bench> = {
  line: 'C1.1',
  says: 'requests are taken in the content type of crm.contentType',
  either: { holds: 'nothing more to do', otherwise: 'crm.contentType names the one that is taken' },
  async try({ options, rules }) {
    const own = rules.crm.contentType;
    const taken: string[] = [];
    for (const type of [own, ...OTHER_TYPES.filter((other) => other !== own)]) {
      const refusal = await options.open(options.rep, type).send([{ kind: 'nop', corr: 'type' }]).then(
        () => null,
        (failure: unknown) => failureOf(failure),
      );
      if (refusal === null) taken.push(type);
      else if (refusal.details.code !== 'http415') throw refusal;
      if (taken.length > 0) break;
    }
    const [type] = taken;
    if (type === own) return holds(`${own} is taken`);
    return type === undefined ? doesNotHold(`neither ${own} nor ${OTHER_TYPES.join(', ')} is taken (HTTP 415)`) : doesNotHold(`${own} is refused with HTTP 415, ${type} is taken`, { crm: { contentType: type } });
  },
};

function failureOf(failure: unknown): PortFailure {
  if (failure instanceof PortFailure) return failure;
  throw failure;
}

export const statusOfErrors: Fact<Bench> = {
  line: 'C1.2',
  says: 'errors of commands come with HTTP 200',
  either: { holds: 'the answer to each command is judged alone', otherwise: 'one bad record makes the whole request fail, and the mailbox waits: report it' },
  async try(bench) {
    try {
      const [answer] = await bench.send({ kind: 'query', corr: 'odd', table: { table: 'NoSuchTableOfProbe', fields: ['StatNo'] }, where: [], maxRecords: 1 });
      return errorIn(answer) === null ? { outcome: 'notTried', why: 'a table that does not exist was no error' } : holds(`HTTP 200 with ${said(answer)}`);
    } catch (failure) {
      if (failure instanceof PortFailure && /^http\d+$/.test(failure.details.code ?? '')) return doesNotHold(`HTTP ${failure.details.code?.slice(4) ?? ''}`);
      throw failure;
    }
  },
};

export const wellFormed: Fact<Bench> = {
  line: 'C1.4',
  says: 'answers are UTF-8 and well formed, umlauts and signs included',
  either: { holds: 'they are read strictly', otherwise: 'such an answer counts as none, and the mailbox waits: report it' },
  try: (bench) =>
    ofForm(async () => {
      const text = 'äöüß € 日本 & < > " \' 😀';
      const { id } = await bench.create({ Text: text });
      const shown = (await bench.read(id, ['Text'])).fields.get(bench.name('Text')) ?? '';
      return judged(shown === text, shown === text ? 'a text with umlauts, signs and an emoji comes back as it was' : `of ${text.length} characters ${[...text].filter((sign) => shown.includes(sign)).length} come back`);
    }),
};

export const impersonation: Fact<Bench> = {
  line: 'C2.1',
  says: 'impersonate="email=…" acts as the rep with that e-mail address 1',
  either: { holds: 'passes act as the rep of their mailbox', otherwise: 'what passes write is the master user’s, with his rights: do not go on, report it' },
  async try(bench) {
    const { id } = await bench.create();
    const rep = (await bench.read(id, ['UpdBy'])).fields.get(bench.name('UpdBy')) ?? '';
    const master = bench.options.open(null);
    const { answers } = await master.send([{ kind: 'import', corr: 'master', forceInternalMatchup: true, records: [await bench.activity(bench.key())] }]);
    const made = returnsOf(answers[0])[0]?.records[0]?.id;
    if (made === undefined) return { outcome: 'notTried', why: `the master user could not make a record to compare with (${said(answers[0])})` };
    const byMaster = (await bench.read(made, ['UpdBy'])).fields.get(bench.name('UpdBy')) ?? '';
    return judged(rep !== '' && rep !== byMaster, rep === byMaster ? 'UpdBy is the same for the rep and for the master user' : 'UpdBy tells the rep from the master user');
  },
};

export const goesOn: Fact<Bench> = {
  line: 'C2.2',
  says: 'commands run in order and a failing one does not stop the next',
  either: { holds: 'many writes go in one request', otherwise: 'what stands behind a refused record waits for the next pass' },
  async try(bench) {
    const { id } = await bench.create();
    const [first, second] = await bench.send(bench.updating(id, { NoSuchFieldOfProbe: '1' }), bench.updating(id, { Location: 'Behind' }));
    const place = (await bench.read(id, ['Location'])).fields.get(bench.name('Location'));
    if (errorIn(first) === null) return { outcome: 'notTried', why: 'a field that does not exist was no error' };
    return judged(place === 'Behind', `the first ${said(first)}, the second ${said(second)}`);
  },
};

function existing(bench: Bench, id: string): QueryCommand {
  return { kind: 'query', corr: 'g', table: { table: bench.profile.activity.table, fields: [bench.name('SeqNo')] }, where: theRecord(bench.profile.activity, id) ?? [] };
}

export const breaks: Fact<Bench> = {
  line: 'C2.3',
  says: 'a break whose condition is true ends the request, and one whose condition is not does not',
  either: { holds: 'writes stand behind a break that guards them', otherwise: 'nothing may be written: report it' },
  async try(bench) {
    const { id } = await bench.create();
    const guard = existing(bench, id);
    const fired = await bench.send(guard, { kind: 'break', corr: 'b', when: countIsNot('g', 0) }, bench.updating(id, { Location: 'Unguarded' }));
    const first = (await bench.read(id, ['Location'])).fields.get(bench.name('Location')) ?? '';
    const passed = await bench.send(guard, { kind: 'break', corr: 'b', when: countIsNot('g', 1) }, bench.updating(id, { Location: 'Guarded' }));
    const second = (await bench.read(id, ['Location'])).fields.get(bench.name('Location')) ?? '';
    return judged(first !== 'Unguarded' && second === 'Guarded', `behind a true one ${first === 'Unguarded' ? 'the update ran' : 'nothing ran'}, behind a false one ${said(passed[2])}${fired[2]?.state === 'notRun' ? '' : ', with an answer behind the true one'}`);
  },
};

export const failedBreak: Fact<Bench> = {
  line: 'C2.4',
  says: 'a break that cannot be evaluated lets the commands behind it run',
  either: { holds: 'writing stops with a sentence, as soon as one is met', otherwise: 'nothing is written; the answer counts as lost' },
  try: (bench) =>
    ofForm(async () => {
      const { id } = await bench.create();
      const [answer] = await bench.send({ kind: 'break', corr: 'b', when: 'nonsense(((' }, bench.updating(id, { Location: 'Behind' })).catch((failure: unknown) => {
        // An answer that leaves commands out is what the other way looks like.
        if (failure instanceof PortFailure && failure.details.code === 'answer') return [];
        throw failure;
      });
      const ran = (await bench.read(id, ['Location'])).fields.get(bench.name('Location')) === 'Behind';
      return judged(ran, `the break ${said(answer)}, the update behind it ${ran ? 'ran' : 'did not run'}`);
    }),
};

export const orderOfAnswers: Fact<Bench> = {
  line: 'C2.5',
  says: 'answers stand in the order of the commands and echo corr',
  either: { holds: 'each answer is taken for its command', otherwise: 'the answer counts as none, and the mailbox waits: report it' },
  try: (bench) =>
    ofForm(async () => {
      const answers = await bench.send({ kind: 'nop', corr: 'one' }, { kind: 'metainfo', corr: 'two', table: bench.profile.activity.table }, { kind: 'nop', corr: 'three' });
      return judged(answers.length === 3, 'three commands of two sorts');
    }),
};

const MEETINGS = 5;

export const oneAtATime: Fact<Bench> = {
  line: 'C7.1',
  says: 'a second request of one CRM user while the first runs is answered 509',
  either: { holds: 'one request per CRM user at a time; a 509 waits', otherwise: 'one request per CRM user at a time all the same; another code is tried again as a failed command' },
  async try(bench) {
    const long = (): QueryCommand => ({ kind: 'query', corr: 'long', table: { table: bench.profile.activity.table, fields: [bench.name('StatNo'), bench.name('SeqNo'), bench.name('Subject')] }, where: [], maxRecords: bench.rules.crm.pageSize });
    await bench.rep();
    for (let turn = 0; turn < MEETINGS; turn += 1) {
      const both = await Promise.allSettled([1, 2].map(() => bench.options.open(bench.options.rep).send([long()])));
      for (const one of both) {
        const code = one.status === 'rejected' ? failureOf(one.reason).details.code : errorCode(one.value.answers[0]);
        if (code === '509') return holds('the second one is answered 509');
        if (code !== undefined) return doesNotHold(`the second one is answered ${code}`);
      }
    }
    return { outcome: 'notTried', why: `of ${MEETINGS} pairs of requests none met: the CRM answers too fast, or runs them side by side` };
  },
};

function errorCode(answer: CommandAnswer | undefined): string | undefined {
  return errorIn(answer)?.code;
}

export const codes: Fact<Bench> = {
  line: 'C7.3',
  says: '404 is a record that is not there, 422 a field error with its fieldname (other codes cannot be provoked without harm)',
  either: { holds: 'the record is left alone with its reason', otherwise: 'an unknown code counts as a failed command: tried again, counted' },
  async try(bench) {
    const { id } = await bench.create();
    const absent = String(BigInt(id) + 900_000_000n);
    const [missing] = await bench.update(absent, { Location: 'Nowhere' });
    const [field] = await bench.update(id, { NoSuchFieldOfProbe: '1' });
    const isSo = errorIn(missing)?.code === '404' && errorIn(field)?.code === '422' && errorIn(field)?.field !== null;
    return judged(isSo, `an unknown record ${said(missing)}, an unknown field ${said(field)}`);
  },
};
