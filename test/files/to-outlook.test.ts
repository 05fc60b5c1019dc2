import { describe, expect, it } from 'vitest';
import { expectQuiet, paired } from '../world/paired.ts';
import { World, type WorldOptions } from '../world/world.ts';
import { attachedTo, namesAndContents, told } from './documents.ts';

const LIST = 'GET /users/{user}/events/{event}/attachments';

/** With the rule on; `toCrm` and the rest as given. */
const rules = (attachments: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({ appointments: { attachments: { toOutlook: { enabled: true }, ...attachments }, ...more } });
const both = (options: WorldOptions = {}) => paired({ rules: rules(), ...options });
const guest = { emailAddress: { address: 'olga@outside.example', name: 'Olga' }, type: 'required' };

function expectWell(world: World): void {
  expect(world.violations()).toEqual([]);
  expect(world.events.filter((one) => one['evt'] === 'handler.failed')).toEqual([]);
}

describe('A11: documents of the CRM as attachments of Outlook', () => {
  it('come to the event of their activity, and nobody makes documents of them again', async () => {
    const { world, eventId, activityId } = await both();
    world.crmUser().file(activityId, 'offer.pdf', 'A price', { MimeType: 'application/pdf' });
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['offer.pdf', 'A price']]);
    expect(world.graph.attachments(world.employee.id, eventId)[0]?.contentType).toBe('application/pdf');
    await expectQuiet(world);
    expect(world.crm.records('Document')).toHaveLength(1);
    expect(attachedTo(world, eventId)).toEqual([['offer.pdf', 'A price']]);
    expect(await told(world)).toEqual(['created']);
    expectWell(world);
  });

  it('come with an activity that is new to Outlook', async () => {
    const world = new World({ rules: rules() });
    const activity = world.crmUser().create({ Subject: 'With a file' });
    world.crmUser().file(activity.id, 'offer.pdf', 'A price');
    await world.start();
    const [event] = world.outlook().events();
    expect(attachedTo(world, event?.id ?? '')).toEqual([['offer.pdf', 'A price']]);
    expectWell(world);
  });

  it('come with one that a copy of the mailbox which is behind does not show yet', async () => {
    const { world } = await both({ graphQuirks: { readLagMs: 30_000 } });
    const activity = world.crmUser().create({ Subject: 'With a file' });
    world.crmUser().file(activity.id, 'offer.pdf', 'A price');
    await world.settle();
    await world.live(5 * 60_000);
    const event = world.outlook().events().find(({ subject }) => subject === 'With a file');
    expect(attachedTo(world, event?.id ?? '')).toEqual([['offer.pdf', 'A price']]);
    expectWell(world);
  });

  it('a new version takes the place of the one before; a document that was only saved again writes nothing', async () => {
    const { world, eventId, activityId } = await both();
    const document = world.crmUser().file(activityId, 'offer.pdf', 'A price');
    await world.settle();
    world.crmUser().refile(document, 'A better price');
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['offer.pdf', 'A better price']]);
    world.resetCounters();
    world.crmUser().refile(document, null, { Title: 'Our offer' });
    await world.settle();
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    world.crmUser().refile(document, null, { FileName: 'offer 2.pdf' });
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['offer 2.pdf', 'A better price']]);
    expect(world.crm.records('Document')).toHaveLength(1);
    expectWell(world);
  });

  it('a document that is taken off its activity, or deleted, goes from the event; linked again it comes back', async () => {
    const { world, eventId, activityId } = await both();
    const one = world.crmUser().file(activityId, 'one.txt', 'One');
    const two = world.crmUser().file(activityId, 'two.txt', 'Two');
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['one.txt', 'One'], ['two.txt', 'Two']]);
    world.crmUser().unlink(activityId, one);
    world.crmUser().removeDocument(two);
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([]);
    world.crmUser().link(activityId, one);
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['one.txt', 'One']]);
    expect(world.crm.records('Document').filter(({ deleted }) => !deleted)).toHaveLength(1);
    expectWell(world);
  });

  it.each([true, false])('one that a person deletes in Outlook stays deleted there, whatever becomes of the document (toCrm: %s)', async (enabled) => {
    const { world, eventId, activityId } = await paired({ rules: rules({ toCrm: { enabled } }) });
    const document = world.crmUser().file(activityId, 'offer.pdf', 'A price');
    await world.settle();
    await world.outlook().detach(eventId, world.graph.attachments(world.employee.id, eventId)[0]?.id ?? '');
    await world.settle();
    world.crmUser().refile(document, 'A better price');
    await world.settle();
    world.crmUser().refile(document, 'The best price');
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([]);
    expect(namesAndContents(world, activityId)).toEqual([['offer.pdf', 'The best price']]);
    expect((await told(world)).filter((one) => one === 'left deletedInOutlook').length).toBeGreaterThan(0);
    expectWell(world);
  });

  it('one that a person changes in Outlook is his: it comes into the CRM as a document of its own, and no new version overwrites it', async () => {
    const { world, eventId, activityId } = await both();
    const document = world.crmUser().file(activityId, 'offer.pdf', 'A price');
    await world.settle();
    const outlook = world.outlook();
    await outlook.detach(eventId, world.graph.attachments(world.employee.id, eventId)[0]?.id ?? '');
    await outlook.attach(eventId, 'offer.pdf', 'My price');
    await world.settle();
    world.crmUser().refile(document, 'A better price');
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['offer.pdf', 'My price']]);
    expect(namesAndContents(world, activityId).map(([, content]) => content).sort()).toEqual(['A better price', 'My price']);
    expect(await told(world)).toContain('left changedInOutlook');
    await expectQuiet(world);
    expect(attachedTo(world, eventId)).toEqual([['offer.pdf', 'My price']]);
  });

  it('one that is saved again in Outlook as it was is followed', async () => {
    const { world, eventId, activityId } = await both();
    const document = world.crmUser().file(activityId, 'offer.pdf', 'A price');
    await world.settle();
    const outlook = world.outlook();
    await outlook.detach(eventId, world.graph.attachments(world.employee.id, eventId)[0]?.id ?? '');
    await outlook.attach(eventId, 'offer.pdf', 'A price');
    await world.settle();
    world.crmUser().refile(document, 'A better price');
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['offer.pdf', 'A better price']]);
    expect(world.crm.records('Document')).toHaveLength(1);
  });

  it('what came from Outlook never goes back there, whatever is done to it in the CRM', async () => {
    const { world, eventId, activityId } = await both();
    await world.outlook().attach(eventId, 'agenda.txt', 'One');
    await world.settle();
    const [document] = world.crm.records('Document');
    world.resetCounters();
    world.crmUser().refile(document?.id ?? '', 'Another');
    await world.settle();
    world.crmUser().link(activityId, document?.id ?? '');
    await world.settle();
    expect(world.writes()).toEqual({ graph: 0, crm: 0 });
    expect(attachedTo(world, eventId)).toEqual([['agenda.txt', 'One']]);
  });

  it('beside a file of Outlook with the same name each stays what it is', async () => {
    const { world, eventId, activityId } = await both();
    await world.outlook().attach(eventId, 'notes.txt', 'From Outlook');
    await world.settle();
    const document = world.crmUser().file(activityId, 'notes.txt', 'From the CRM');
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['notes.txt', 'From Outlook'], ['notes.txt', 'From the CRM']]);
    world.crmUser().refile(document, 'Later');
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['notes.txt', 'From Outlook'], ['notes.txt', 'Later']]);
    expect(namesAndContents(world, activityId).map(([, content]) => content).sort()).toEqual(['From Outlook', 'Later']);
  });

  it('that are too large, of a type that is not taken, empty or private are told once and stay; other rules let them come', async () => {
    const { world, eventId, activityId } = await both({ rules: rules({ toOutlook: { enabled: true, maxMegabytes: 1 }, exceptTypes: ['exe'] }) });
    const user = world.crmUser();
    user.file(activityId, 'film.mp4', 'x'.repeat(1_100_000));
    user.file(activityId, 'setup.EXE', 'MZ');
    user.file(activityId, 'empty.txt', '');
    user.file(activityId, 'secret.txt', 'Secret', { Private: true });
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([]);
    expect((await told(world)).sort()).toEqual(['left empty', 'left private', 'left tooLarge', 'left type']);
    await expectQuiet(world);
    expect(await told(world)).toHaveLength(4);
    world.rules['appointments'] = rules().appointments;
    await world.days(2);
    expect(attachedTo(world, eventId).map(([name]) => name)).toEqual(['film.mp4', 'setup.EXE']);
    expectWell(world);
  });

  it('that were linked before the rule was on come with the daily net', async () => {
    const { world, eventId, activityId } = await paired();
    world.crmUser().file(activityId, 'offer.pdf', 'A price');
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([]);
    world.rules['appointments'] = rules().appointments;
    await world.days(2);
    expect(attachedTo(world, eventId)).toEqual([['offer.pdf', 'A price']]);
  });

  it('are left alone without the rule: no table of documents is asked, and nothing is attached', async () => {
    const asked: string[] = [];
    const { world, eventId, activityId } = await paired({
      wire: async (request, send) => {
        if (request.url.includes('/interface/')) asked.push(await request.clone().text());
        return send(request);
      },
    });
    world.crmUser().file(activityId, 'offer.pdf', 'A price');
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([]);
    expect(asked.filter((xml) => /Document/.test(xml))).toEqual([]);
  });

  it('cost the poll no request more, and a mailbox without documents none at all', async () => {
    const requests = async (options: WorldOptions): Promise<unknown> => {
      const { world } = await paired(options);
      world.resetCounters();
      world.crmUser().create({ Subject: 'Another' });
      await world.settle();
      await world.days(1);
      return world.requests();
    };
    expect(await requests({ rules: rules() })).toEqual(await requests({}));
  });

  it('saved again within the second in which its content was read is seen, though its stamp is the same', async () => {
    let times = 0;
    const made = await both({
      wire: async (request, send) => {
        const reads = request.url.includes('/interface/') && /<fields tablename="Document" fields="[^"]*,Content"/.test(await request.clone().text());
        const answer = await send(request);
        if (reads && (times += 1) === 1) made.world.crmUser().refile(document, 'B');
        return answer;
      },
    });
    const { world, eventId, activityId } = made;
    await world.clock.until(Math.ceil(world.clock.now() / 1_000) * 1_000);
    const document = world.crmUser().file(activityId, 'offer.pdf', 'A');
    await world.pollCrm();
    await world.drain();
    await world.rest(10 * 60_000);
    expect(times).toBe(2);
    expect(attachedTo(world, eventId)).toEqual([['offer.pdf', 'B']]);
    await expectQuiet(world);
    expect((await told(world)).filter((one) => one !== 'created')).toEqual(['updated']);
  });

  it('linked just before our own write of its record: what that answers says so, and no poll does', async () => {
    let linked = false;
    const { world, eventId, activityId } = await both({
      wire: async (request, send) => {
        const body = request.url.includes('/interface/') ? await request.clone().text() : '';
        if (!linked && body.includes('<update') && body.includes('Renamed')) {
          linked = true;
          world.crmUser().file(activityId, 'offer.pdf', 'A price');
        }
        return send(request);
      },
    });
    await world.outlook().patch(eventId, { subject: 'Renamed' });
    await world.settle();
    await world.live(5 * 60_000);
    expect(linked).toBe(true);
    expect(attachedTo(world, eventId)).toEqual([['offer.pdf', 'A price']]);
    expectWell(world);
  });

  it('one that was taken off and linked again between two polls comes back, where a pass had seen it go', async () => {
    const { world, eventId, activityId } = await both();
    const document = world.crmUser().file(activityId, 'offer.pdf', 'A price');
    await world.settle();
    world.crmUser().unlink(activityId, document);
    for (let hour = 0; hour < 25; hour += 1) {
      await world.clock.until(world.clock.now() + 3_600_000);
      await world.reconcile();
      await world.ringDue();
      await world.drain();
    }
    expect(attachedTo(world, eventId)).toEqual([]);
    await world.clock.until(world.clock.now() + 2_000);
    world.crmUser().link(activityId, document);
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['offer.pdf', 'A price']]);
  });

  it('that a copy of the mailbox which is behind does not list yet are neither made twice nor taken for deleted', async () => {
    const { world, eventId, activityId } = await both();
    world.graph.setQuirks({ readLagMs: 20_000 });
    const document = world.crmUser().file(activityId, 'offer.pdf', 'A price');
    await world.settle();
    world.crmUser().refile(document, 'A better price');
    await world.live(45_000);
    world.crmUser().refile(document, 'The best price');
    await world.rest(10 * 60_000);
    expect(attachedTo(world, eventId)).toEqual([['offer.pdf', 'The best price']]);
    expect(world.crm.records('Document')).toHaveLength(1);
    expect((await told(world)).filter((one) => one.startsWith('left'))).toEqual([]);
  });

  it('the mailbox refuses are told as refused, and everything else goes on', async () => {
    const { world, eventId, activityId } = await both({ graphQuirks: { messageSizeLimit: 100_000 } });
    world.crmUser().file(activityId, 'large.bin', 'x'.repeat(200_000));
    world.crmUser().file(activityId, 'small.txt', 'One');
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['small.txt', 'One']]);
    expect((await told(world)).sort()).toEqual(['created', 'refused refused']);
    await world.days(1);
    expect(await told(world)).toHaveLength(2);
    expectWell(world);
  });
});

