import { describe, expect, it } from 'vitest';
import { paired } from '../world/paired.ts';
import { World } from '../world/world.ts';
import { documentsOf, namesAndContents } from './documents.ts';

const told = async (world: World): Promise<string[]> => (await world.journal()).filter(({ groups }) => groups?.includes('attachments') === true).map(({ action, detail }) => `${action}${detail === undefined ? '' : ` ${detail}`}`).reverse();

describe('A10: attachments of Outlook as documents of the CRM', () => {
  it('come with their appointment, each as one document with a link to it', async () => {
    const world = new World();
    const event = await world.outlook().create({ subject: 'With files' });
    await world.outlook().attach(event.id, 'agenda.txt', 'One, two');
    await world.outlook().attach(event.id, 'offer.pdf', 'A price', { contentType: 'application/pdf' });
    await world.start();
    const [activity] = world.crmUser().activities();
    expect(namesAndContents(world, activity?.id ?? '')).toEqual([['agenda.txt', 'One, two'], ['offer.pdf', 'A price']]);
    expect(world.crm.records('Document').map(({ values }) => [values['Title'], values['MimeType'], values['ExtSystem'], values['Private']])).toEqual([['agenda.txt', 'text/plain', 'M365', 'false'], ['offer.pdf', 'application/pdf', 'M365', 'false']]);
    expect(world.events.filter((one) => one['evt'] === 'handler.failed')).toEqual([]);
  });

  it('added later come with the next pass, and nothing else is written; a second look writes nothing and lists nothing', async () => {
    const { world, eventId, activityId } = await paired();
    await world.outlook().attach(eventId, 'agenda.txt', 'One');
    world.resetCounters();
    await world.settle();
    expect(namesAndContents(world, activityId)).toEqual([['agenda.txt', 'One']]);
    expect(world.writes()).toEqual({ graph: 0, crm: 1 });
    // Once more when every copy of the mailbox must have caught up with the change.
    expect(world.graph.state().app['GET /users/{user}/events/{event}/attachments']).toBe(2);
    world.resetCounters();
    await world.days(2);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expect(world.graph.state().app['GET /users/{user}/events/{event}/attachments']).toBeUndefined();
  });

  it('replaced under the same name the document gets the new content and stays the same one; the same content again writes nothing', async () => {
    const { world, eventId, activityId } = await paired();
    const outlook = world.outlook();
    const first = await outlook.attach(eventId, 'agenda.txt', 'One');
    await world.settle();
    const [document] = documentsOf(world, activityId);
    await outlook.detach(eventId, first);
    const second = await outlook.attach(eventId, 'agenda.txt', 'Two');
    await world.settle();
    expect(documentsOf(world, activityId)).toEqual([{ id: document?.id, name: 'agenda.txt', content: 'Two', isPrivate: false }]);
    world.resetCounters();
    await outlook.detach(eventId, second);
    await outlook.attach(eventId, 'agenda.txt', 'Two');
    await world.settle();
    expect(world.writes().crm).toBe(0);
    expect(documentsOf(world, activityId)).toHaveLength(1);
  });

  it('removed the link goes and the document stays; two of one name are two', async () => {
    const { world, eventId, activityId } = await paired();
    const outlook = world.outlook();
    const first = await outlook.attach(eventId, 'notes.txt', 'One');
    await outlook.attach(eventId, 'notes.txt', 'Two');
    await world.settle();
    expect(namesAndContents(world, activityId).map(([, content]) => content).sort()).toEqual(['One', 'Two']);
    await outlook.detach(eventId, first);
    await world.settle();
    expect(namesAndContents(world, activityId)).toEqual([['notes.txt', 'Two']]);
    expect(world.crm.records('Document').filter(({ deleted }) => !deleted)).toHaveLength(2);
  });

  it('that are too large, of a type that is not taken, or no files are told once and left; inline images are no attachments', async () => {
    const { world, eventId, activityId } = await paired({ rules: { appointments: { attachments: { toCrm: { maxMegabytes: 1 }, exceptTypes: ['.EXE'] } } } });
    const outlook = world.outlook();
    await outlook.attach(eventId, 'film.mp4', 'x'.repeat(1_100_000));
    await outlook.attach(eventId, 'setup.exe', 'MZ');
    await outlook.attachOther(eventId, 'itemAttachment', 'A mail');
    await outlook.attachOther(eventId, 'referenceAttachment', 'A folder');
    await outlook.attach(eventId, 'logo.png', 'image', { isInline: true });
    await world.settle();
    expect(documentsOf(world, activityId)).toEqual([]);
    expect((await told(world)).sort()).toEqual(['left item', 'left reference', 'left tooLarge', 'left type']);
    await outlook.attach(eventId, 'agenda.txt', 'One');
    await world.settle();
    expect((await told(world)).sort()).toEqual(['created', 'left item', 'left reference', 'left tooLarge', 'left type']);
    // Other rules are a reason to look again.
    world.rules['appointments'] = { attachments: { exceptTypes: [] } };
    await world.days(2);
    expect(documentsOf(world, activityId).map(({ name }) => name)).toEqual(['agenda.txt', 'film.mp4', 'setup.exe']);
  });

  it('deleted by a person in the CRM stay deleted, whatever takes their place in Outlook', async () => {
    const { world, eventId, activityId } = await paired();
    const outlook = world.outlook();
    const first = await outlook.attach(eventId, 'agenda.txt', 'One');
    await world.settle();
    world.crm.act(world.employee.rep.user).delete('Document', documentsOf(world, activityId)[0]?.id ?? '');
    await outlook.detach(eventId, first);
    await outlook.attach(eventId, 'agenda.txt', 'Two');
    await world.settle();
    await outlook.attach(eventId, 'other.txt', 'New');
    await world.settle();
    expect(namesAndContents(world, activityId)).toEqual([['other.txt', 'New']]);
    expect(await told(world)).toEqual(['created', 'left deletedInCrm', 'created']);
  });

  it('are left alone by the rule, and without any they cost nothing', async () => {
    const { world, eventId, activityId } = await paired({ rules: { appointments: { attachments: { toCrm: { enabled: false } } } } });
    await world.outlook().attach(eventId, 'agenda.txt', 'One');
    await world.settle();
    expect(documentsOf(world, activityId)).toEqual([]);
    expect(Object.keys(world.graph.state().app).filter((request) => request.includes('attachments'))).toEqual([]);
  });

  it('of published copies come, too', async () => {
    const world = new World({ users: 2 });
    world.graph.setQuirks({});
    await world.start();
    const [one, two] = world.employees;
    if (one === undefined || two === undefined) throw new Error('Two employees are needed.');
    const id = world.graph.receiveInvitation(one.id, { organizer: { name: 'Olga', address: 'olga@outside.example' }, iCalUId: 'outside-1', event: { subject: 'Invited', start: { dateTime: '2026-11-25T09:00:00', timeZone: 'UTC' }, end: { dateTime: '2026-11-25T10:00:00', timeZone: 'UTC' }, attendees: [{ emailAddress: { address: one.mail }, type: 'required' }] } });
    await world.outlook(one).attach(id, 'agenda.txt', 'From outside');
    await world.settle();
    const [record] = world.crmUser(one).activities();
    expect(record?.values['FreeC2']).toBe('published');
    expect(namesAndContents(world, record?.id ?? '')).toEqual([['agenda.txt', 'From outside']]);
  });

  it('that gave their event no other change key are found by the daily net', async () => {
    const { world, eventId, activityId } = await paired({ graphQuirks: { attachmentsMoveChangeKey: false } });
    await world.outlook().attach(eventId, 'agenda.txt', 'One');
    await world.settle();
    expect(documentsOf(world, activityId)).toEqual([]);
    await world.days(2);
    expect(namesAndContents(world, activityId)).toEqual([['agenda.txt', 'One']]);
  });

  it('that a copy of the mailbox which is behind does not list yet come when it has caught up', async () => {
    const { world, eventId, activityId } = await paired();
    world.graph.setQuirks({ readLagMs: 20_000 });
    await world.outlook().attach(eventId, 'agenda.txt', 'One');
    await world.live(15_000);
    expect(documentsOf(world, activityId)).toEqual([]);
    await world.settle();
    expect(namesAndContents(world, activityId)).toEqual([['agenda.txt', 'One']]);
  });

  it('that were there long before are listed once', async () => {
    const world = new World();
    const event = await world.outlook().create({ subject: 'With a file' });
    await world.outlook().attach(event.id, 'agenda.txt', 'One');
    await world.clock.until(world.clock.now() + 3_600_000);
    await world.start();
    expect(world.graph.state().app['GET /users/{user}/events/{event}/attachments']).toBe(1);
  });

  it('a document that does not carry our key any more is left alone', async () => {
    const { world, eventId, activityId } = await paired();
    const first = await world.outlook().attach(eventId, 'agenda.txt', 'One');
    await world.settle();
    world.crm.act('SYNC').update('Document', documentsOf(world, activityId)[0]?.id ?? '', { ExtKey: 'of somebody else' });
    await world.outlook().detach(eventId, first);
    await world.outlook().attach(eventId, 'agenda.txt', 'Two');
    await world.settle();
    expect(namesAndContents(world, activityId)).toEqual([['agenda.txt', 'One']]);
    expect(await told(world)).toEqual(['created', 'left deletedInCrm']);
  });

  it('that the web server before the CRM does not take are told as refused, and everything else goes on', async () => {
    const { world, eventId, activityId } = await paired({
      wire: async (request, send) => {
        const isLarge = request.url.includes('/interface/') && (await request.clone().text()).length > 100_000;
        return isLarge ? new Response('too large', { status: 413 }) : send(request);
      },
    });
    await world.outlook().attach(eventId, 'large.bin', 'x'.repeat(200_000));
    await world.outlook().attach(eventId, 'small.txt', 'One');
    await world.settle();
    expect(namesAndContents(world, activityId)).toEqual([['small.txt', 'One']]);
    expect((await told(world)).sort()).toEqual(['created', 'refused refused']);
    await world.outlook().patch(eventId, { subject: 'Goes on' });
    await world.settle();
    expect(world.crmUser().activities()[0]?.values['Subject']).toBe('Goes on');
    expect((await told(world)).filter((one) => one.startsWith('refused'))).toHaveLength(1);
  });

  it('with long names keep their endings; what no XML holds is left out', async () => {
    const { world, eventId, activityId } = await paired();
    await world.outlook().attach(eventId, `${'long '.repeat(60)}report\u0001 & <signed>.pdf`, 'One');
    await world.settle();
    const [document] = documentsOf(world, activityId);
    expect(document?.name.length).toBeGreaterThan(250);
    expect(document?.name.length).toBeLessThanOrEqual(255);
    expect(document?.name.endsWith('….pdf')).toBe(true);
    expect(world.crm.records('Document')[0]?.values['Title']?.length).toBeLessThanOrEqual(120);
  });

  it('of a size that says more than their content come as they are', async () => {
    const { world, eventId, activityId } = await paired({ graphQuirks: { attachmentSizeExtra: 300 } });
    await world.outlook().attach(eventId, 'agenda.txt', 'One');
    await world.settle();
    expect(namesAndContents(world, activityId)).toEqual([['agenda.txt', 'One']]);
  });
});

