import { describe, expect, it } from 'vitest';
import { ANNA, BASE, BERT, IMMUTABLE, lunch, world, type Body, type World } from './world.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const file = (name: string, text: string, more: object = {}) => ({ '@odata.type': '#microsoft.graph.fileAttachment', name, contentType: 'text/plain', contentBytes: base64(text), ...more });

async function withEvent(quirks = {}, more: object = {}): Promise<{ here: World; event: Body; path: string }> {
  const here = world(quirks);
  const { body } = await here.as(ANNA, 'POST', `/users/${ANNA}/events`, lunch(more), IMMUTABLE);
  return { here, event: body, path: `/users/${ANNA}/events/${encodeURIComponent(body.id)}` };
}

const read = async (here: World, path: string) => (await here.ask('GET', path, undefined, IMMUTABLE)).body;

describe('attachments of an event (graph.md 5.10)', () => {
  it('are listed without their content where $select leaves it out, and read raw through $value', async () => {
    const { here, path } = await withEvent();
    await here.as(ANNA, 'POST', `${path}/attachments`, file('notes.txt', 'Hello'));
    const whole = (await here.ask('GET', `${path}/attachments`)).body.value;
    expect(whole).toMatchObject([{ '@odata.type': '#microsoft.graph.fileAttachment', name: 'notes.txt', size: 5, isInline: false, contentBytes: base64('Hello') }]);
    const [row] = (await here.ask('GET', `${path}/attachments?$select=id,name,contentType,size,isInline,lastModifiedDateTime`)).body.value;
    expect(row).toMatchObject({ '@odata.type': '#microsoft.graph.fileAttachment', name: 'notes.txt', contentType: 'text/plain' });
    expect(row).not.toHaveProperty('contentBytes');
    const raw = await here.simulator.fetch(`${BASE}/v1.0${path}/attachments/${encodeURIComponent(row?.id ?? '')}/$value`, { headers: { authorization: 'Bearer app' } });
    expect([raw.status, raw.headers.get('content-type'), await raw.text()]).toEqual([200, 'text/plain', 'Hello']);
  });

  it('refuse a member that the base type does not have, and a body over 4 MB', async () => {
    const { here, path } = await withEvent();
    expect((await here.ask('GET', `${path}/attachments?$select=contentBytes`)).status).toBe(400);
    expect((await here.ask('POST', `${path}/attachments`, file('large.bin', 'x'.repeat(3_200_000)))).status).toBe(413);
  });

  it('show in hasAttachments unless they are inline', async () => {
    const { here, path } = await withEvent();
    await here.as(ANNA, 'POST', `${path}/attachments`, file('logo.png', 'image', { isInline: true, contentId: 'logo' }));
    expect((await read(here, path))['hasAttachments']).toBe(false);
    await here.as(ANNA, 'POST', `${path}/attachments`, file('notes.txt', 'Hello'));
    expect((await read(here, path))['hasAttachments']).toBe(true);
  });

  it.each([true, false])('added and removed, their event changes its change key: %s (the quirk)', async (attachmentsMoveChangeKey) => {
    const { here, path, event } = await withEvent({ attachmentsMoveChangeKey });
    const { body: made } = await here.as(ANNA, 'POST', `${path}/attachments`, file('notes.txt', 'Hello'));
    const after = await read(here, path);
    expect(after.changeKey !== event.changeKey).toBe(attachmentsMoveChangeKey);
    expect((await here.as(ANNA, 'DELETE', `${path}/attachments/${encodeURIComponent(made.id)}`)).status).toBe(204);
    expect((await read(here, path)).changeKey !== after.changeKey).toBe(attachmentsMoveChangeKey);
    expect((await here.ask('GET', `${path}/attachments`)).body.value).toEqual([]);
    expect((await here.ask('GET', `${path}/attachments/${encodeURIComponent(made.id)}`)).body.error?.code).toBe('ErrorItemNotFound');
  });

  it('mail nobody; attendees see them with the next update only', async () => {
    const { here, path } = await withEvent({}, { attendees: [{ emailAddress: { address: 'bert@example.com' }, type: 'required' }] });
    const copy = (await here.as(BERT, 'GET', `/users/${BERT}/events`)).body.value[0];
    const attached = async () => (await here.as(BERT, 'GET', `/users/${BERT}/events/${encodeURIComponent(copy?.id ?? '')}/attachments`)).body.value.map((one) => one['name']);
    const mails = here.simulator.state().mails.length;
    await here.as(ANNA, 'POST', `${path}/attachments`, file('agenda.txt', 'One'));
    expect(here.simulator.state().mails).toHaveLength(mails);
    expect(await attached()).toEqual([]);
    await here.as(ANNA, 'PATCH', path, { subject: 'With an agenda' });
    expect(await attached()).toEqual(['agenda.txt']);
  });

  it('may be told to attendees at once, whoever adds and removes them (the quirk)', async () => {
    const { here, path } = await withEvent({ attachmentsMailAttendees: true }, { attendees: [{ emailAddress: { address: 'bert@example.com' }, type: 'required' }] });
    const mails = () => here.simulator.state().mails.map(({ kind, by }) => `${kind} by ${by}`);
    const before = mails().length;
    const { body: made } = await here.ask('POST', `${path}/attachments`, file('agenda.txt', 'One'));
    await here.as(ANNA, 'DELETE', `${path}/attachments/${encodeURIComponent(made.id)}`);
    const { body } = await here.ask('POST', `${path}/attachments/createUploadSession`, { AttachmentItem: { attachmentType: 'file', name: 'film.mp4', size: 3 * 1024 * 1024 } });
    await here.simulator.fetch(String(body['uploadUrl']), { method: 'PUT', headers: { 'content-range': `bytes 0-${3 * 1024 * 1024 - 1}/${3 * 1024 * 1024}` }, body: new Uint8Array(3 * 1024 * 1024) });
    expect(mails().slice(before)).toEqual(['update by app', 'update by person', 'update by app']);
  });

  it('are no more together than the mailbox takes with one message, however they come', async () => {
    const { here, path } = await withEvent({ messageSizeLimit: 4_000_000 });
    await here.as(ANNA, 'POST', `${path}/attachments`, file('one.bin', 'x'.repeat(1_000_000)));
    expect((await here.ask('POST', `${path}/attachments/createUploadSession`, { AttachmentItem: { attachmentType: 'file', name: 'film.mp4', size: 3_200_000 } })).body.error?.code).toBe('ErrorMessageSizeExceeded');
    await here.as(ANNA, 'POST', `${path}/attachments`, file('two.bin', 'x'.repeat(2_900_000)));
    expect((await here.as(ANNA, 'POST', `${path}/attachments`, file('three.bin', 'x'.repeat(200_000)))).status).toBe(400);
  });

  it('that are items answer their text, links answer 405, and an application cannot make a link', async () => {
    const { here, path } = await withEvent();
    const link = { '@odata.type': '#microsoft.graph.referenceAttachment', name: 'Folder' };
    expect((await here.ask('POST', `${path}/attachments`, link)).status).toBe(400);
    const { body: made } = await here.as(ANNA, 'POST', `${path}/attachments`, link);
    expect((await here.ask('GET', `${path}/attachments/${encodeURIComponent(made.id)}/$value`)).status).toBe(405);
    const { body: item } = await here.as(ANNA, 'POST', `${path}/attachments`, { '@odata.type': '#microsoft.graph.itemAttachment', name: 'A mail', item: { '@odata.type': 'microsoft.graph.message', subject: 'Re' } });
    expect((await here.simulator.fetch(`${BASE}/v1.0${path}/attachments/${encodeURIComponent(item.id)}/$value`, { headers: { authorization: 'Bearer app' } })).status).toBe(200);
  });
});

