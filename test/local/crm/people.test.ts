import { describe, expect, it } from 'vitest';
import { crmUnderTest, query } from './crm-under-test.ts';
import type { CrmUnderTest } from './crm-under-test.ts';

async function ask(test: CrmUnderTest, method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await test.crm.fetch(new Request(`http://crm.example.com/_sim/${path}`, init));
  const text = await response.text();
  return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
}

describe('people in the CRM', () => {
  it('create, change, mark, delete and restore activities, each with a stamp', async () => {
    const test = crmUnderTest();
    const jane = test.crm.act('JDO');
    const { statNo, seqNo } = test.jane.person;
    const made = jane.create('Contact', { Subject: 'Visit', PeGrp: statNo, PeNo: seqNo, RepId: test.jane.repId, Contact: 1, Private: true, Location: null });
    expect(made).toMatchObject({ table: 'Contact', tableshort: 'MA', deleted: false, values: { Subject: 'Visit', Private: 'true', Location: '', UpdBy: 'JDO', UpdTime: '10:00:00' } });
    test.clock.set(test.clock.now() + 1000);
    const john = test.crm.act(test.john.repId);
    expect(john.update('MA', made.id, { Time: '09:30' }).values).toMatchObject({ Time: '09:30:00', UpdBy: 'JRO', UpdTime: '10:00:01' });
    expect(jane.markActivity(made.id).values.FreeC1).toBe('gelöscht');
    expect(jane.delete('MA', made.id).deleted).toBe(true);
    expect(() => jane.update('MA', made.id, { Subject: 'x' })).toThrow('restore');
    expect(jane.restore('MA', made.id).deleted).toBe(false);
    const guest = jane.addParticipant(made.id, { Email: 'g@example.org', Role: 1 });
    expect(guest.values).toMatchObject({ ActStatNo: '100', ActSeqNo: String(made.seqNo), Status: '0' });
    expect(await test.send(query('Contact', 'Subject'))).toContain('<Subject>Visit</Subject>');
  });

  it('are refused what the CRM refuses', () => {
    const { crm } = crmUnderTest();
    const jane = crm.act('Jane Doe');
    expect(jane.name).toBe('JDO');
    expect(() => jane.create('Contact', { Subject: 'x' })).toThrow('person or a company');
    expect(() => jane.create('Contact', { UpdBy: 'x' })).toThrow('read-only');
    expect(() => jane.create('Nope', {})).toThrow('no such table');
    expect(() => crm.act('Nobody')).toThrow('Nobody of that name');
  });

  it('pass through the same triggers as the interface', () => {
    const test = crmUnderTest({ quirks: { beforeStore: (change) => void (change.table === 'Contact' && (change.values.Location = 'here')) } });
    expect(test.seed.activity({ Subject: 'x' }, test.jane.person).values.Location).toBe('here');
  });

  it('are told to whoever listens', () => {
    const test = crmUnderTest();
    const seen: string[] = [];
    const stop = test.crm.onChange(({ kind, record, by }) => seen.push(`${kind} ${record.table} ${by}`));
    const { id } = test.seed.activity({}, test.jane.person);
    test.crm.act('JDO').delete('MA', id);
    stop();
    test.crm.act('JDO').restore('MA', id);
    expect(seen).toEqual(['insert Contact SYNC', 'delete Contact JDO']);
  });
});

