import { describe, expect, it } from 'vitest';
import { crmSeeder } from '../../local/crm/seed.ts';
import { CONTAINERS } from '../../shared/config/names.ts';
import { shownInCrm, shownInOutlook } from '../world/judge.ts';
import { timed } from '../world/people.ts';
import { World, type Employee } from '../world/world.ts';

const MASK = 'Private appointment';
/** Whatever must not be seen has one of these words in it. */
const SECRETS = /Secret|Chapel|diagnosis|Clinic/;

type Values = Record<string, string>;

interface Scene {
  readonly world: World;
  readonly one: Employee;
  /** Every version of every activity and of every participant that the CRM's store ever held, in their order. */
  readonly versions: { readonly table: string; readonly id: string; readonly deleted: boolean; readonly values: Values }[];
  /** Versions from now on. */
  fromNow(): void;
}

async function scene(appointments: Record<string, unknown>, more: Record<string, unknown> = {}, users = 2): Promise<Scene> {
  const world = new World({ users, rules: { appointments, ...more } });
  const versions: Scene['versions'] = [];
  world.crm.onChange(({ record }) => void (['Contact', 'Participant'].includes(record.table) && versions.push({ table: record.table, id: record.id.toString(), deleted: record.deleted, values: { ...record.values } as Values })));
  await world.start();
  return { world, one: world.employee, versions, fromNow: () => void versions.splice(0) };
}

const SECRET = { subject: 'Secret talk', location: { displayName: 'Chapel' }, body: { contentType: 'html', content: '<p>the diagnosis</p>' }, categories: ['Clinic'], importance: 'high', isReminderOn: true, reminderMinutesBeforeStart: 30 };

const records = ({ world, one }: Scene) => world.crmUser(one).activities();
const record = (here: Scene): Values => records(here)[0]?.values ?? {};
const rowsNow = ({ world }: Scene) => world.crm.records('Participant').filter(({ deleted }) => !deleted);
const mails = ({ world }: Scene) => world.graph.state().mails.length;
const journalled = async ({ world }: Scene) => JSON.stringify(await world.journal());

function expectMasked(here: Scene): void {
  expect(record(here)).toMatchObject({ Subject: MASK, Location: '', Text: '', Categories: '', Reminder: '', Priority: '1', Private: 'true' });
  expect(rowsNow(here)).toEqual([]);
  expect(JSON.stringify(here.world.crm.records('Contact'))).not.toMatch(SECRETS);
}

/** An appointment with people, known to both sides, which nobody keeps private yet. The record hangs on the customer. */
async function withPeople(here: Scene): Promise<string> {
  const seeder = crmSeeder(here.world.crm, 'SYNC');
  seeder.person({ FirstName: 'Cora', LastName: 'Customer', Email1: 'cora@customer.example' }, seeder.company({ Company: 'Customer Ltd.' }));
  const [, two] = here.world.employees as [Employee, Employee];
  const event = await here.world.outlook().create({ ...SECRET, attendees: [two.mail, 'cora@customer.example'].map((address) => ({ emailAddress: { address }, type: 'required' })) });
  await here.world.settle();
  expect(record(here)).toMatchObject({ Subject: 'Secret talk' });
  expect(rowsNow(here)).toHaveLength(2);
  return event.id;
}

