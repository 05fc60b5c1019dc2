import { describe, expect, it } from 'vitest';
import { attendee, mailed, office, troubles, type Office } from '../meetings/office.ts';
import { World } from '../world/world.ts';

const CRM_WEB = { webUrl: 'https://crm.example.com' };
const PROPERTY = 'String {7d7ab8a4-8e0c-4d9b-9d0f-5a4b6f0c2e31} Name ConnectorCrmLink';

async function start(webLink: Record<string, unknown>): Promise<World> {
  const world = new World({ crmRules: CRM_WEB, rules: { appointments: { webLink } } });
  await world.start();
  return world;
}

const bodyOf = (event: Record<string, unknown> | undefined): string => String((event?.['body'] as { content?: string } | undefined)?.content ?? '');
const body = (world: World): string => bodyOf(world.outlook().events()[0]);
const text = (world: World): string => world.crmUser().activities()[0]?.values['Text'] ?? '';
const hexOf = (id: string): string => BigInt(id).toString(16).padStart(16, '0');

function address(world: World): string {
  return `https://crm.example.com/crm/expand?uid=MA%3Bx${hexOf(world.crmUser().activities()[0]?.id ?? '')}&amp;mode=Show&amp;infoAreaId=MA`;
}

/** Bodies of the requests that set the property. */
function watched(webLink: Record<string, unknown>): { readonly options: ConstructorParameters<typeof World>[0]; readonly properties: string[]; readonly patches: string[] } {
  const properties: string[] = [];
  const patches: string[] = [];
  const wire = async (request: Request, send: (request: Request) => Promise<Response>): Promise<Response> => {
    const sent = /\/events/.test(request.url) && request.method !== 'GET' ? await request.clone().text() : '';
    if (request.method === 'PATCH') patches.push(sent);
    if (sent.includes(PROPERTY)) properties.push(sent);
    return send(request);
  };
  return { options: { crmRules: CRM_WEB, rules: { appointments: { webLink, inviteFromCrm: 'everybody' } }, wire }, properties, patches };
}

