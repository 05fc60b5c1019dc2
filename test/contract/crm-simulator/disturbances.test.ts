import { describe, expect, it } from 'vitest';
import { cond, query } from '../../local/crm/crm-under-test.ts';
import { activity, fieldOf, importOf, KEY, outcomes, rawCrm, theReturn, updateOf } from './raw-interface.ts';
import type { RawCrm } from './raw-interface.ts';

const door = (crm: RawCrm, method: string, path: string, body: unknown): Promise<Response> =>
  crm.crm.fetch(new Request(`http://crm.example.com/_sim/${path}`, { method, body: JSON.stringify(body) }));

describe('a person who is faster', () => {
  it('edits a record before the second request that writes, not before the first', async () => {
    const crm = rawCrm();
    const { id } = crm.seed.activity({ Subject: 'x' }, crm.jane.person);
    crm.crm.addFault({ kind: 'edit', by: 'JRO', table: 'MA', id, values: { Location: 'edited' }, match: { command: 'update', nth: 2 } });
    const location = () => crm.crm.record('MA', id)?.values.Location;
    await crm.ask(query('Contact', 'Subject'));
    await crm.ask(updateOf('Contact', id, '<Subject>1</Subject>'));
    expect(location()).toBe('');
    await crm.ask(updateOf('Contact', id, '<Subject>2</Subject>'));
    expect(location()).toBe('edited');
    expect(crm.crm.state().stampsBy.JRO).toEqual({ Contact: 1 });
  });

  it('edits between two commands of one request: the CRM holds nobody off', async () => {
    const crm = rawCrm();
    const { id } = crm.seed.activity({ Subject: 'x' }, crm.jane.person);
    crm.crm.addFault({ kind: 'edit', by: 'JRO', table: 'MA', id, values: { Subject: 'between' }, match: { command: 'query' }, which: 2 });
    const answers = await crm.ask(query('Contact', 'Subject') + query('Contact', 'Subject') + query('Contact', 'Subject'));
    expect(answers.map((answer) => fieldOf(theReturn(answer), 'Subject')[0])).toEqual(['x', 'between', 'between']);
  });

  it.each([
    [{ deleted: true }, 'true'],
    [{ values: { FreeC1: 'gelöscht' } }, 'gelöscht'],
  ])('deletes a record: %j', async (change, seen) => {
    const crm = rawCrm();
    const { id } = crm.seed.activity({ Subject: 'x' }, crm.jane.person);
    await door(crm, 'POST', 'faults', { kind: 'edit', by: 'JRO', table: 'MA', id, ...change });
    const answer = await crm.one(query('Contact', 'FreeC1', [], '', '16384'));
    expect([answer.children[0]?.attributes.deleted, fieldOf(answer, 'FreeC1')[0]]).toContain(seen);
  });

  it('commits a long transaction just now: its stamp is older than our read', async () => {
    const crm = rawCrm();
    const { id } = crm.seed.activity({ Subject: 'x' }, crm.jane.person);
    await crm.clock.advance(60_000);
    crm.crm.addFault({ kind: 'edit', by: 'JRO', table: 'MA', id, values: { Subject: 'y' }, stampedMsAgo: 45_000 });
    expect(fieldOf(await crm.one(query('Contact', 'UpdTime')), 'UpdTime')).toEqual(['10:00:15']);
  });

  it('may also work through the door with an older stamp', async () => {
    const crm = rawCrm();
    const { id } = crm.seed.activity({ Subject: 'x' }, crm.jane.person);
    await crm.clock.advance(60_000);
    const response = await door(crm, 'PATCH', `records/MA/${id}`, { by: 'JRO', values: { Subject: 'y' }, stampedMsAgo: 30_000 });
    expect(await response.json()).toMatchObject({ values: { Subject: 'y', UpdTime: '10:00:30' } });
  });

  it('is a mistake of the test where the CRM refuses the edit, not an answer of the CRM', async () => {
    const crm = rawCrm();
    crm.crm.addFault({ kind: 'edit', by: 'JRO', table: 'MA', id: '7', values: { Subject: 'y' } });
    await expect(crm.ask('<nop/>')).rejects.toThrow('The edit of a fault was refused');
    expect((await door(crm, 'POST', 'faults', { kind: 'edit', table: 'MA', id: '7' })).status).toBe(422);
  });

  it('may be anything that listens to commands, in process', async () => {
    const crm = rawCrm();
    const { id } = crm.seed.activity({ Subject: 'x' }, crm.jane.person);
    const seen: string[] = [];
    const stop = crm.crm.onCommand(({ name, user, attributes, which }) => {
      seen.push(`${user} ${name} ${which} ${attributes.corr ?? ''}`);
      if (name === 'update') crm.crm.act('JRO').update('MA', id, { Location: 'edited' });
    });
    await crm.ask(`${query('Contact', 'Subject', [], 'corr="q"')}${updateOf('Contact', id, '<Subject>1</Subject>')}<nop pwd="secret-pwd" user="SYNC" corr="n"/>`, 'JDO');
    stop();
    await crm.ask('<nop/>');
    expect(seen).toEqual(['JDO query 1 q', 'JDO update 1 u', 'JDO nop 1 n']);
    expect(crm.crm.record('MA', id)?.values).toMatchObject({ Subject: '1', Location: 'edited' });
  });
});