describe('A11, large ones', () => {
  const LARGE = `${'0123456789abcdef'.repeat(350_000)}end`;

  it('go in parts by an upload session, without a token, and no document is made of them', async () => {
    const uploads: { authorization: string | null; range: string | null }[] = [];
    const { world, eventId, activityId } = await both({
      wire: (request, send) => {
        if (request.method === 'PUT') uploads.push({ authorization: request.headers.get('authorization'), range: request.headers.get('content-range') });
        return send(request);
      },
    });
    world.crmUser().file(activityId, 'film.mp4', LARGE);
    await world.settle();
    const [[name, content] = ['', '']] = attachedTo(world, eventId);
    expect([name, content.length, content === LARGE]).toEqual(['film.mp4', LARGE.length, true]);
    expect(uploads).toEqual([
      { authorization: null, range: `bytes 0-3932159/${LARGE.length}` },
      { authorization: null, range: `bytes 3932160-${LARGE.length - 1}/${LARGE.length}` },
    ]);
    await expectQuiet(world);
    expect(attachedTo(world, eventId)).toHaveLength(1);
    expect(world.crm.records('Document')).toHaveLength(1);
    expect(await told(world)).toEqual(['created']);
  });

  it.each([
    ['a part is refused', { kind: 'errorBefore', status: 503, method: 'PUT', nth: 2 }],
    ['a part is lost', { kind: 'lostAnswer', method: 'PUT' }],
    ['the answer to the last part is lost', { kind: 'lostAnswer', method: 'PUT', nth: 2 }],
    ['the session is gone', { kind: 'errorBefore', status: 404, method: 'PUT', nth: 2 }],
  ] as const)('come once though %s', async (_what, fault) => {
    const { world, eventId, activityId } = await both();
    world.graph.addFault({ ...fault });
    world.crmUser().file(activityId, 'film.mp4', LARGE);
    await world.rest(20 * 60_000);
    expect(attachedTo(world, eventId).map(([name, content]) => [name, content.length])).toEqual([['film.mp4', LARGE.length]]);
    expect(world.crm.records('Document')).toHaveLength(1);
    expectWell(world);
  });

  it('are not taken for a file of a person that a copy which is behind lists alone', async () => {
    const { world, eventId, activityId } = await both({ rules: rules({ toCrm: { enabled: false } }) });
    await world.outlook().attach(eventId, 'film.mp4', `-${LARGE.slice(1, 3_000_000)}`);
    await world.settle();
    await world.days(1);
    world.graph.setQuirks({ readLagMs: 20_000 });
    const document = world.crmUser().file(activityId, 'film.mp4', LARGE.slice(0, 3_200_000));
    await world.rest(10 * 60_000);
    world.crmUser().unlink(activityId, document);
    await world.rest(10 * 60_000);
    expect(attachedTo(world, eventId).map(([name, content]) => [name, content.slice(0, 4)])).toEqual([['film.mp4', '-123']]);
  });

  it('of which the last part is answered late are made once', async () => {
    const { world, eventId, activityId } = await both({
      wire: async (request, send) => {
        if (request.method !== 'PUT') return send(request);
        const isLast = (request.headers.get('content-range') ?? '').endsWith(`${LARGE.length - 1}/${LARGE.length}`);
        const copy = isLast ? new Request(request.url, { method: 'PUT', headers: request.headers, body: await request.arrayBuffer() }) : request;
        await world.clock.sleep(isLast ? 1_000 : 55_000);
        if (!isLast) return send(request);
        // Under way still when the connection breaks.
        void world.clock.sleep(100_000).then(() => send(copy));
        throw new TypeError('fetch failed');
      },
    });
    world.crmUser().file(activityId, 'film.mp4', LARGE);
    await world.live(8 * 60_000);
    expect(attachedTo(world, eventId).map(([name, content]) => [name, content.length])).toEqual([['film.mp4', LARGE.length]]);
  });

  it('are sent to no host that the rules do not name', async () => {
    const { world, eventId, activityId } = await both({
      wire: async (request, send) => {
        const answer = await send(request);
        return request.url.endsWith('createUploadSession') ? Response.json({ uploadUrl: 'https://elsewhere.example/upload' }, { status: 201 }) : answer;
      },
    });
    world.crmUser().file(activityId, 'film.mp4', LARGE);
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([]);
    expect(await told(world)).toEqual(['refused refused']);
  });

  it('that change while they are read are sent as they are in the end', async () => {
    let reads = 0;
    const made = await both({
      wire: async (request, send) => {
        if (request.url.includes('/interface/') && /<fields tablename="Document" fields="StatNo,SeqNo,UpdDate,UpdTime,Content"/.test(await request.clone().text()) && (reads += 1) === 2) made.world.crmUser().refile(document, `${LARGE}!`);
        return send(request);
      },
    });
    const { world, eventId, activityId } = made;
    const document = world.crmUser().file(activityId, 'film.mp4', LARGE);
    await world.rest(10 * 60_000);
    expect(attachedTo(world, eventId).map(([, content]) => content.length)).toEqual([LARGE.length + 1]);
    expect(reads).toBeGreaterThan(2);
  });
});