describe('G4: the line that leads to the CRM', () => {
  it('is not there by default, and no write is made for it', async () => {
    const world = await start({});
    await world.outlook().create({ body: { contentType: 'html', content: '<p>Hello</p>' } });
    await world.settle();
    expect(body(world)).not.toContain('Open in CRM');
    expect(world.writes().graph).toBe(0);
  });

  it('stands in what we create, without a further write', async () => {
    const world = await start({ show: 'body' });
    world.resetCounters();
    world.crmUser().create({ Text: 'First\nsecond' });
    await world.settle();
    expect(body(world)).toContain(`<a href="${address(world)}">`);
    expect(body(world)).toContain('Open in CRM: ');
    expect(world.writes()).toEqual({ graph: 1, crm: 0 });
    expect(text(world)).toBe('First\nsecond');
  });

  it('comes into an event that was made in Outlook by one write, keeps its HTML, and is no edit', async () => {
    const world = await start({ show: 'body' });
    world.resetCounters();
    await world.outlook().create({ body: { contentType: 'html', content: '<html><body><p style="color:red"><b>Bold</b> words</p></body></html>' } });
    await world.settle();
    expect(body(world)).toContain('<p style="color:red"><b>Bold</b> words</p>');
    expect(body(world)).toContain(address(world));
    expect(text(world)).toBe('Bold words');
    expect(world.writes()).toEqual({ graph: 1, crm: 1 });
    world.resetCounters();
    await world.days(2);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expect(troubles(world)).toEqual([]);
  });

  it('stays where the text is edited on either side, and never reaches the CRM', async () => {
    const world = await start({ show: 'body' });
    const event = await world.outlook().create({ body: { contentType: 'html', content: '<p>One</p>' } });
    await world.settle();
    await world.outlook().patch(event.id, { body: { contentType: 'html', content: body(world).replace('One', 'Two').replace('</div>', '</div><p>Three</p>') } });
    await world.settle();
    expect(text(world)).toContain('Two');
    expect(text(world)).toContain('Three');
    expect(text(world)).not.toContain('Open in CRM');
    world.crmUser().update(world.crmUser().activities()[0]?.id ?? '', { Text: 'From the CRM' });
    await world.settle();
    expect(body(world)).toContain('From the CRM');
    expect(body(world)).toContain(address(world));
    expect(text(world)).toBe('From the CRM');
  });

  it('that somebody copies into the text of the CRM is no text there either', async () => {
    const world = await start({ show: 'body' });
    await world.outlook().create({ body: { contentType: 'html', content: '<p>One</p>' } });
    await world.settle();
    const { id } = world.crmUser().activities()[0] ?? { id: '' };
    world.crmUser().update(id, { Text: `One\nOpen in CRM: ${address(world).replaceAll('&amp;', '&')}` });
    world.resetCounters();
    await world.settle();
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    await world.outlook().patch(world.outlook().events()[0]?.id ?? '', { body: { contentType: 'html', content: '<p>Two</p>' } });
    await world.settle();
    expect(text(world)).toBe('Two');
  });

  it('that somebody takes out stays out', async () => {
    const world = await start({ show: 'body' });
    const event = await world.outlook().create({ body: { contentType: 'html', content: '<p>One</p>' } });
    await world.settle();
    await world.outlook().patch(event.id, { body: { contentType: 'html', content: '<p>One</p>' } });
    await world.settle();
    world.resetCounters();
    await world.days(2);
    expect(body(world)).not.toContain('Open in CRM');
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
  });

  it('is still no text where the rule does not add it any more', async () => {
    const world = await start({ show: 'body' });
    const event = await world.outlook().create({ body: { contentType: 'html', content: '<p>One</p>' } });
    await world.settle();
    Object.assign(world.rules, { appointments: {} });
    await world.live(60_000);
    await world.outlook().patch(event.id, { body: { contentType: 'html', content: body(world).replace('One', 'Two') } });
    await world.settle();
    expect(text(world)).toBe('Two');
  });

  it('comes to what is there already, with the visit that a new rule asks for', async () => {
    const world = await start({});
    await world.outlook().create({ body: { contentType: 'html', content: '<p>One</p>' } });
    await world.settle();
    await world.reconcile();
    await world.settle();
    Object.assign(world.rules, { appointments: { webLink: { show: 'body' } } });
    await world.live(60_000);
    await world.reconcile();
    await world.settle();
    expect(body(world)).toContain(address(world));
  });

  it('stays in a text that holds more than the CRM shows, wherever it is edited there, and comes into none', async () => {
    const world = await start({ show: 'body' });
    const event = await world.outlook().create({ body: { contentType: 'html', content: '<p>One and only</p>' } });
    await world.settle();
    await world.outlook().patch(event.id, { body: { contentType: 'html', content: body(world).replace('<body>', '<body><img src="cid:scan" width="600" height="800">') } });
    await world.settle();
    const [withLine] = world.crmUser().activities();
    world.crmUser().update(withLine?.id ?? '', { Text: 'Two and only' });
    await world.settle();
    expect(body(world)).toContain('cid:scan');
    expect(body(world)).toContain('Two and only');
    expect(body(world).split(address(world)).length - 1).toBe(2);
    expect(text(world)).toBe('Two and only');
    expect(await world.conflicts()).toEqual([]);

    const other = await world.outlook().create({ subject: 'Other', body: { contentType: 'html', content: '<p>One and only</p><img src="cid:scan" width="600" height="800">' } });
    await world.settle();
    const without = world.crmUser().activities().find(({ values }) => values['Subject'] === 'Other');
    world.crmUser().update(without?.id ?? '', { Text: 'Two and only' });
    await world.settle();
    const written = bodyOf(world.outlook().events().find(({ id }) => id === other.id));
    expect(written).toContain('Two and only');
    expect(written).not.toContain('Open in CRM');
    expect(await world.conflicts()).toEqual([]);
    world.resetCounters();
    await world.days(2);
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expect(troubles(world)).toEqual([]);
  });

  it('stays below the words that somebody writes in the CRM where nothing but a picture stood above it', async () => {
    const world = await start({ show: 'body' });
    const event = await world.outlook().create({ body: { contentType: 'html', content: '' } });
    await world.settle();
    await world.outlook().patch(event.id, { body: { contentType: 'html', content: body(world).replace('<body>', '<body><img src="cid:scan" width="600" height="800">') } });
    await world.settle();
    world.crmUser().update(world.crmUser().activities()[0]?.id ?? '', { Text: 'Words' });
    await world.settle();
    expect(text(world)).toBe('Words');
    expect(body(world)).not.toContain('WordsOpen');
    expect(await world.conflicts()).toEqual([]);
    expect(body(world)).toContain('cid:scan');
    expect(body(world)).toContain(address(world));
  });

  it('may be made of another address and of other words', async () => {
    const world = await start({ show: 'body', label: 'Im CRM öffnen', template: 'https://portal.example.com/a?id={id}' });
    await world.outlook().create({ body: { contentType: 'html', content: '<p>One</p>' } });
    await world.settle();
    expect(body(world)).toContain(`Im CRM öffnen: <a href="https://portal.example.com/a?id=${world.crmUser().activities()[0]?.id}">`);
    expect(text(world)).toBe('One');
  });

  it('is not added to occurrences of a series: each would become an exception', async () => {
    const world = await start({ show: 'body' });
    await world.outlook().create({ subject: 'Weekly', recurrence: { pattern: { type: 'weekly', interval: 1, daysOfWeek: ['wednesday'] }, range: { type: 'numbered', startDate: '2026-11-25', numberOfOccurrences: 4 } } });
    world.resetCounters();
    await world.settle();
    expect(world.crmUser().activities()).toHaveLength(4);
    expect(world.writes().graph).toBe(0);
  });
});

