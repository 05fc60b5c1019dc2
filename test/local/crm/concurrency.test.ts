import { describe, expect, it } from 'vitest';
import { crmUnderTest, query } from './crm-under-test.ts';
import type { CrmUnderTest } from './crm-under-test.ts';
import { settle } from './virtual-clock.ts';

const BUSY = '<return type="error" code="509" text="User is already active"/>';

function phone(test: CrmUnderTest): string | undefined {
  return test.crm.record('Person', test.jane.person.id)?.values.Phone;
}

function setPhone(test: CrmUnderTest, value: string): string {
  return `<update corr="u"><fields><Person id="${test.jane.person.id}"><Phone>${value}</Phone></Person></fields></update>`;
}

function asUser(user: string, commands: string): string {
  return `<request user="SYNC" pwd="secret-pwd" impersonate="user=${user}">${commands}</request>`;
}

describe('one running request per CRM user (dialect 7, 9)', () => {
  it('answers a second one 509 on every command, runs nothing of it and writes the violation down', async () => {
    const test = crmUnderTest({ latencyMs: 1000 });
    const first = test.post(asUser('JDO', setPhone(test, '1')));
    await settle();
    const second = await (await test.post(asUser('JDO', `<nop corr="n"/>${setPhone(test, '2')}`))).text();
    expect(second).toContain(`<response><nop corr="n">${BUSY}</nop><update corr="u">${BUSY}</update></response>`);
    await test.clock.advance(1000);
    expect(await (await first).text()).toContain('<update corr="u"><return type="update">');
    expect(phone(test)).toBe('1');
    const { traffic } = test.crm.state();
    expect(traffic.violations).toEqual([{ at: Date.parse('2026-11-02T09:00:00Z'), user: 'jdo' }]);
    expect(traffic.peakInFlight).toEqual({ jdo: 2 });
    expect(traffic.inFlight).toEqual({});
  });

  it('counts the impersonated user: different users run side by side', async () => {
    const test = crmUnderTest({ latencyMs: () => 1000 });
    const sent = ['JDO', 'JRO'].map((user) => test.post(asUser(user, '<nop/>')));
    await settle();
    expect(test.crm.state().traffic.inFlight).toEqual({ jdo: 1, jro: 1 });
    await test.clock.advance(1000);
    for (const response of await Promise.all(sent)) expect(await response.text()).toContain('type="ok"');
    expect(test.crm.state().traffic.violations).toEqual([]);
    expect(test.crm.state().traffic.peakInFlight).toEqual({ jdo: 1, jro: 1 });
  });

  it('frees the user when the request has ended', async () => {
    const test = crmUnderTest({ latencyMs: 1000 });
    for (let turn = 0; turn < 2; turn += 1) {
      const sent = test.post(asUser('JDO', '<nop/>'));
      await test.clock.advance(1000);
      expect(await (await sent).text()).toContain('type="ok"');
    }
  });

  it.each(['start', 'end'] as const)('goes on after the client gave up, and commits at its %s', async (commit) => {
    const test = crmUnderTest();
    test.crm.addFault({ kind: 'slow', ms: 200_000, commit });
    const gone = new AbortController();
    const sent = test.post(asUser('JDO', setPhone(test, '1')), { signal: gone.signal });
    const rejected = expect(sent).rejects.toThrow('given up');
    await test.clock.advance(100_000);
    gone.abort(new Error('given up'));
    await rejected;
    expect(phone(test)).toBe(commit === 'start' ? '1' : '');
    expect(await (await test.post(asUser('JDO', '<nop/>'))).text()).toContain(BUSY);
    await test.clock.advance(100_000);
    expect(phone(test)).toBe('1');
    expect(await (await test.post(asUser('JDO', '<nop/>'))).text()).toContain('type="ok"');
  });

  it('does not run what was given up before it was sent', async () => {
    const test = crmUnderTest();
    await expect(test.post(asUser('JDO', setPhone(test, '1')), { signal: AbortSignal.abort() })).rejects.toThrow();
    expect(phone(test)).toBe('');
  });
});