describe('A11, where others are invited (design 6.6)', () => {
  it('they stay in the CRM and the journal says so once; where nobody is invited any more they come', async () => {
    const { world, eventId, activityId } = await both({ graphQuirks: { attachmentsMailAttendees: true } });
    await world.outlook().patch(eventId, { attendees: [guest] });
    await world.settle();
    const mails = world.graph.state().mails.length;
    world.crmUser().file(activityId, 'offer.pdf', 'A price');
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([]);
    expect(await told(world)).toEqual(['left meeting']);
    expect(world.graph.state().mails).toHaveLength(mails);
    await world.days(1);
    expect(await told(world)).toEqual(['left meeting']);
    await world.outlook().patch(eventId, { attendees: [] });
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['offer.pdf', 'A price']]);
    expect(world.sentMails()).toBe(0);
  });

  it('what was attached before stays as it is, until nobody is invited any more', async () => {
    const { world, eventId, activityId } = await both({ graphQuirks: { attachmentsMailAttendees: true } });
    const changed = world.crmUser().file(activityId, 'changed.txt', 'One');
    const removed = world.crmUser().file(activityId, 'removed.txt', 'Two');
    await world.settle();
    await world.outlook().patch(eventId, { attendees: [guest] });
    await world.settle();
    world.crmUser().refile(changed, 'Another');
    world.crmUser().unlink(activityId, removed);
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['changed.txt', 'One'], ['removed.txt', 'Two']]);
    expect(world.sentMails()).toBe(0);
    await world.outlook().patch(eventId, { attendees: [] });
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['changed.txt', 'Another']]);
    expect(world.sentMails()).toBe(0);
  });

  it('somebody who was invited a moment ago is found out before anything is written', async () => {
    const { world, eventId, activityId } = await both({ graphQuirks: { attachmentsMailAttendees: true } });
    world.graph.setQuirks({ notificationDelayMs: 600_000, deltaLagMs: 600_000 });
    await world.outlook().patch(eventId, { attendees: [guest] });
    world.crmUser().file(activityId, 'offer.pdf', 'A price');
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([]);
    expect(await told(world)).toEqual(['left meeting']);
  });

  it('of copies of other people’s meetings they stay in the CRM, and Graph is asked nothing for them', async () => {
    const world = new World({ rules: rules() });
    await world.start();
    const id = world.graph.receiveInvitation(world.employee.id, { organizer: { name: 'Olga', address: 'olga@outside.example' }, iCalUId: 'outside-1', event: { subject: 'Invited', start: { dateTime: '2026-11-25T09:00:00', timeZone: 'UTC' }, end: { dateTime: '2026-11-25T10:00:00', timeZone: 'UTC' }, attendees: [{ emailAddress: { address: world.employee.mail }, type: 'required' }] } });
    await world.settle();
    const [record] = world.crmUser().activities();
    world.resetCounters();
    world.crmUser().file(record?.id ?? '', 'offer.pdf', 'A price');
    await world.settle();
    expect(attachedTo(world, id)).toEqual([]);
    expect(await told(world)).toEqual(['left meeting']);
    expect(world.graph.state().app[LIST]).toBeUndefined();
  });
});