describe('G4: where others are invited', () => {
  async function meeting(webLink: Record<string, unknown>): Promise<Office & { properties: string[]; patches: string[]; id: string }> {
    const { options, properties, patches } = watched(webLink);
    const all = await office(options);
    const { id } = await all.world.outlook(all.ann).create({ subject: 'Meeting', attendees: [attendee(all.ben.mail)], body: { contentType: 'html', content: '<p>Agenda</p>' } });
    all.world.resetCounters();
    await all.world.settle();
    return { ...all, properties, patches, id };
  }
  const own = ({ world, ann }: Office) => world.outlook(ann).events().find((event) => event['isOrganizer'] === true);

  it('nobody is mailed for it: the address stands in a property alone, and the journal says so', async () => {
    const here = await meeting({ show: 'body' });
    expect(mailed(here.world)).toEqual([]);
    expect(here.properties).toHaveLength(1);
    expect(Object.keys(JSON.parse(here.patches[0] ?? '{}') as object)).toEqual(['singleValueExtendedProperties']);
    expect(bodyOf(own(here))).not.toContain('Open in CRM');
    expect((await here.world.journal(here.ann)).some(({ detail }) => detail === 'webLink:property')).toBe(true);
    here.world.resetCounters();
    await here.world.days(2);
    expect(here.world.writes()).toEqual({ graph: 0, crm: 0 });
    expect(mailed(here.world)).toEqual([]);
  });

  it('the line never comes where guests may not see it, also with an update that a person caused', async () => {
    const here = await meeting({ show: 'body' });
    here.world.crmUser(here.ann).update(here.world.crmUser(here.ann).activities()[0]?.id ?? '', { Text: 'New agenda', Subject: 'Renamed' });
    await here.world.settle();
    expect(bodyOf(own(here))).toContain('New agenda');
    expect(bodyOf(own(here))).not.toContain('Open in CRM');
    here.world.expectMails(1);
  });

  it('the line rides on the next update that a person caused, where guests may see it', async () => {
    const here = await meeting({ show: 'body', guests: true });
    expect(bodyOf(own(here))).not.toContain('Open in CRM');
    here.world.crmUser(here.ann).update(here.world.crmUser(here.ann).activities()[0]?.id ?? '', { Subject: 'Renamed in the CRM' });
    await here.world.settle();
    expect(bodyOf(own(here))).toContain('Open in CRM');
    expect(bodyOf(own(here))).toContain('<p>Agenda</p>');
    expect(here.world.crmUser(here.ann).activities()[0]?.values['Text']).toBe('Agenda');
    expect(troubles(here.world)).toEqual([]);
    here.world.expectMails(1);
  });

  it('an invitation of ours has the line only where guests may see it', async () => {
    for (const guests of [false, true]) {
      const { options, properties } = watched({ show: 'body', guests });
      const { world, ann, ben } = await office(options);
      const { id } = world.crmUser(ann).create({ Subject: 'Invited' });
      world.crm.act('SYNC').addParticipant(id, { RepId: ben.rep.repId, Role: 0 });
      await world.settle();
      expect(bodyOf(world.outlook(ann).events()[0]).includes('Open in CRM')).toBe(guests);
      expect(properties.length > 0).toBe(!guests);
      world.expectMails(1);
    }
  });

  it('a copy of somebody else’s meeting is never written to', async () => {
    const here = await meeting({ show: 'body', guests: true });
    const copies = here.world.outlook(here.ben).events();
    expect(copies.map(bodyOf).join()).not.toContain('Open in CRM');
    expect(here.patches).toHaveLength(1);
  });
});