describe('A13: masked', () => {
  it('a private appointment is made in the CRM as time and show-as under a neutral subject, and nothing else is ever stored', async () => {
    const here = await scene({ privacy: 'masked', maskedSubject: 'Busy elsewhere' });
    await here.world.outlook().create({ ...SECRET, sensitivity: 'private', showAs: 'oof' });
    await here.world.outlook().create({ ...SECRET, sensitivity: 'confidential', ...timed('2026-11-26T09:00:00', '2026-11-26T10:00:00') });
    await here.world.settle();
    expect(records(here)).toHaveLength(2);
    expect(record(here)).toMatchObject({ Subject: 'Busy elsewhere', ShowAs: '3', Private: 'true', Location: '', Text: '' });
    expect(shownInCrm(records(here)[0] ?? { id: '', deleted: false, values: {} }).when).toBe('2026-11-25T08:00:00Z to 2026-11-25T09:00:00Z');
    expect(JSON.stringify(here.versions)).not.toMatch(SECRETS);
  });

  it('one that becomes private loses subject, body, place, categories and people in the CRM by one request, and hangs on its owner', async () => {
    const here = await scene({ privacy: 'masked' });
    const id = await withPeople(here);
    here.fromNow();
    here.world.resetCounters();
    await here.world.outlook().patch(id, { sensitivity: 'private' });
    const mailed = mails(here);
    await here.world.settle();
    expectMasked(here);
    expect(record(here)).toMatchObject({ PeNo: String(here.one.rep.person.seqNo), CoNo: '' });
    // The first version that was stored after it became known hides all of the record at once, its people go in the same request.
    const ofRecord = here.versions.filter(({ table }) => table === 'Contact');
    expect(ofRecord).toHaveLength(1);
    expect(JSON.stringify(ofRecord)).not.toMatch(SECRETS);
    expect(here.world.crm.state().traffic.commands).toMatchObject({ update: 1, delete: 1 });
    expect(mails(here)).toBe(mailed);
    expect(here.world.violations()).toEqual([]);
  });

  it('follows time and show-as only; nothing that is edited behind the mask reaches the CRM or is written for', async () => {
    const here = await scene({ privacy: 'masked' });
    const event = await here.world.outlook().create({ ...SECRET, sensitivity: 'private' });
    await here.world.settle();
    const before = here.world.writes();
    await here.world.outlook().patch(event.id, { subject: 'Secret number two', body: { contentType: 'html', content: '<p>another diagnosis</p>' } });
    await here.world.settle();
    expect(here.world.writes()).toEqual(before);
    await here.world.outlook().patch(event.id, { showAs: 'free', ...timed('2026-11-27T09:00:00', '2026-11-27T11:00:00') });
    await here.world.settle();
    expect(record(here)).toMatchObject({ Date: '2026-11-27', EndTime: '11:00:00', ShowAs: '0', Subject: MASK });
    expect(JSON.stringify(here.versions)).not.toMatch(SECRETS);
  });

  it('never flows back: what is edited in the CRM is put right, time and flag too, three times a day', async () => {
    const here = await scene({ privacy: 'masked' });
    await here.world.outlook().create({ ...SECRET, sensitivity: 'private' });
    await here.world.settle();
    const outlook = here.world.writes().graph;
    const [id] = records(here).map((one) => one.id);
    const edits: readonly Record<string, string | boolean>[] = [{ Subject: 'Known to me' }, { Date: '2026-11-30', EndDate: '2026-11-30' }, { Private: false }, { Text: 'and more', Subject: 'Again' }, { Subject: 'A third time' }];
    for (const edit of edits) {
      here.world.crmUser().update(id ?? '', edit);
      await here.world.settle();
      expect(record(here)).toMatchObject({ Subject: MASK, Text: '', Date: '2026-11-25', Private: 'true' });
    }
    here.world.crmUser().update(id ?? '', { Subject: 'A fourth time' });
    await here.world.settle();
    expect(record(here)['Subject']).toBe('A fourth time');
    await here.world.days(1);
    expect(record(here)['Subject']).toBe(MASK);
    expect(here.world.writes().graph).toBe(outlook);
    expect(here.world.outlook().events().map(shownInOutlook)).toMatchObject([{ subject: 'Secret talk' }]);
    expect(await here.world.conflicts()).toEqual([]);
    expect(await journalled(here)).toContain('"action":"conflict","side":"crm","reason":"private"');
  });

  it('is lifted in Outlook: all of it is shown again, its people too', async () => {
    const here = await scene({ privacy: 'masked' });
    const id = await withPeople(here);
    await here.world.outlook().patch(id, { sensitivity: 'private' });
    await here.world.settle();
    expectMasked(here);
    await here.world.outlook().patch(id, { sensitivity: 'normal' });
    await here.world.settle();
    expect(shownInCrm(records(here)[0] ?? { id: '', deleted: false, values: {} })).toEqual(shownInOutlook(here.world.outlook().events()[0] ?? {}));
    expect(record(here)).toMatchObject({ Private: 'false' });
    expect(record(here)['PeNo']).not.toBe(String(here.one.rep.person.seqNo));
    expect(rowsNow(here)).toHaveLength(2);
    // And from now on both ways, as any other.
    here.world.crmUser().update(records(here)[0]?.id ?? '', { Location: 'Room 9' });
    await here.world.settle();
    expect(here.world.outlook().events().map(shownInOutlook)).toMatchObject([{ place: 'Room 9' }]);
    here.world.expectMails(2);
  });

  it('values of conflicts that were kept of it are deleted, and none is kept any more', async () => {
    const here = await scene({ privacy: 'masked' }, { conflict: { rule: 'outlook' } });
    const event = await here.world.outlook().create({ subject: 'Open' });
    await here.world.settle();
    const [id] = records(here).map((one) => one.id);
    here.world.crmUser().update(id ?? '', { Subject: 'Secret of the CRM' });
    await here.world.outlook().patch(event.id, { subject: 'Secret of Outlook' });
    await here.world.settle();
    expect(await here.world.storage.blobs.list(CONTAINERS.conflicts, '')).toHaveLength(1);
    here.world.crmUser().update(id ?? '', { Subject: 'Secret again' });
    await here.world.outlook().patch(event.id, { subject: 'Secret for good', sensitivity: 'private' });
    await here.world.settle();
    expect(await here.world.storage.blobs.list(CONTAINERS.conflicts, '')).toEqual([]);
    expectMasked(here);
  });

  it('a record that a CRM user made private is left alone, as is one that becomes so; Outlook is told nothing', async () => {
    const here = await scene({ privacy: 'masked' });
    here.world.crmUser().create({ Subject: 'Secret of the CRM', Private: true });
    const event = await here.world.outlook().create({ subject: 'Open' });
    await here.world.settle();
    expect(here.world.outlook().events()).toHaveLength(1);
    const open = records(here).find(({ values }) => values['Subject'] === 'Open');
    here.world.crmUser().update(open?.id ?? '', { Private: true, Subject: 'Secret now' });
    await here.world.settle();
    expect(here.world.outlook().events().map(({ subject, sensitivity }) => [subject, sensitivity])).toEqual([['Open', 'normal']]);
    // Outlook's own privacy stands above it.
    await here.world.outlook().patch(event.id, { sensitivity: 'private' });
    await here.world.settle();
    expect(records(here).map(({ values }) => values['Subject']).sort()).toEqual([MASK, 'Secret of the CRM']);
  });

  it.each(['Outlook', 'the CRM'])('deleted in %s, it goes on the other side, whatever was done to the mask', async (where) => {
    const here = await scene({ privacy: 'masked' });
    const event = await here.world.outlook().create({ ...SECRET, sensitivity: 'private' });
    await here.world.settle();
    const [id] = records(here).map((one) => one.id);
    if (where === 'Outlook') {
      here.world.crmUser().update(id ?? '', { Subject: 'Edited' });
      await here.world.outlook().remove(event.id);
    } else here.world.crmUser().mark(id ?? '');
    await here.world.settle();
    expect([records(here), here.world.outlook().events()]).toEqual([[], []]);
  });

  it('deleted in the CRM while it was edited behind the mask, it stays in Outlook', async () => {
    const here = await scene({ privacy: 'masked' });
    const event = await here.world.outlook().create({ ...SECRET, sensitivity: 'private' });
    await here.world.settle();
    here.world.crmUser().mark(records(here)[0]?.id ?? '');
    await here.world.outlook().patch(event.id, { subject: 'Secret as ever' });
    await here.world.settle();
    expect(here.world.outlook().events()).toHaveLength(1);
  });

  it('is hidden by the next pass where a worker died between reserving and writing', async () => {
    let kill = false;
    const world: World = new World({
      rules: { appointments: { privacy: 'masked' } },
      wire: async (request, send) => {
        if (kill && (await request.clone().text()).includes('<update')) world.worker.dead = true;
        return world.worker.dead ? new Promise<Response>(() => undefined) : send(request);
      },
    });
    await world.start();
    const event = await world.outlook().create({ ...SECRET });
    await world.settle();
    await world.outlook().patch(event.id, { sensitivity: 'private' });
    kill = true;
    await world.settle();
    expect(world.worker.dead).toBe(true);
    kill = false;
    world.replaceWorker();
    await world.rest(15 * 60_000);
    expect(world.crmUser().activities().map(({ values }) => values['Subject'])).toEqual([MASK]);
    expect(JSON.stringify(world.crm.records('Contact'))).not.toMatch(SECRETS);
  });
});

