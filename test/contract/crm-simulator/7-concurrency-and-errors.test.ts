import { describe, expect, it } from 'vitest';
import { settle } from '../../local/crm/virtual-clock.ts';
import { activity, importOf, KEY, outcomes, rawCrm, updateOf } from './raw-interface.ts';
import type { RawCrm } from './raw-interface.ts';

describe('dialect 7: concurrency and errors', () => {
  it('a second request of a user who has one running is answered "User is already active" and runs nothing', async () => {
    const crm = rawCrm({ latencyMs: 1000 });
    const { id } = crm.jane.person;
    const first = crm.ask(updateOf('Person', id, '<Phone>1</Phone>'), 'JDO');
    await settle();
    const second = await crm.ask(`${updateOf('Person', id, '<Phone>2</Phone>')}<nop/>`, 'JDO');
    expect(second.map(({ children }) => children[0]?.attributes)).toEqual(Array(2).fill({ type: 'error', code: '509', text: 'User is already active' }));
    const other = crm.ask('<nop/>', 'JRO');
    await crm.clock.advance(1000);
    expect([outcomes(await first), outcomes(await other)]).toEqual([['update'], ['ok']]);
    expect(crm.crm.record('Person', id)?.values.Phone).toBe('1');
  });

  it('the user stays active while a request runs whose client gave up, and until its end', async () => {
    const crm = rawCrm();
    crm.crm.addFault({ kind: 'slow', ms: 250_000 });
    const gone = new AbortController();
    const body = `<request user="SYNC" pwd="secret-pwd" impersonate="user=JDO">${updateOf('Person', crm.jane.person.id, '<Phone>1</Phone>')}</request>`;
    const given = expect(crm.post(body, { signal: gone.signal })).rejects.toThrow();
    await crm.clock.advance(100_000);
    gone.abort();
    await given;
    await crm.clock.advance(149_999);
    expect(outcomes(await crm.ask('<nop/>', 'JDO'))).toEqual(['509']);
    expect(crm.crm.record('Person', crm.jane.person.id)?.values.Phone).toBe('');
    await crm.clock.advance(1);
    expect(outcomes(await crm.ask('<nop/>', 'JDO'))).toEqual(['ok']);
    expect(crm.crm.record('Person', crm.jane.person.id)?.values.Phone).toBe('1');
  });

  it('logins are locked for a while and open again, for one user or for all', async () => {
    const crm = rawCrm();
    crm.crm.lockLogins(7_200_000, 'JDO');
    expect([outcomes(await crm.ask('<nop/>', 'JDO')), outcomes(await crm.ask('<nop/>', 'JRO'))]).toEqual([['401'], ['ok']]);
    await crm.clock.advance(7_199_999);
    expect(outcomes(await crm.ask('<nop/>', 'JDO'))).toEqual(['401']);
    await crm.clock.advance(1);
    expect(outcomes(await crm.ask('<nop/>', 'JDO'))).toEqual(['ok']);
  });

  const provoked: [string, string, (crm: RawCrm) => Promise<unknown[]>][] = [
    ['a login that fails', '401', (crm) => crm.ask('<nop user="SYNC" pwd="wrong"/>')],
    [
      'no right to a record',
      '403',
      (crm) => {
        crm.crm.setRights((rep) => (rep === crm.jane.repId ? 'read' : 'write'));
        return crm.ask(updateOf('Person', crm.jane.person.id, '<Phone>1</Phone>'), 'JDO');
      },
    ],
    ['a record that is not there', '404', (crm) => crm.ask(updateOf('Contact', '429496729999', '<Subject>x</Subject>'))],
    [
      'a match that is not unique',
      '409',
      async (crm) => {
        await crm.ask(importOf(activity(crm, KEY('a')) + activity(crm, KEY('a')), 'matchup="false"'));
        return crm.ask(importOf(activity(crm, KEY('a'))));
      },
    ],
    ['a value that the field does not take', '422', (crm) => crm.ask(updateOf('Person', crm.jane.person.id, '<Birthday>soon</Birthday>'))],
    ['a command that fails', '500', (crm) => crm.ask('<unheard/>')],
    [
      'an interface in trouble',
      '511',
      (crm) => {
        crm.crm.addFault({ kind: 'commandError', code: 511 });
        return crm.ask('<nop/>');
      },
    ],
  ];

  it.each(provoked)('%s is answered %s', async (_what, code, provoke) => {
    expect(outcomes((await provoke(rawCrm())) as Parameters<typeof outcomes>[0])).toEqual([code]);
  });

  it('a refused record leaves the others of its request alone', async () => {
    const crm = rawCrm();
    const refused = crm.jane.person.id;
    crm.crm.setRights((rep, record) => (rep === crm.jane.repId && record.id === refused ? 'none' : 'write'));
    const both = [crm.jane.person.id, crm.john.person.id].map((id) => updateOf('Person', id, '<Phone>1</Phone>')).join('');
    expect(outcomes(await crm.ask(both, 'JDO'))).toEqual(['403', 'update']);
  });

  it('a CRM may have other numbers for its codes: the texts stay', async () => {
    const crm = rawCrm({ quirks: { codes: { 404: '1404', 500: '1' } } });
    const [missing, unheard] = await crm.ask(`${updateOf('Contact', '7', '<Subject>x</Subject>')}<unheard/>`);
    expect([missing, unheard].map((command) => command?.children[0]?.attributes.code)).toEqual(['1404', '1']);
    expect(missing?.children[0]?.attributes.text).toContain('no such record');
  });

  it('a restart kills what runs, and nothing of it is ever carried out', async () => {
    const crm = rawCrm({ latencyMs: 1000 });
    const running = expect(crm.ask(updateOf('Person', crm.jane.person.id, '<Phone>1</Phone>'))).rejects.toThrow();
    await settle();
    crm.crm.restart();
    await running;
    await crm.clock.advance(10_000);
    expect(crm.crm.record('Person', crm.jane.person.id)?.values.Phone).toBe('');
  });
});
