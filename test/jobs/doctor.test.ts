import { describe, expect, it } from 'vitest';
import { adminJobs } from '../../functions/admin-jobs.ts';
import { crmSeeder } from '../../local/crm/seed.ts';
import type { DoctorReport } from '../../shared/jobs/doctor.ts';
import { PortFailure } from '../../shared/sync/failures.ts';
import { askDoctor, BROKEN_SETTINGS, secretsIn, examinedFields } from './doctor-world.ts';
import { deleteInOutlook, guarded } from '../guards/guarded.ts';
import { meetInCrm, office } from '../guards/mailing.ts';
import { paired } from '../world/paired.ts';
import { TENANT } from '../world/places.ts';
import { World } from '../world/world.ts';

const of = ({ findings }: DoctorReport, check: string): DoctorReport['findings'] => findings.filter((finding) => finding.check === check);

describe('doctor, where all is well', () => {
  it('finds nothing wrong, and every check was made', async () => {
    const { world } = await paired();
    const report = await askDoctor(world);
    expect(report.findings.filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(report.state).toBe('ok');
    expect(report.findings.map(({ check }) => check)).toEqual([
      'rules', 'settings.webhookSecret', 'settings.publicBaseUrl', 'storage',
      'graph.settings', 'graph.token', 'graph.permissions', 'graph.tenant', 'graph.subscriptions', 'graph.people',
      'crm.settings', 'crm.login', 'crm.clock', 'crm.build', 'crm.fields', 'crm.markers', 'crm.conditions', 'crm.deletedFlag',
      'jobs', 'mailboxes', 'deletionGuard', 'mailGuard',
    ]); // prettier-ignore
    for (const { says } of report.findings) expect(says).toMatch(/^[^\n]+\.$/);
  });

  it('reads only, on both sides: four requests to the CRM as its master user, two to Graph, no mailbox among them', async () => {
    const bodies: string[] = [];
    const { world } = await paired({
      wire: async (request, send) => {
        bodies.push(`${request.method} ${request.url} ${await request.clone().text()}`);
        return send(request);
      },
    });
    bodies.length = 0;
    await askDoctor(world);
    const crm = bodies.filter((line) => line.includes('/interface/'));
    const graph = bodies.filter((line) => !line.includes('/interface/'));
    expect(crm).toHaveLength(4);
    for (const body of crm) expect(body).not.toMatch(/<(import|insert|update|delete)\b|impersonate=/);
    expect(graph.map((line) => line.split(/[ ?]/).slice(0, 2).join(' '))).toEqual(['GET http://localhost:4010/v1.0/subscriptions', 'GET http://localhost:4010/v1.0/users']);
    expect(world.violations()).toEqual([]);
  });

  it('tells neither secrets nor addresses, whatever is wrong', async () => {
    for (const { change } of BROKEN_SETTINGS) {
      const { world } = await paired();
      change(world);
      world.replaceWorker();
      expect(secretsIn(world, await askDoctor(world))).toEqual([]);
    }
  });

  it('a tenant that nobody knows is told as such, and one must be named', async () => {
    const { world } = await paired();
    expect(await askDoctor(world, '99999999-9999-4999-8999-999999999999')).toEqual({ state: 'unknown', findings: [] });
    expect(await askDoctor(world, '../secrets')).toEqual({ state: 'unknown', findings: [] });
    const answer = await world.call(adminJobs, new Request('http://localhost:7071/api/admin/jobs/doctor', { method: 'POST' }), { job: 'doctor' });
    expect(answer.status).toBe(400);
  });
});

describe('doctor names a wrong or missing setting, and goes on with what does not need it', () => {
  it.each(BROKEN_SETTINGS)('$what', async ({ change, check, says, still }) => {
    const { world } = await paired();
    change(world);
    world.replaceWorker();
    await world.clock.until(world.clock.now() + 60_000);
    const report = await askDoctor(world);
    expect(report.state).toBe('wrong');
    expect(of(report, check)).toEqual([{ check, state: 'wrong', says: expect.stringMatching(says) as string }]);
    for (const other of still) expect(of(report, other), other).toMatchObject([{ state: 'ok' }]);
  });

  it('what cannot be checked because of it says so', async () => {
    const { world } = await paired();
    delete world.env['CRM_PASSWORD'];
    world.replaceWorker();
    const report = await askDoctor(world);
    for (const check of ['crm.login', 'crm.build', 'crm.fields', 'crm.conditions']) expect(of(report, check)).toEqual([{ check, state: 'warning', says: 'Not checked: crm.settings must be mended first.' }]);
  });

  it('storage that does not answer', async () => {
    let isBroken = false;
    const fail = (): Promise<never> => Promise.reject(new PortFailure('state', 'transient', 'The storage account does not answer: it is tried again later.'));
    const { world } = await paired({ hooks: { before: (op) => (isBroken && op.startsWith('queues.') ? fail() : undefined) } });
    isBroken = true;
    const report = await askDoctor(world);
    expect(of(report, 'storage')).toMatchObject([{ state: 'wrong' }]);
    expect(of(report, 'crm')).toEqual([{ check: 'crm', state: 'warning', says: 'Not checked: storage must be mended first.' }]);
    expect(of(report, 'rules')).toMatchObject([{ state: 'ok' }]);
  });

  it('a tenant that is switched off is examined all the same', async () => {
    const { world } = await paired();
    world.rules['enabled'] = false;
    await world.clock.until(world.clock.now() + 60_000);
    const report = await askDoctor(world);
    expect(of(report, 'rules')).toMatchObject([{ state: 'warning', says: expect.stringContaining('"enabled"') as string }]);
    expect(of(report, 'crm.login')).toMatchObject([{ state: 'ok' }]);
  });
});

describe('doctor and the CRM', () => {
  it('a refused login: the rest is not asked, and the CRM is left alone as after any refused login', async () => {
    const { world } = await paired();
    world.crm.lockLogins(3_600_000);
    const report = await askDoctor(world);
    expect(of(report, 'crm.login')).toMatchObject([{ state: 'wrong', says: expect.stringContaining('refuses the login') as string }]);
    expect(of(report, 'crm.clock')).toMatchObject([{ state: 'warning', says: 'Not checked: crm.login must be mended first.' }]);
    expect(of(report, 'crm.fields')).toMatchObject([{ state: 'warning' }]);
    world.resetCounters();
    expect(of(await askDoctor(world), 'crm.login')).toMatchObject([{ state: 'warning', says: expect.stringContaining('ask again in some minutes') as string }]);
    expect(world.requests().crm).toBe(0);
  });

  it('while a newer version of the connector has taken the jobs over, the CRM is left to it; the rest is told', async () => {
    const { world } = await paired();
    await world.storage.tables.transact('tenantState', TENANT, [{ op: 'put', row: { rowKey: 'lease|crmMaster', cells: { v: 99, held: false, notBefore: 0 } } }]);
    world.resetCounters();
    const report = await askDoctor(world);
    expect(of(report, 'crm.login')).toMatchObject([{ state: 'warning', says: expect.stringContaining('A newer version of the connector') as string }]);
    expect(of(report, 'crm.deletedFlag')).toEqual([{ check: 'crm.deletedFlag', state: 'warning', says: 'Not checked: crm.login must be mended first.' }]);
    expect(of(report, 'mailboxes')).toMatchObject([{ state: 'ok' }]);
    expect(world.requests().crm).toBe(0);
  });

  it('a CRM that does not answer', async () => {
    const { world } = await paired();
    world.crm.addFault({ kind: 'never', match: { command: 'metainfo' } });
    const report = await askDoctor(world);
    expect(of(report, 'crm.login')).toMatchObject([{ state: 'ok' }]);
    expect(of(report, 'crm.build')).toMatchObject([{ state: 'wrong', says: expect.stringContaining('did not answer') as string }]);
    expect(of(report, 'crm.conditions')).toMatchObject([{ state: 'warning' }]);
    expect(world.violations()).toEqual([]);
  });

  it.each([
    { build: '8.1.6.5854', state: 'warning', says: '8.1.6.5854: participants’ answers are not written to it before build 8.1.6.5855' },
    { build: 'unknown', state: 'warning', says: 'does not tell its build' },
    { build: '8.1.6.5855', state: 'ok', says: 'answers are written' },
  ])('A8: the gate for participants’ answers is named (build $build)', async ({ build, state, says }) => {
    const { world } = await paired({ crmBuild: build });
    const report = await askDoctor(world);
    expect(of(report, 'crm.build')).toMatchObject([{ state, says: expect.stringContaining(says) as string }]);
  });

  it('fields that the CRM lacks are named with the rule that names them; a table, too', async () => {
    const world = new World({ crmFields: { 'Contact.Location': 'absent', 'Contact.Categories': 'absent' }, crmRules: { profile: { participant: { table: 'Guests' }, rep: { fields: { SyncEmails: 'SyncMails' } } } } });
    await world.start();
    expect(of(await askDoctor(world), 'crm.fields').map(({ state, says }) => `${state}: ${says}`)).toEqual([
      expect.stringMatching(/^wrong: .*Contact lacks 2 fields: Location \(crm\.profile\.activity\.fields\.Location\), Categories/) as string,
      expect.stringMatching(/^wrong: .*table Guests .*crm\.profile\.participant\.table/) as string,
      expect.stringMatching(/^wrong: .*RepUser lacks a field: SyncMails \(crm\.profile\.rep\.fields\.SyncEmails\)/) as string,
    ]);
  });

  it('fields of the profile that nothing asks for may be missing', async () => {
    const { world } = await paired({ crmFields: { 'Contact.FreeN1': 'absent', 'Contact.CreateToDo': 'absent', 'Person.Birthday': 'absent' } });
    expect(of(await askDoctor(world), 'crm.fields')).toMatchObject([{ state: 'ok' }]);
  });

  it('a field that a condition on the rep table names must be there', async () => {
    const { world } = await paired({ rules: { users: { conditions: [{ field: 'Branch', op: '=', value: '1' }] } } });
    expect(of(await askDoctor(world), 'crm.fields')).toMatchObject([{ state: 'wrong', says: expect.stringContaining('Branch (users.conditions)') as string }]);
  });

  it('texts that the CRM holds shorter than the rules say: cut ones want a rule, the key wants a longer field', async () => {
    const { world } = await paired({ crmFields: { 'Contact.Subject': { length: 80 }, 'Contact.ExtKey': { length: 20 } } });
    const found = of(await askDoctor(world), 'crm.fields');
    expect(found).toMatchObject([
      { state: 'warning', says: expect.stringContaining('set crm.lengths.activity.Subject to 80') as string },
      { state: 'wrong', says: expect.stringContaining('ExtKey of Contact holds 20 characters') as string },
    ]);
  });

  it('A14: an additional field that the CRM does not have, or holds too short, is told with its rule', async () => {
    const outlook = (name: string) => ({ property: `String {11111111-2222-4333-8444-555555555555} Name ${name}` });
    const fields = [{ outlook: outlook('a'), crm: { field: 'Nowhere', type: 'C', length: 20 } }, { outlook: outlook('b'), crm: { field: 'Project', type: 'C', length: 80 } }];
    const world = new World({ crmFields: { 'Contact.Project': { type: 'C', length: 20 } }, rules: { appointments: { fields } } });
    const told = of(await askDoctor(world), 'crm.markers').map(({ state, says }) => `${state}: ${says}`);
    expect(told).toEqual([expect.stringMatching(/^wrong: .*no field Nowhere: let appointments\.fields\[0\]\.crm/), expect.stringMatching(/^wrong: .*Project holds 20 characters, which is too short for what appointments\.fields\[1\]\.crm/)]);
  });

  it('marks: a field that is missing, that two rules name, or that is too short for its word', async () => {
    const appointments = { deletion: { field: 'FreeC9' }, published: { field: 'Location' }, missing: { flags: [{ field: 'FreeC1', value: 'participants are missing' }], addressesField: 'FreeC1' } };
    const { world } = await paired({ rules: { appointments }, crmFields: { 'Contact.FreeC1': { length: 10 } } });
    expect(of(await askDoctor(world), 'crm.markers').map(({ state, says }) => `${state}: ${says}`)).toEqual([
      expect.stringMatching(/^wrong: .*no field FreeC9: let appointments\.deletion\.field/) as string,
      expect.stringMatching(/^wrong: appointments\.published\.field names the field Location, which crm\.profile\.activity\.fields\.Location/) as string,
      expect.stringMatching(/^wrong: appointments\.missing\.flags\[0\]\.field names the field FreeC1, which appointments\.missing\.addressesField/) as string,
      expect.stringMatching(/^wrong: .*FreeC1 holds 10 characters, which is too short for what appointments\.missing\.flags\[0\]\.field/) as string,
      expect.stringMatching(/^wrong: appointments\.missing\.addressesField names the field FreeC1/) as string,
    ]);
  });

  it.each([
    { what: 'ahead by more than the rules allow', quirks: { clockSkewMs: 600_000 }, state: 'wrong', says: '600 s ahead, more than crm.clockSkewSeconds' },
    { what: 'behind by a minute', quirks: { clockSkewMs: -60_000 }, state: 'warning', says: /6[01] s behind/ },
    { what: 'not told', quirks: { dateHeader: false }, state: 'warning', says: 'the header Date' },
  ])('the CRM’s clock: $what', async ({ quirks, state, says }) => {
    const { world } = await paired({ crmQuirks: quirks });
    expect(of(await askDoctor(world), 'crm.clock')).toMatchObject([{ state, says: (typeof says === 'string' ? expect.stringContaining(says) : expect.stringMatching(says)) as string }]);
  });

  it('condition blocks that are ANDed', async () => {
    const world = new World({ crmQuirks: { conditionBlocks: 'and' } });
    expect(of(await askDoctor(world), 'crm.conditions')).toMatchObject([{ state: 'wrong', says: expect.stringContaining('does not join several condition blocks') as string }]);
  });

  it('a login that may not see the reps', async () => {
    const { world } = await paired();
    world.crm.setRights((_rep, record) => (record.table === 'RepUser' ? 'none' : 'write'));
    expect(of(await askDoctor(world), 'crm.conditions')).toMatchObject([{ state: 'warning', says: expect.stringContaining('sees no rep at all') as string }]);
  });

  it('the flag for deleted records: shown, shown by the other flag only, refused', async () => {
    const deleted = async (options: ConstructorParameters<typeof World>[0]): Promise<DoctorReport['findings']> => {
      const world = new World(options);
      await world.start();
      const { id } = world.crmUser().create({ Subject: 'To be removed' });
      world.crmUser().remove(id);
      return of(await askDoctor(world), 'crm.deletedFlag');
    };
    expect(await deleted({})).toMatchObject([{ state: 'ok', says: expect.stringContaining('shows activities') as string }]);
    expect(await deleted({ crmQuirks: { deletedFlag: 64 } })).toMatchObject([{ state: 'wrong', says: expect.stringContaining('set crm.deletedFlag to 64') as string }]);
    expect(await deleted({ crmQuirks: { deletedFlag: 64 }, crmRules: { deletedFlag: 64 } })).toMatchObject([{ state: 'ok' }]);
    const { world } = await paired({ crmRules: { deletedFlag: 4 } });
    expect(of(await askDoctor(world), 'crm.deletedFlag')).toMatchObject([{ state: 'wrong', says: expect.stringMatching(/does not take .* flag 4 \(code \d+\)/) as string }]);
  });
});

describe('doctor and Graph', () => {
  it('mailboxes that Graph does not tell of, whether the subscription is gone or was made with another address', async () => {
    const { world } = await paired({ users: 3 });
    world.graph.removeSubscription(world.graph.subscriptions()[0]?.id ?? '', false);
    expect(of(await askDoctor(world), 'graph.subscriptions')).toMatchObject([{ state: 'wrong', says: expect.stringContaining('in one mailbox of 3') as string }]);
    world.env['WEBHOOK_SECRET'] = 'another secret of at least 32 characters';
    expect(of(await askDoctor(world), 'graph.subscriptions')).toMatchObject([{ state: 'wrong', says: expect.stringContaining('in 3 mailboxes of 3') as string }]);
  });

  it('a user who is found no more by the address of his rep, and nobody to look up', async () => {
    const { world } = await paired();
    world.people.splice(0);
    expect(of(await askDoctor(world), 'graph.people')).toMatchObject([{ state: 'wrong', says: expect.stringContaining(`User.Read.All and e-mail address 1 of rep ${world.employee.rep.repId}`) as string }]);
    expect(of(await askDoctor(new World({ users: 0 })), 'graph.people')).toMatchObject([{ state: 'warning', says: expect.stringContaining('nobody is on the list yet') as string }]);
  });

  it('a Graph that asks to wait is no mistake', async () => {
    const { world } = await paired();
    world.graph.addFault({ kind: 'status', status: 429, retryAfterSeconds: 120, pathPattern: 'subscriptions' });
    const report = await askDoctor(world);
    expect(of(report, 'graph.tenant')).toMatchObject([{ state: 'warning' }]);
    expect(of(report, 'graph.people')).toMatchObject([{ state: 'warning', says: 'Not checked: graph.tenant must be mended first.' }]);
    expect(world.violations()).toEqual([]);
  });
});

describe('doctor and the work', () => {
  it('mailboxes that are parked, and what the jobs said', async () => {
    const { world } = await paired({ users: 2, rules: { users: { overrides: [{ user: 'nobody@example.com', conflict: { rule: 'crm' } }] } } });
    world.graph.setMailboxEnabled(world.employee.id, false);
    await world.outlook(world.employees[1]).create({ subject: 'Beside it' });
    world.crmUser().create({ Subject: 'While it is shut' });
    await world.rest(10 * 60_000);
    const report = await askDoctor(world);
    expect(of(report, 'mailboxes')).toMatchObject([{ state: 'warning', says: expect.stringMatching(/^2 mailboxes: 1 parked, 1 ok; GET/) as string }]);
    expect(of(report, 'jobs')).toMatchObject([{ state: 'wrong', says: expect.stringContaining('users.overrides[0]') as string }]);
  });

  it('mailboxes that stand still until somebody mends something', async () => {
    const { world } = await paired();
    delete world.env['CRM_PASSWORD'];
    world.replaceWorker();
    await world.outlook().create({ subject: 'Without a password' });
    await world.settle();
    expect(of(await askDoctor(world), 'mailboxes')).toMatchObject([{ state: 'wrong', says: expect.stringMatching(/^one mailbox: 1 stopped; GET .* tells why each of them stands still\.$/) as string }]);
    expect(of(await askDoctor(new World()), 'mailboxes')).toMatchObject([{ state: 'warning', says: expect.stringContaining('Nobody is synchronized') as string }]);
  });

  it('a tenant that was stopped says why', async () => {
    const { world } = await paired({ rules: { stopOnErrors: { errors: 3, windowMinutes: 60 } } });
    world.crm.addFault({ kind: 'commandError', code: 422, match: { user: world.employee.rep.user, command: 'import', times: 1_000 } });
    for (let i = 0; i < 4; i += 1) await world.outlook().create({ subject: `Refused ${i}` });
    await world.settle();
    expect(of(await askDoctor(world), 'jobs')).toMatchObject([{ state: 'wrong', says: expect.stringContaining('until an admin resumes it') as string }]);
  });

  it('what the guards hold', async () => {
    const world = await guarded(20);
    await deleteInOutlook(world, 11);
    await world.settle();
    const report = await askDoctor(world);
    expect(of(report, 'deletionGuard')).toEqual([{ check: 'deletionGuard', state: 'warning', says: `11 deletions wait for an answer: GET /api/admin/guard?tenantId=${TENANT} lists them.` }]);
    expect(of(report, 'mailGuard')).toMatchObject([{ state: 'ok' }]);
    const mailing = await office(2);
    meetInCrm(mailing, 3);
    await mailing.settle();
    expect(of(await askDoctor(mailing), 'mailGuard')).toEqual([{ check: 'mailGuard', state: 'warning', says: `one change waits for an answer because of the mail: GET /api/admin/mail-guard?tenantId=${TENANT} lists them.` }]);
  });
});

describe('what doctor compares is what the connector asks for', () => {
  it('every field of every request of a busy world is examined', async () => {
    const asked = new Set<string>();
    const rules = { appointments: { generateToDos: true, privacy: 'masked', inviteFromCrm: 'everybody', attachments: { toOutlook: { enabled: true } } } };
    const { world, activityId } = await paired({ users: 2, rules, wire: async (request, send) => {
      if (request.url.includes('/interface/')) for (const field of fieldsOf(await request.clone().text())) asked.add(field);
      return send(request);
    } }); // prettier-ignore
    const seeder = crmSeeder(world.crm, 'SYNC');
    seeder.person({ FirstName: 'Cora', LastName: 'Customer', Email1: 'cora@customer.example' }, seeder.company({ Company: 'Customer Ltd.' }));
    const attendees = [world.employees[1]?.mail ?? '', 'cora@customer.example', 'stranger@nowhere.example'].map((address) => ({ emailAddress: { address }, type: 'required' }));
    const meeting = await world.outlook().create({ subject: 'Meeting', attendees });
    await world.settle();
    await world.outlook().attach(meeting.id, 'agenda.txt', 'One');
    world.crmUser().file(activityId, 'offer.pdf', 'A price');
    await world.settle();
    for (const sensitivity of ['private', 'normal']) {
      await world.outlook().patch(meeting.id, { sensitivity });
      await world.settle();
    }
    await world.outlook().remove(meeting.id);
    await world.settle();
    const examined = new Set(examinedFields(world));
    expect(asked.size).toBeGreaterThan(40);
    expect([...asked].filter((field) => !examined.has(field))).toEqual([]);
    // And the other way round: a CRM is not blamed for the lack of what nobody needs.
    expect([...examined].filter((field) => !asked.has(field))).toEqual([]);
  });
});

/** 'Table.Field' of every field that a request reads, compares or writes. */
function fieldsOf(xml: string): string[] {
  const read = [...xml.matchAll(/<fields tablename="(\w+)" fields="([^"]*)"/g)].flatMap(([, table, fields]) => (fields ?? '').split(',').map((field) => `${table}.${field}`));
  const compared = [...xml.matchAll(/<cond tablename="(\w+)" fieldname="(\w+)"/g)].map(([, table, field]) => `${table}.${field}`);
  const written = [...xml.matchAll(/<fields>(.*?)<\/fields>/gs)].flatMap(([, records]) => {
    let table = '';
    // A field holds text alone, a record its fields.
    return [...(records ?? '').matchAll(/<(\w+)[^>]*>[^<]*<\/\1>|<(\w+)[^>]*>(?=<)/g)].flatMap(([, field, record]) => {
      table = record ?? table;
      return field === undefined ? [] : [`${table}.${field}`];
    });
  });
  return [...read, ...compared, ...written];
}