describe('A13: full', () => {
  it('all of a private appointment is shown, with the flag', async () => {
    const here = await scene({ privacy: 'full' });
    await here.world.outlook().create({ ...SECRET, sensitivity: 'private' });
    await here.world.settle();
    expect(record(here)).toMatchObject({ Subject: 'Secret talk', Location: 'Chapel', Private: 'true' });
  });

  it('the flag goes both ways when it is set, and is taken away in Outlook alone', async () => {
    const here = await scene({ privacy: 'full' });
    here.world.crmUser().create({ Subject: 'Made private in the CRM', Private: true });
    const open = here.world.crmUser().create({ Subject: 'Open', Date: '2026-11-27', EndDate: '2026-11-27' });
    await here.world.settle();
    const sensitivity = () => Object.fromEntries(here.world.outlook().events().map((event) => [event['subject'], event['sensitivity']]));
    expect(sensitivity()).toEqual({ 'Made private in the CRM': 'private', Open: 'normal' });
    here.world.crmUser().update(open.id, { Private: true });
    await here.world.settle();
    expect(sensitivity()).toMatchObject({ Open: 'private' });
    here.world.crmUser().update(open.id, { Private: false });
    await here.world.settle();
    expect(records(here).find(({ id }) => id === open.id)?.values).toMatchObject({ Private: 'true' });
    expect(sensitivity()).toMatchObject({ Open: 'private' });
    const event = here.world.outlook().events().find(({ subject }) => subject === 'Open');
    await here.world.outlook().patch(event?.id ?? '', { sensitivity: 'normal' });
    await here.world.settle();
    expect(records(here).find(({ id }) => id === open.id)?.values).toMatchObject({ Private: 'false', Subject: 'Open' });
  });
});