describe('upload sessions (outlook-large-attachments)', () => {
  const SIZE = 5 * 1024 * 1024;
  const put = (here: World, url: string, from: number, bytes: Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    here.simulator.fetch(url, { method: 'PUT', headers: { 'content-range': `bytes ${from}-${from + bytes.length - 1}/${SIZE}`, ...headers }, body: bytes });

  it('take a large file in parts, in order and without a token, and it stands on the event when the last one came', async () => {
    const { here, path } = await withEvent();
    const { status, body } = await here.ask('POST', `${path}/attachments/createUploadSession`, { AttachmentItem: { attachmentType: 'file', name: 'film.mp4', size: SIZE } });
    expect(status).toBe(201);
    const url = String(body['uploadUrl']);
    const half = new Uint8Array(3 * 1024 * 1024).fill(7);
    expect((await put(here, url, 0, half, { authorization: 'Bearer app' })).status).toBe(401);
    expect((await put(here, url, half.length, half)).status).toBe(416);
    const first = await put(here, url, 0, half);
    expect([first.status, ((await first.json()) as Body)['nextExpectedRanges']]).toEqual([200, [String(half.length)]]);
    expect((await read(here, path))['hasAttachments']).toBe(false);
    const last = await put(here, url, half.length, new Uint8Array(SIZE - half.length));
    expect([last.status, last.headers.get('location')]).toEqual([201, expect.stringContaining('/attachments/')]);
    expect((await here.ask('GET', `${path}/attachments?$select=name,size`)).body.value).toMatchObject([{ name: 'film.mp4', size: SIZE }]);
  });

  it('refuse what is too small or too large for them, and parts over 4 MB', async () => {
    const { here, path } = await withEvent();
    const open = (size: number) => here.ask('POST', `${path}/attachments/createUploadSession`, { AttachmentItem: { attachmentType: 'file', name: 'a', size } });
    expect((await open(1_000)).body.error?.code).toBe('ErrorAttachmentSizeShouldNotBeLessThanMinimumSize');
    expect((await open(151 * 1024 * 1024)).status).toBe(400);
    expect((await put(here, String((await open(SIZE)).body['uploadUrl']), 0, new Uint8Array(SIZE))).status).toBe(413);
  });

  it('end after some hours, and where they are given up: nothing was attached then', async () => {
    const { here, path } = await withEvent();
    const open = async () => String((await here.ask('POST', `${path}/attachments/createUploadSession`, { AttachmentItem: { attachmentType: 'file', name: 'a', size: SIZE } })).body['uploadUrl']);
    const [late, given] = [await open(), await open()];
    const part = new Uint8Array(1024 * 1024);
    expect((await put(here, given, 0, part)).status).toBe(200);
    expect((await here.simulator.fetch(given, { method: 'DELETE' })).status).toBe(204);
    expect((await put(here, given, part.length, part)).status).toBe(404);
    await here.clock.pass(4 * 3_600_000);
    expect((await put(here, late, 0, part)).status).toBe(404);
    expect((await here.ask('GET', `${path}/attachments`)).body.value).toEqual([]);
  });
});
