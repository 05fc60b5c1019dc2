import { addAttachment, ATTACHMENT_MEMBERS, holdMessageSize, rawContent, readAttachment, removeAttachment, showAttachment } from './attachments.ts';
import { bodyOf, mailboxOf } from './call.ts';
import type { Call } from './call.ts';
import type { StoredAttachment, StoredEvent } from './event-model.ts';
import { itemOf } from './event-routes.ts';
import { badRequest, itemNotFound, notModelled } from './failure.ts';
import type { Answer } from './failure.ts';
import { allowOptions, readSelect } from './odata-query.ts';
import { isRecord } from './request-json.ts';
import { mailAttachments, mayEdit } from './meetings.ts';
import type { UploadSessions } from './upload-sessions.ts';

const ATTACHMENT = 'microsoft.graph.attachment';

function eventOf(call: Call, purpose: 'read' | 'write'): StoredEvent {
  const { item } = itemOf(call, purpose);
  if (item.occurrence !== undefined) {
    // An occurrence shows its series' attachments; its own would make it an exception.
    if (purpose === 'write') throw notModelled('attachments of one occurrence');
  }
  return item.event;
}

function attachmentOf(call: Call, event: StoredEvent): StoredAttachment {
  const found = event.attachments.find((one) => one.id === call.params['attachment']);
  if (found === undefined) throw itemNotFound();
  return found;
}

function contextOf(call: Call): string {
  return `${call.baseUrl}/v1.0/$metadata#users('${encodeURIComponent(call.params['user'] ?? '')}')/events('${encodeURIComponent(call.params['event'] ?? '')}')/attachments`;
}

export function listAttachments(call: Call): Answer {
  allowOptions(call.query, ['$select', '$count'], 'the attachments of an event');
  const select = readSelect(call.query.get('$select'), ATTACHMENT_MEMBERS, ATTACHMENT);
  const value = eventOf(call, 'read').attachments.map((one) => showAttachment(call.exchange, one, select));
  return { status: 200, body: { '@odata.context': contextOf(call), ...(call.query.get('$count') === 'true' ? { '@odata.count': value.length } : {}), value } };
}

export function getAttachment(call: Call): Answer {
  allowOptions(call.query, ['$select'], ATTACHMENT);
  const select = readSelect(call.query.get('$select'), ATTACHMENT_MEMBERS, ATTACHMENT);
  return { status: 200, body: { '@odata.context': `${contextOf(call)}/$entity`, ...showAttachment(call.exchange, attachmentOf(call, eventOf(call, 'read')), select) } };
}

export function getAttachmentValue(call: Call): Answer {
  const { bytes, type } = rawContent(attachmentOf(call, eventOf(call, 'read')));
  return { status: 200, bytes, headers: { 'content-type': type } };
}

export function postAttachment(call: Call): Answer {
  const event = editable(call);
  const input = bodyOf(call);
  if (!isRecord(input)) throw badRequest('The request body must be a JSON object.', 'BadRequest');
  // A link is the work of a person's Outlook: an application cannot make one in v1.0 (event-post-attachments).
  const isLink = call.caller.kind === 'person' && input['@odata.type'] === '#microsoft.graph.referenceAttachment';
  const added = isLink ? { kind: 'reference' as const, name: String(input['name']), contentType: null, contentId: null, isInline: false, bytes: new Uint8Array() } : readAttachment(input);
  const attachment = addAttachment(call.exchange, mailboxOf(call), event, added);
  mailAttachments(call.exchange, mailboxOf(call), event.id);
  return { status: 201, body: { '@odata.context': `${contextOf(call)}/$entity`, ...showAttachment(call.exchange, attachment, null) } };
}

export function deleteAttachment(call: Call): Answer {
  const event = editable(call);
  removeAttachment(call.exchange, mailboxOf(call), event, attachmentOf(call, event).id);
  mailAttachments(call.exchange, mailboxOf(call), event.id);
  return { status: 204 };
}

export function createUploadSession(call: Call, sessions: UploadSessions): Answer {
  const event = editable(call);
  const session = sessions.open(call.exchange, { mailboxId: mailboxOf(call).user.id, eventId: event.id }, bodyOf(call), (size) => holdMessageSize(call.exchange, event, size));
  return { status: 201, body: { '@odata.context': `${call.baseUrl}/v1.0/$metadata#microsoft.graph.uploadSession`, ...session } };
}

function editable(call: Call): StoredEvent {
  const event = eventOf(call, 'write');
  mayEdit(call.exchange, event, { content: {}, members: ['attachments'] });
  return event;
}