describe('A13: off', () => {
  it('one that was shown before it became private shows nothing any more, and is followed no more until it is public again', async () => {
    const here = await scene({ privacy: 'off' });
    const id = await withPeople(here);
    here.fromNow();
    await here.world.outlook().patch(id, { sensitivity: 'private' });
    await here.world.settle();
    expectMasked(here);
    expect(JSON.stringify(here.versions.filter(({ table }) => table === 'Contact'))).not.toMatch(SECRETS);
    const before = here.world.writes();
    await here.world.outlook().patch(id, { subject: 'Secret again', ...timed('2026-11-27T09:00:00', '2026-11-27T11:00:00') });
    await here.world.settle();
    await here.world.days(1);
    expect(here.world.writes()).toEqual(before);
    expect(record(here)).toMatchObject({ Date: '2026-11-25' });
    await here.world.outlook().patch(id, { sensitivity: 'normal' });
    await here.world.settle();
    expect(shownInCrm(records(here)[0] ?? { id: '', deleted: false, values: {} })).toEqual(shownInOutlook(here.world.outlook().events()[0] ?? {}));
  });

  it('deleted in Outlook, its record goes', async () => {
    const here = await scene({ privacy: 'off' });
    const event = await here.world.outlook().create(SECRET);
    await here.world.settle();
    await here.world.outlook().patch(event.id, { sensitivity: 'private' });
    await here.world.settle();
    await here.world.outlook().remove(event.id);
    await here.world.settle();
    expect(records(here)).toEqual([]);
  });
});

