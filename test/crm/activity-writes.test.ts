import { describe, expect, it } from 'vitest';
import { activityRows } from '../../shared/crm/activity-row.ts';
import { planWrite, type Situation, type WritePlan } from '../../shared/crm/activity-writes.ts';
import { parseAnswer } from '../../shared/crm/answer.ts';
import { renderCommand } from '../../shared/crm/dialect.ts';
import { schemaProfile } from '../../shared/crm/profile.ts';
import type { Reading, Write } from '../../shared/sync/ports.ts';
import { CONTENT, PAIR, rulesWith } from './world.ts';

const { crm, appointments } = rulesWith();
const profile = schemaProfile(crm);
const rows = activityRows(profile, appointments, crm.deletedFlag);
const writing = { profile, rows, rules: appointments, translation: { profile, timeZone: crm.timeZone, showAsWhenUnknown: 'busy' as const }, rep: 7 };
const SITUATION: Situation = { ownPerson: { group: '100', number: '3' }, owner: { rep: 7, person: null, addresses: new Set() }, known: new Map(), answers: true, now: 0 };
const UPDATE: Write = { kind: 'update', pairId: PAIR, id: '429496729665', version: '2026-11-02 09:00:00', content: { subject: 'Ours' }, current: null };

function planOf(write: Write): WritePlan {
  const plan = planWrite(write, writing, SITUATION);
  if ('outcome' in plan) throw new Error('There is no plan.');
  return plan;
}

/** Judges an answer that is written by hand, `corr` left to the test. */
function judged(write: Write, answers: string): unknown {
  const plan = planOf(write);
  const parsed = parseAnswer(`<root><response>${answers}</response></root>`, plan.commands('w'));
  return plan.judge(parsed, (record): Reading => {
    if (rows.isDeleted(record)) return { state: 'deleted' };
    const version = `${rows.field(record, 'UpdDate')} ${rows.field(record, 'UpdTime')}`;
    return { state: 'present', item: { id: record.id, version, modified: 0, content: {}, fuller: [], outOfScope: null, key: null, span: { start: 0, end: 0 } } };
  });
}

const record = (time: string) => `<Contact tableshort="MA" id="429496729665"><UpdDate>2026-11-02</UpdDate><UpdTime>${time}</UpdTime></Contact>`;
const GUARD = '<query corr="wg"><return type="ok" count="1"><Contact tableshort="MA" id="429496729665"/></return></query><break corr="wb"><return type="ok"/></break>';
const FAILED = '<update corr="wu"><return type="error" code="500"/></update>';
const behind = (time: string) => `<query corr="wr"><return type="ok" count="1">${record(time)}</return></query>`;

describe('The commands of a write', () => {
  it('are query, break, update and query for a guarded update', () => {
    const fields = rows.table.fields.join(',');
    const participants = rows.table.nested?.[0]?.fields.join(',');
    const key = '<cond tablename="Contact" fieldname="StatNo" op="=" value="100"/><cond tablename="Contact" fieldname="SeqNo" op="=" value="65"/>';
    expect(planOf(UPDATE).commands('w').map(renderCommand)).toEqual([
      `<query corr="wg"><tables><table tablename="Contact"/></tables><condition>${key}<cond tablename="Contact" fieldname="UpdDate" op="=" value="2026-11-02"/>` +
        '<cond tablename="Contact" fieldname="UpdTime" op="=" value="09:00:00"/></condition><fields tablename="Contact" fields="StatNo,SeqNo,FreeC1"/></query>',
      `<break corr="wb" if="not(/root/response/query[@corr='wg']/return/@count='1')"/>`,
      '<update corr="wu"><fields><Contact id="429496729665"><Subject>Ours</Subject></Contact></fields></update>',
      `<query corr="wr"><tables><table tablename="Contact" flags="16384"><table tablename="Participant" flags="2048"/></table></tables><condition>${key}</condition>` +
        `<fields tablename="Contact" fields="${fields}"/><fields tablename="Participant" fields="${participants}"/></query>`,
    ]);
  });

  it('are look-up, break, import and query for a repeated create', () => {
    const commands = planOf({ kind: 'create', pairId: PAIR, content: CONTENT, repeated: true }).commands('w').map(renderCommand);
    expect(commands.map((command) => /^<(\w+) corr="(\w+)"/.exec(command)?.slice(1))).toEqual([['query', 'wk'], ['break', 'wb'], ['import', 'wi'], ['query', 'wr']]); // prettier-ignore
    expect(commands[0]).toContain(`<cond tablename="Contact" fieldname="ExtSystem" op="=" value="M365"/><cond tablename="Contact" fieldname="ExtKey" op="=" value="${PAIR}"/>`);
    expect(commands[0]).toContain('flags="16384"');
    expect(commands[1]).toBe(`<break corr="wb" if="not(/root/response/query[@corr='wk']/return/@count='0')"/>`);
    expect(commands[2]).toMatch(/^<import corr="wi" force_internal_matchup="true"><fields><Contact><ExtSystem matchup="true">M365<\/ExtSystem><ExtKey matchup="true">/);
    expect(commands[2]?.match(/matchup="true"/g)).toHaveLength(3);
  });
});

describe('What the answers to a write mean', () => {
  it('a failed update is not sent where the record is as it was, and lost where it is not', () => {
    expect(judged(UPDATE, GUARD + FAILED + behind('09:00:00'))).toMatchObject({ outcome: 'notSent', failure: { reason: 'transient', details: { code: '500' } } });
    expect(judged(UPDATE, GUARD + FAILED + behind('09:00:05'))).toMatchObject({ outcome: 'lost', failure: { details: { outcomeUnknown: true } } });
  });

  it('a write that was accepted and cannot be read back is lost where the query failed, and rejected where it shows nothing', () => {
    const accepted = `${GUARD}<update corr="wu"><return type="update"><Contact tableshort="MA" id="429496729665"/></return></update>`;
    expect(judged(UPDATE, `${accepted}<query corr="wr"><return type="error" code="500"/></query>`)).toMatchObject({ outcome: 'lost' });
    expect(judged(UPDATE, `${accepted}<query corr="wr"><return type="ok" count="0"/></query>`)).toEqual({ outcome: 'rejected', code: 'unreadable' });
  });

  it('nothing where an earlier break ended the request', () => {
    const plan = planOf(UPDATE);
    expect(plan.judge(plan.commands('w').map(() => ({ state: 'notRun' })), () => ({ state: 'unknown' }))).toBeNull();
  });

  it('an id that is none is gone, and a version that is none is a conflict, without a request', () => {
    expect(planWrite({ ...UPDATE, id: 'x' } as Write, writing, SITUATION)).toEqual({ outcome: 'gone' });
    expect(planWrite({ ...UPDATE, version: '' } as Write, writing, SITUATION)).toEqual({ outcome: 'conflict' });
  });

  it('an update of nothing only reads', () => {
    expect(planOf({ ...UPDATE, content: {} } as Write).commands('w').map((command) => command.kind)).toEqual(['query', 'break', 'query']);
  });
});
