import type { StoredAttachment, StoredEvent } from './event-model.ts';
import { commit, nextVersion } from './exchange.ts';
import type { Exchange, Mailbox } from './exchange.ts';
import { badRequest, GraphFailure } from './failure.ts';
import { readBoolean, readText } from './request-json.ts';
import { stampOf } from './zones.ts';

/** Attachments of a series' master only: those of one occurrence are not modelled. */
export const ATTACHMENT_MEMBERS = ['id', 'name', 'contentType', 'size', 'isInline', 'lastModifiedDateTime'];

const TYPES = { file: '#microsoft.graph.fileAttachment', item: '#microsoft.graph.itemAttachment', reference: '#microsoft.graph.referenceAttachment' } as const;
const CREATE_MEMBERS = ['@odata.type', 'name', 'contentType', 'contentBytes', 'contentId', 'isInline', 'item'];
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export type NewAttachment = Omit<StoredAttachment, 'id' | 'modifiedAt'>;

export function readAttachment(input: Record<string, unknown>): NewAttachment {
  const type = input['@odata.type'];
  const kind = type === TYPES.file ? 'file' : type === TYPES.item ? 'item' : null;
  if (kind === null) throw badRequest('An attachment names its type in @odata.type: a file or an item.', 'ErrorInvalidRequest');
  const other = Object.keys(input).find((member) => !CREATE_MEMBERS.includes(member));
  if (other !== undefined) throw badRequest(`The property '${other}' does not exist on type '${TYPES[kind].slice(1)}'.`, 'RequestBodyRead');
  const name = readText(input['name'], 'name');
  const isInline = input['isInline'] == null ? false : readBoolean(input['isInline'], 'isInline');
  if (kind === 'item') return { kind, name, contentType: null, contentId: null, isInline, bytes: new TextEncoder().encode(JSON.stringify(input['item'] ?? {})) };
  const content = readText(input['contentBytes'], 'contentBytes');
  if (!BASE64.test(content)) throw badRequest("Cannot convert the literal of 'contentBytes' to the expected type 'Edm.Binary'.", 'RequestBodyRead');
  const contentType = input['contentType'] == null ? null : readText(input['contentType'], 'contentType');
  const contentId = input['contentId'] == null ? null : readText(input['contentId'], 'contentId');
  return { kind, name, contentType, contentId, isInline, bytes: new Uint8Array(Buffer.from(content, 'base64')) };
}

/** What a mailbox takes with one item: below what an upload session takes. */
export function holdMessageSize(exchange: Exchange, event: StoredEvent, added: number): void {
  const whole = event.attachments.reduce((sum, { bytes }) => sum + bytes.length, added);
  if (whole > exchange.quirks().messageSizeLimit) throw badRequest('The message exceeds the maximum supported size.', 'ErrorMessageSizeExceeded');
}

export function addAttachment(exchange: Exchange, mailbox: Mailbox, event: StoredEvent, added: NewAttachment): StoredAttachment {
  holdMessageSize(exchange, event, added.bytes.length);
  const attachment: StoredAttachment = { ...added, id: exchange.ids.immutableId(), modifiedAt: exchange.clock.now() };
  replaceAttachments(exchange, mailbox, event, [...event.attachments, attachment]);
  return attachment;
}

export function removeAttachment(exchange: Exchange, mailbox: Mailbox, event: StoredEvent, id: string): void {
  replaceAttachments(exchange, mailbox, event, event.attachments.filter((one) => one.id !== id));
}

/** Attendees see nothing of it until they are sent an update (outlook-large-attachments), and nobody is mailed. */
function replaceAttachments(exchange: Exchange, mailbox: Mailbox, event: StoredEvent, attachments: readonly StoredAttachment[]): void {
  if (exchange.quirks().attachmentsMoveChangeKey) commit(exchange, mailbox, event, nextVersion(exchange, event, { attachments }));
  else mailbox.events.set(event.id, { ...event, attachments });
}

/** What an attendee's copy takes over with the organizer's message. */
export function copiedAttachments(exchange: Exchange, attachments: readonly StoredAttachment[]): StoredAttachment[] {
  return attachments.map((one) => ({ ...one, id: exchange.ids.immutableId() }));
}

export function showAttachment(exchange: Exchange, one: StoredAttachment, select: readonly string[] | null): Record<string, unknown> {
  const row: Record<string, unknown> = {
    id: one.id,
    lastModifiedDateTime: stampOf(one.modifiedAt),
    name: one.name,
    contentType: one.contentType,
    size: one.bytes.length + exchange.quirks().attachmentSizeExtra,
    isInline: one.isInline,
  };
  const shown = select === null ? row : Object.fromEntries(Object.entries(row).filter(([member]) => member === 'id' || select.includes(member)));
  const content = select === null && one.kind === 'file' ? { contentId: one.contentId, contentLocation: null, contentBytes: Buffer.from(one.bytes).toString('base64') } : {};
  return { '@odata.type': TYPES[one.kind], '@odata.mediaContentType': one.contentType, ...shown, ...content };
}

export function rawContent(one: StoredAttachment): { bytes: Uint8Array; type: string } {
  if (one.kind === 'reference') throw new GraphFailure(405, 'ErrorInvalidRequest', 'The value of a reference attachment cannot be read.');
  return { bytes: one.bytes, type: one.kind === 'item' ? 'text/plain' : (one.contentType ?? 'application/octet-stream') };
}