describe('faults', () => {
  it('lose the answer of a request that was carried out', async () => {
    const test = crmUnderTest();
    test.crm.addFault({ kind: 'lostAnswer', match: { command: 'update' } });
    expect(await test.send('<nop/>')).toContain('type="ok"');
    await expect(test.send(setPhone(test, '1'))).rejects.toThrow('fetch failed');
    expect(phone(test)).toBe('1');
    expect(await test.send(setPhone(test, '2'))).toContain('type="update"');
  });

  it('answer an HTTP error before anything runs', async () => {
    const test = crmUnderTest();
    test.crm.addFault({ kind: 'errorBefore', status: 503, retryAfter: 30 });
    const response = await test.post(asUser('JDO', setPhone(test, '1')));
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '30']);
    expect(phone(test)).toBe('');
  });

  it.each([
    ['start', '1', '1'],
    ['end', '', '1'],
    ['none', '', ''],
  ] as const)('never answer, committing at the %s, and keep the user busy for its time', async (commit, early, late) => {
    const test = crmUnderTest();
    test.crm.addFault({ kind: 'never', ms: 5000, commit });
    let answered = false;
    const gone = new AbortController();
    const sent = test.post(asUser('JDO', setPhone(test, '1')), { signal: gone.signal }).then(() => (answered = true));
    const rejected = expect(sent).rejects.toThrow();
    await test.clock.advance(4999);
    expect(phone(test)).toBe(early);
    expect(test.crm.state().traffic.inFlight).toEqual({ jdo: 1 });
    await test.clock.advance(60_000);
    expect([answered, phone(test), test.crm.state().traffic.inFlight]).toEqual([false, late, {}]);
    gone.abort();
    await rejected;
  });

  it.each([
    ['truncated', /<root><response>(?!.*<\/root>)/s],
    ['html', /<html>/],
    ['doctype', /<!DOCTYPE root \[.*<\/root>/s],
    ['wrongCount', /<return type="ok" count="3"><RepUser [^>]*><Name>Jane Doe<\/Name><\/RepUser><RepUser [^>]*><Name>John Roe<\/Name><\/RepUser><\/return>/],
    ['empty', /^$/],
  ] as const)('answer garbage: %s', async (form, shape) => {
    const test = crmUnderTest();
    test.crm.addFault({ kind: 'garbage', form });
    const body = asUser('JDO', setPhone(test, '1') + query('RepUser', 'Name'));
    const response = await test.post(body);
    expect(response.status).toBe(200);
    expect(await response.text()).toMatch(shape);
    expect(phone(test)).toBe('1');
    expect(await (await test.post(body)).text()).toMatch(/count="2".*<\/root>$/s);
  });

  it.each([403, 500, 511] as const)('fail the named commands with %i, and run the others', async (code) => {
    const test = crmUnderTest();
    test.crm.addFault({ kind: 'commandError', code, match: { command: 'update' } });
    expect(await test.send(`<nop/>${setPhone(test, '1')}`)).toMatch(
      new RegExp(`^<nop><return type="ok"/></nop><update corr="u"><return type="error" code="${code}" text="[^"]+"/></update>$`),
    );
    expect(phone(test)).toBe('');
  });

  it('lock logins from a request on', async () => {
    const test = crmUnderTest();
    test.crm.addFault({ kind: 'loginLock', ms: 60_000, match: { user: 'JDO' } });
    const nop = asUser('JDO', '<nop/>');
    expect(await (await test.post(asUser('JRO', '<nop/>'))).text()).toContain('type="ok"');
    expect(await (await test.post(nop)).text()).toContain('code="401"');
    expect(await (await test.post(asUser('JRO', '<nop/>'))).text()).toContain('type="ok"');
    expect(await (await test.post(nop)).text()).toContain('code="401"');
    await test.clock.advance(60_000);
    expect(await (await test.post(nop)).text()).toContain('type="ok"');
  });

  it('restart: every connection dies, and what was not committed never is', async () => {
    const test = crmUnderTest();
    test.crm.addFault({ kind: 'slow', ms: 1000, match: { user: 'JDO' } });
    test.crm.addFault({ kind: 'never', ms: 1, match: { user: 'JRO' } });
    const slow = expect(test.post(asUser('JDO', setPhone(test, '1')))).rejects.toThrow('fetch failed');
    const never = expect(test.post(asUser('JRO', '<nop/>'))).rejects.toThrow('fetch failed');
    await test.clock.advance(10);
    test.crm.restart();
    await Promise.all([slow, never]);
    await test.clock.advance(10_000);
    expect([phone(test), test.crm.state().traffic.inFlight]).toEqual(['', {}]);
  });

  it.each([true, false])('restart at a request, which commits first: %s', async (commit) => {
    const test = crmUnderTest();
    test.crm.addFault({ kind: 'restart', commit });
    await expect(test.send(setPhone(test, '1'))).rejects.toThrow('fetch failed');
    expect(phone(test)).toBe(commit ? '1' : '');
    expect(await test.send('<nop/>')).toContain('type="ok"');
  });

  it('strike from the nth fitting request on, so many times, and by chance', async () => {
    const draws = [0.9, 0.05, 0.9];
    const test = crmUnderTest({ random: () => draws.shift() ?? 1 });
    const errors = async (count: number): Promise<string> => {
      let seen = '';
      for (let turn = 0; turn < count; turn += 1) seen += (await test.send('<nop/>')).includes('511') ? 'x' : '.';
      return seen;
    };
    test.crm.addFault({ kind: 'commandError', code: 511, match: { nth: 2, times: 2 } });
    expect(await errors(5)).toBe('.xx..');
    const id = test.crm.addFault({ kind: 'commandError', code: 511, match: { times: 0 } });
    expect(await errors(3)).toBe('xxx');
    expect([test.crm.removeFault(id), test.crm.removeFault(id)]).toEqual([true, false]);
    test.crm.addFault({ kind: 'commandError', code: 511, match: { times: 0, rate: 0.1 } });
    expect(await errors(3)).toBe('.x.');
    test.crm.clearFaults();
    expect(test.crm.state().faults).toEqual([]);
  });

  it('restore a backup: what came after it never was, and its numbers are given again', async () => {
    const test = crmUnderTest();
    const kept = test.seed.activity({ Subject: 'kept' }, test.jane.person);
    const snapshot = test.crm.snapshot();
    test.crm.act('JDO').update('MA', kept.id, { Subject: 'changed' });
    const lost = test.seed.activity({ Subject: 'lost' }, test.jane.person);
    test.crm.restore(snapshot);
    expect(test.crm.records('MA').map(({ values }) => values.Subject)).toEqual(['kept']);
    expect(test.seed.activity({ Subject: 'new' }, test.jane.person).id).toBe(lost.id);
    expect(await test.send(query('Contact', 'Subject', [`<cond tablename="Contact" fieldname="RepId" op="=" value="0"/>`]))).toContain('count="2"');
    test.crm.act('JDO').update('MA', kept.id, { Subject: 'changed again' });
    test.crm.restore(snapshot);
    expect(test.crm.records('MA').map(({ values }) => values.Subject)).toEqual(['kept']);
  });
});

describe('counters', () => {
  it('count requests and commands by user, refusals by status, records by table', async () => {
    const test = crmUnderTest();
    await test.post(asUser('JDO', '<nop/><nop/>'));
    await test.send(`${setPhone(test, '1')}<nop/>`);
    await test.post('<request user="SYNC" pwd="no"><nop/></request>');
    await test.post('broken');
    const { traffic, records, stampsBy } = test.crm.state();
    expect(traffic.requestsByUser).toEqual({ jdo: 1, sync: 1, '(nobody)': 1 });
    expect(traffic.commands).toEqual({ nop: 4, update: 1 });
    expect(traffic.commandsByUser.sync).toEqual({ update: 1, nop: 1 });
    expect(traffic.refused).toEqual({ '400': 1 });
    expect(records.Person).toEqual({ alive: 2, deleted: 0 });
    expect(stampsBy).toEqual({ SYNC: { Person: 1 } });
    test.crm.resetCounters();
    expect(test.crm.state()).toMatchObject({ traffic: { requests: 0, commands: {} }, stampsBy: {} });
  });
});