describe('the door below /_sim/', () => {
  it('lists, shows, creates, changes, deletes and restores records', async () => {
    const test = crmUnderTest();
    const { statNo, seqNo } = test.jane.person;
    const values = { Subject: 'Visit', Date: '2026-11-05', PeGrp: statNo, PeNo: seqNo, RepId: 1 };
    const made = await ask(test, 'POST', 'records/Contact', { by: 'JDO', values });
    const { id } = made.json as { id: string };
    expect(made).toMatchObject({ status: 201, json: { tableshort: 'MA', values: { Subject: 'Visit', UpdBy: 'JDO' } } });
    const count = async (search: string): Promise<number> => ((await ask(test, 'GET', `records/MA?${search}`)).json as { records: unknown[] }).records.length;
    expect(await ask(test, 'GET', 'records/MA?subject=visit')).toMatchObject({ status: 422, json: { fieldname: 'subject' } });
    expect(await count('RepId=1&Subject=visit&from=2026-11-05&to=2026-11-05')).toBe(1);
    expect(await count('from=2026-11-06')).toBe(0);
    expect(await ask(test, 'PATCH', `records/MA/${id}`, { by: 2, values: { Subject: 'Moved' } })).toMatchObject({ status: 200, json: { values: { Subject: 'Moved', UpdBy: 'JRO' } } });
    expect(await ask(test, 'DELETE', `records/MA/${id}?by=JDO`)).toMatchObject({ json: { deleted: true } });
    expect([await count(''), await count('deleted=true')]).toEqual([0, 1]);
    expect(await ask(test, 'PATCH', `records/MA/${id}?by=1`, { deleted: false })).toMatchObject({ json: { deleted: false } });
    expect(await ask(test, 'GET', `records/MA/${id}`)).toMatchObject({ json: { id, values: { Subject: 'Moved' } } });
  });

  it('says what is wrong, naming the field', async () => {
    const test = crmUnderTest();
    expect(await ask(test, 'POST', 'records/MA', { by: 'JDO', values: { Subject: 'x' } })).toMatchObject({ status: 422, json: { fieldname: 'PeNo' } });
    expect(await ask(test, 'POST', 'records/MA', { values: {} })).toMatchObject({ status: 422 });
    expect(await ask(test, 'GET', 'records/MA/5')).toMatchObject({ status: 404 });
    expect(await ask(test, 'GET', 'nothing')).toMatchObject({ status: 404 });
    expect(await ask(test, 'POST', 'faults', { kind: 'flood' })).toMatchObject({ status: 422, json: { fieldname: 'kind' } });
    const broken = await test.crm.fetch(new Request('http://crm.example.com/_sim/faults', { method: 'POST', body: '{' }));
    expect(broken.status).toBe(422);
  });

  it('sets and clears faults, locks logins, restarts, resets counters and shows the state', async () => {
    const test = crmUnderTest();
    expect(await ask(test, 'POST', 'faults', { kind: 'errorBefore', status: 500, match: { user: 'SYNC' } })).toEqual({ status: 201, json: { id: 1 } });
    expect((await test.post('<request user="SYNC" pwd="secret-pwd"><nop/></request>')).status).toBe(500);
    expect(await ask(test, 'GET', 'state')).toMatchObject({ json: { traffic: { requests: 1 }, faults: [{ id: 1, struck: 1 }], records: { Person: { alive: 2 } } } });
    expect((await ask(test, 'DELETE', 'faults')).status).toBe(204);
    expect(await ask(test, 'GET', 'faults')).toEqual({ status: 200, json: { faults: [] } });
    expect((await ask(test, 'DELETE', 'faults/9')).status).toBe(404);
    expect((await ask(test, 'POST', 'login-lock', { ms: 60_000 })).status).toBe(204);
    expect(await test.send('<nop/>')).toContain('code="401"');
    expect((await ask(test, 'DELETE', 'login-lock')).status).toBe(204);
    expect(await test.send('<nop/>')).toContain('type="ok"');
    expect((await ask(test, 'POST', 'restart')).status).toBe(204);
    expect((await ask(test, 'POST', 'reset-counters')).status).toBe(204);
    expect(await ask(test, 'GET', 'state')).toMatchObject({ json: { traffic: { requests: 0 } } });
  });

  it('takes and restores snapshots, and gives tokens like the helper of the CRM', async () => {
    const test = crmUnderTest();
    expect(await ask(test, 'POST', 'snapshot')).toEqual({ status: 201, json: { id: '1' } });
    test.seed.activity({}, test.jane.person);
    expect((await ask(test, 'POST', 'restore', { id: '1' })).status).toBe(204);
    expect(test.crm.records('MA')).toEqual([]);
    expect((await ask(test, 'POST', 'restore', { id: '2' })).status).toBe(404);
    const token = await (await test.crm.fetch(new Request('http://crm.example.com/_sim/token?user=SYNC'))).text();
    const answer = await test.post(`<request auth="${token}"><nop/></request>`);
    expect(await answer.text()).toContain('type="ok"');
  });
});

describe('the push of the CRM (connector-se 3.9)', () => {
  it('calls a URL by GET with the key of what changed, and does not care for the answer', async () => {
    const called: string[] = [];
    const test = crmUnderTest();
    test.crm.setPush({
      url: 'https://func.example.com/api/crm/t1/changed?code=abc',
      delayMs: 500,
      fetch: (url) => {
        called.push(url);
        return called.length === 1 ? Promise.reject(new Error('down')) : Promise.resolve(new Response(null, { status: 202 }));
      },
    });
    const { seqNo, id } = test.seed.activity({}, test.jane.person);
    await test.clock.advance(499);
    expect(called).toEqual([]);
    await test.clock.advance(1);
    expect(called).toEqual([`https://func.example.com/api/crm/t1/changed?code=abc&infoArea=MA&StatNo=100&SeqNo=${seqNo}`]);
    test.seed.person({ LastName: 'Nobody' });
    await test.send(`<delete><fields><Contact id="${id}"/></fields></delete>`);
    await test.clock.advance(500);
    expect(test.crm.state().push).toEqual({ sent: 2, failed: 1 });
  });

  it('may tell only what people changed', async () => {
    let called = 0;
    const fetch = (): Promise<Response> => {
      called += 1;
      return Promise.resolve(new Response(null, { status: 200 }));
    };
    const test = crmUnderTest();
    const { id } = test.seed.activity({}, test.jane.person);
    test.crm.setPush({ url: 'https://func.example.com/', fetch, onlyPeople: true });
    await test.send(`<update><fields><Contact id="${id}"><Subject>x</Subject></Contact></fields></update>`);
    test.crm.act('JDO').update('MA', id, { Subject: 'y' });
    await test.clock.advance(0);
    expect(called).toBe(1);
  });
});