describe('A13: copies of other people’s meetings', () => {
  const invite = ({ world, one }: Scene, more: Record<string, unknown> = {}) =>
    world.graph.receiveInvitation(one.id, {
      organizer: { name: 'Olga Outside', address: 'olga@outside.example' },
      iCalUId: 'outside-1',
      event: { ...SECRET, ...timed('2026-11-25T09:00:00', '2026-11-25T10:00:00'), attendees: [{ emailAddress: { address: one.mail }, type: 'required' }], ...more },
    });

  it.each(['masked', 'off'] as const)('a published record of one that becomes private shows the same mask (%s), and all of it again afterwards', async (privacy) => {
    const here = await scene({ privacy });
    invite(here);
    await here.world.settle();
    expect(record(here)).toMatchObject({ Subject: 'Secret talk', FreeC2: 'published' });
    here.fromNow();
    invite(here, { sensitivity: 'private' });
    await here.world.settle();
    expectMasked(here);
    expect(JSON.stringify(here.versions)).not.toMatch(SECRETS);
    invite(here, { sensitivity: 'normal' });
    await here.world.settle();
    expect(record(here)).toMatchObject({ Subject: 'Secret talk', Private: 'false' });
    expect(here.world.writes().graph).toBe(0);
  });

  it('is worked in the mailbox of an organizer who is synchronized, however private it is', async () => {
    const here = await scene({ privacy: 'masked' });
    const [, two] = here.world.employees as [Employee, Employee];
    await here.world.outlook().create({ ...SECRET, sensitivity: 'private', attendees: [{ emailAddress: { address: two.mail }, type: 'required' }] });
    await here.world.settle();
    expect(records(here)).toHaveLength(1);
    expect(here.world.crmUser(two).activities()).toEqual([]);
    expectMasked(here);
  });
});

describe('A13: a changed rule', () => {
  it('brings what is there in step at the next visit of the net: off, masked, full, off; also what lies before the window, and nobody is mailed', async () => {
    const here = await scene({ privacy: 'full', window: { daysBack: 30, daysAhead: 180 } });
    const id = await withPeople(here);
    await here.world.outlook().patch(id, { sensitivity: 'private' });
    const old = await here.world.outlook().create({ ...SECRET, subject: 'Secret of old', sensitivity: 'private' });
    await here.world.settle();
    await here.world.days(1);
    await here.world.outlook().patch(old.id, timed('2026-01-25T09:00:00', '2026-01-25T10:00:00'));
    await here.world.settle();
    const mailed = mails(here);
    const subjects = () => records(here).map(({ values }) => values['Subject'] ?? '').sort();
    expect(subjects()).toEqual(['Secret of old', 'Secret talk']);
    const change = async (privacy: string): Promise<void> => {
      here.world.rules['appointments'] = { privacy };
      await here.world.live(60_000);
      await here.world.reconcile();
      await here.world.settle();
    };
    here.fromNow();
    await change('masked');
    expect(subjects()).toEqual([MASK, MASK]);
    expect(rowsNow(here)).toEqual([]);
    expect(JSON.stringify(here.versions.filter(({ table }) => table === 'Contact'))).not.toMatch(SECRETS);
    await here.world.outlook().create({ subject: 'Secret while off', ...timed('2026-12-01T09:00:00', '2026-12-01T10:00:00'), sensitivity: 'private' });
    await change('off');
    expect(subjects()).toEqual([MASK, MASK, MASK]);
    const quiet = here.world.writes();
    await here.world.days(1);
    expect(here.world.writes()).toEqual(quiet);
    await change('full');
    expect(subjects()).toEqual(['Secret of old', 'Secret talk', 'Secret while off']);
    expect(rowsNow(here)).toHaveLength(2);
    await change('off');
    expect(subjects()).toEqual([MASK, MASK, MASK]);
    expect(mails(here)).toBe(mailed);
    expect(here.world.violations()).toEqual([]);
  });

  it('counts for one user alone where the rules say so', async () => {
    const here = await scene({ privacy: 'off' }, { users: { overrides: [{ user: 'Employee1@example.com', appointments: { privacy: 'masked' } }] } });
    const [one, two] = here.world.employees as [Employee, Employee];
    for (const employee of [one, two]) await here.world.outlook(employee).create({ ...SECRET, sensitivity: 'private' });
    await here.world.settle();
    await here.world.reconcile();
    await here.world.settle();
    expect(here.world.crmUser(one).activities()).toEqual([]);
    expect(here.world.crmUser(two).activities().map(({ values }) => values['Subject'])).toEqual([MASK]);
    here.world.rules['users'] = { overrides: [{ user: one.rep.repId, appointments: { privacy: 'full' } }] };
    await here.world.live(60_000);
    await here.world.reconcile();
    await here.world.settle();
    expect(here.world.crmUser(one).activities().map(({ values }) => values['Subject'])).toEqual(['Secret talk']);
  });
});