describe('commands that fail alone', () => {
  it('the second of its name fails and is not run, in one request only', async () => {
    const crm = rawCrm();
    await door(crm, 'POST', 'faults', { kind: 'commandError', code: 500, which: 2, match: { command: 'import' } });
    const three = ['a', 'b', 'c'].map((key) => importOf(activity(crm, KEY(key)))).join('');
    expect(outcomes(await crm.ask(three))).toEqual(['insert', '500', 'insert']);
    expect(outcomes(await crm.ask(three))).toEqual(['match', 'insert', 'match']);
  });

  it('a break that fails lets an unguarded write through', async () => {
    const crm = rawCrm();
    const { id } = crm.seed.activity({ Subject: 'x' }, crm.jane.person);
    crm.crm.addFault({ kind: 'commandError', code: 500, match: { command: 'break' } });
    expect(outcomes(await crm.ask(`<break if="/root"/>${updateOf('Contact', id, '<Subject>y</Subject>')}`))).toEqual(['500', 'update']);
  });
});

describe('a trigger that fights back', () => {
  const FIGHT = { table: 'Contact', field: 'Location', value: 'Head office' };

  it('changes the write itself, and nothing that does not touch the field', async () => {
    const crm = rawCrm({ quirks: { fightsBack: FIGHT } });
    const { id } = crm.seed.activity({ Subject: 'x' }, crm.jane.person);
    await crm.ask(updateOf('Contact', id, '<Subject>y</Subject>'));
    expect(crm.crm.record('MA', id)?.values.Location).toBe('');
    await crm.ask(updateOf('Contact', id, '<Location>Room 7</Location>'));
    expect(crm.crm.record('MA', id)?.values).toMatchObject({ Location: 'Head office', UpdBy: 'SYNC' });
  });

  it('puts the field back later, as a change of its own, again and again', async () => {
    const crm = rawCrm({ quirks: { fightsBack: { ...FIGHT, delayMs: 30_000 } } });
    const { id } = crm.seed.activity({ Location: 'Head office' }, crm.jane.person);
    for (const stamp of ['10:00:30', '10:01:00']) {
      await crm.ask(updateOf('Contact', id, '<Location>Room 7</Location>'));
      expect(crm.crm.record('MA', id)?.values.Location).toBe('Room 7');
      await crm.clock.advance(30_000);
      expect(crm.crm.record('MA', id)?.values).toMatchObject({ Location: 'Head office', UpdBy: 'TRIGGER', UpdTime: stamp });
    }
    await crm.clock.advance(3_600_000);
    expect(crm.crm.state().stampsBy.TRIGGER).toEqual({ Contact: 2 });
  });
});

describe('time and loss', () => {
  it.each([
    ['start', '10:00:00'],
    ['end', '10:02:00'],
  ] as const)('a slow request commits at its end what it stamps as of its %s', async (stamp, time) => {
    const crm = rawCrm();
    crm.crm.addFault({ kind: 'slow', ms: 120_000, stamp });
    const sent = crm.ask(importOf(activity(crm, KEY('a'))));
    await crm.clock.advance(119_999);
    expect(crm.crm.records('MA')).toEqual([]);
    await crm.clock.advance(1);
    await sent;
    expect(crm.crm.records('MA')[0]?.values.UpdTime).toBe(time);
  });

  it('after a restore from a backup nothing is stamped at or behind the newest stamp ever seen', async () => {
    const crm = rawCrm();
    crm.seed.activity({ Subject: 'old' }, crm.jane.person);
    const backup = crm.crm.snapshot();
    await crm.clock.advance(3_600_000);
    crm.seed.activity({ Subject: 'new' }, crm.jane.person);
    const newest = [cond('Contact', 'UpdDate', '=', '2026-11-02'), cond('Contact', 'UpdTime', '>=', '11:00:00')];
    expect(fieldOf(await crm.one(query('Contact', 'Subject', newest)), 'Subject')).toEqual(['new']);
    crm.crm.restore(backup);
    expect(fieldOf(await crm.one(query('Contact', 'Subject', newest)), 'Subject')).toEqual([]);
    expect(fieldOf(await crm.one(query('Contact', 'Subject')), 'Subject')).toEqual(['old']);
  });

  it('the same seed, clock and requests give the same answers', async () => {
    const story = async (): Promise<string> => {
      const crm = rawCrm({ latencyMs: 10 });
      crm.crm.addFault({ kind: 'commandError', code: 511, match: { times: 0, rate: 0.6 } });
      const answers: string[] = [];
      for (const key of ['a', 'b', 'a']) {
        const sent = crm.ask(importOf(activity(crm, KEY(key))) + query('Contact', 'SeqNo,UpdTime'));
        await crm.clock.advance(1_000);
        answers.push(JSON.stringify(await sent));
      }
      return answers.join('\n') + JSON.stringify(crm.crm.state());
    };
    expect(await story()).toBe(await story());
  });
});