describe('A13: attachments of private appointments', () => {
  it.each(['off', 'masked'])('become private with them: links go and documents show nothing; shown again they come back as the same documents (%s)', async (privacy) => {
    const { world, eventId, activityId } = await paired({ rules: { appointments: { privacy } } });
    const outlook = world.outlook();
    await outlook.attach(eventId, 'diagnosis.txt', 'Secret');
    await world.settle();
    const [before] = documentsOf(world, activityId);
    await outlook.patch(eventId, { sensitivity: 'private' });
    await world.settle();
    expect(documentsOf(world, activityId)).toEqual([]);
    expect(JSON.stringify(world.crm.records('Document').filter(({ deleted }) => !deleted))).not.toMatch(new RegExp(`diagnosis|${Buffer.from('Secret').toString('base64')}`));
    await outlook.attach(eventId, 'second.txt', 'Secret, too');
    await world.settle();
    expect(world.crm.records('Document')).toHaveLength(1);
    await outlook.patch(eventId, { sensitivity: 'normal' });
    await world.settle();
    expect(namesAndContents(world, activityId)).toEqual([['diagnosis.txt', 'Secret'], ['second.txt', 'Secret, too']]);
    expect(documentsOf(world, activityId)[0]?.id).toBe(before?.id);
    expect(world.events.filter((one) => one['evt'] === 'handler.failed')).toEqual([]);
  });

  it('of private ones that the rule shows are private documents', async () => {
    const { world, eventId, activityId } = await paired({ rules: { appointments: { privacy: 'full' } } });
    await world.outlook().attach(eventId, 'agenda.txt', 'One');
    await world.settle();
    await world.outlook().patch(eventId, { sensitivity: 'private' });
    await world.settle();
    expect(documentsOf(world, activityId)).toMatchObject([{ content: 'One', isPrivate: true }]);
  });
});