describe('A13: documents and private appointments', () => {
  it('a private document goes to a private appointment only, and leaves it where that is private no more', async () => {
    const { world, eventId, activityId } = await both({ rules: rules({}, { privacy: 'full' }) });
    world.crmUser().file(activityId, 'secret.txt', 'Secret', { Private: true });
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([]);
    await world.outlook().patch(eventId, { sensitivity: 'private' });
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['secret.txt', 'Secret']]);
    await world.outlook().patch(eventId, { sensitivity: 'normal' });
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([]);
    expect(namesAndContents(world, activityId)).toEqual([['secret.txt', 'Secret']]);
    expectWell(world);
  });

  it('a document that becomes private leaves an appointment that is not', async () => {
    const { world, eventId, activityId } = await both();
    const document = world.crmUser().file(activityId, 'secret.txt', 'Secret');
    await world.settle();
    world.crmUser().refile(document, null, { Private: true });
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([]);
    world.crmUser().refile(document, null, { Private: false });
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['secret.txt', 'Secret']]);
  });

  it('a private one of which a new version was refused leaves an appointment that is private no more, too', async () => {
    const { world, eventId, activityId } = await both({ rules: rules({ toOutlook: { enabled: true, maxMegabytes: 1 } }, { privacy: 'full' }) });
    await world.outlook().patch(eventId, { sensitivity: 'private' });
    const document = world.crmUser().file(activityId, 'secret.txt', 'Secret', { Private: true });
    await world.settle();
    world.crmUser().refile(document, 'x'.repeat(1_100_000));
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['secret.txt', 'Secret']]);
    await world.outlook().patch(eventId, { sensitivity: 'normal' });
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([]);
    expectWell(world);
  });

  it.each(['off', 'masked'])('what was attached before an appointment became private is followed when it is shown again (%s)', async (privacy) => {
    const { world, eventId, activityId } = await both({ rules: rules({}, { privacy }) });
    const document = world.crmUser().file(activityId, 'offer.pdf', 'A price');
    await world.settle();
    await world.outlook().patch(eventId, { sensitivity: 'private' });
    await world.settle();
    await world.outlook().patch(eventId, { sensitivity: 'normal' });
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['offer.pdf', 'A price']]);
    expect(world.crm.records('Document')).toHaveLength(1);
    world.crmUser().refile(document, 'A better price');
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['offer.pdf', 'A better price']]);
    expect((await told(world)).filter((one) => one.startsWith('left'))).toEqual([]);
  });

  it.each(['off', 'masked'])('nothing goes to an appointment that the CRM does not see; shown again it gets what is there (%s)', async (privacy) => {
    const { world, eventId, activityId } = await both({ rules: rules({}, { privacy }) });
    await world.outlook().patch(eventId, { sensitivity: 'private' });
    await world.settle();
    world.crmUser().file(activityId, 'offer.pdf', 'A price');
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([]);
    await world.outlook().patch(eventId, { sensitivity: 'normal' });
    await world.settle();
    expect(attachedTo(world, eventId)).toEqual([['offer.pdf', 'A price']]);
    expectWell(world);
  });
});
