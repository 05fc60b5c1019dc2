import { addAttachment } from './attachments.ts';
import type { Exchange } from './exchange.ts';
import { badRequest, GraphFailure, itemNotFound } from './failure.ts';
import { mailAttachments } from './meetings.ts';
import type { Answer } from './failure.ts';
import { isRecord, readText, refuseOtherMembers } from './request-json.ts';
import { stampOf } from './zones.ts';

const LEAST = 3 * 1024 * 1024;
const MOST = 150 * 1024 * 1024;
const MOST_AT_ONCE = 4 * 1024 * 1024;
const LIFE_MS = 3 * 3_600_000;

interface Session {
  mailboxId: string;
  eventId: string;
  name: string;
  contentType: string | null;
  isInline: boolean;
  contentId: string | null;
  size: number;
  parts: Uint8Array[];
  received: number;
  expiresAt: number;
}

export interface UploadSessions {
  open(exchange: Exchange, owner: Pick<Session, 'mailboxId' | 'eventId'>, input: unknown, holdSize: (size: number) => void): Record<string, unknown>;
  /** A PUT to the address that was handed out: it carries its own authorization. */
  put(exchange: Exchange, request: Request, url: URL): Promise<Answer>;
}

export const UPLOADS = '/upload-sessions/';

/** Large attachments come in parts, to an address of their own (outlook-large-attachments). */
export function createUploadSessions(baseUrl: string): UploadSessions {
  const all = new Map<string, Session>();
  return {
    open(exchange, owner, input, holdSize) {
      const item = isRecord(input) ? (input['AttachmentItem'] ?? input['attachmentItem']) : undefined;
      if (!isRecord(item)) throw badRequest('The request body holds an AttachmentItem.', 'BadRequest');
      refuseOtherMembers(item, ['attachmentType', 'name', 'size', 'contentType', 'isInline', 'contentId'], [], 'microsoft.graph.attachmentItem');
      if (item['attachmentType'] !== 'file') throw badRequest('Only files are uploaded in parts.');
      const size = item['size'];
      if (typeof size !== 'number' || !Number.isInteger(size)) throw badRequest("The property 'size' is required.", 'ErrorInvalidRequest');
      if (size < LEAST) throw badRequest('The size of the attachment is less than the minimum size of an upload session.', 'ErrorAttachmentSizeShouldNotBeLessThanMinimumSize');
      if (size > MOST) throw badRequest('The size of the attachment is larger than the maximum size.', 'ErrorAttachmentSizeLimitExceeded');
      holdSize(size);
      const id = exchange.ids.mutableId();
      const expiresAt = exchange.clock.now() + LIFE_MS;
      const text = (name: string): string | null => (item[name] == null ? null : readText(item[name], name));
      all.set(id, { ...owner, name: readText(item['name'], 'name'), contentType: text('contentType'), contentId: text('contentId'), isInline: item['isInline'] === true, size, parts: [], received: 0, expiresAt });
      return { uploadUrl: `${baseUrl}${UPLOADS}${encodeURIComponent(id)}?authtoken=${exchange.ids.changeKey().replace(/[^A-Za-z0-9]/g, '')}`, expirationDateTime: stampOf(expiresAt), nextExpectedRanges: ['0'] };
    },
    async put(exchange, request, url) {
      const id = decodeURIComponent(url.pathname.slice(UPLOADS.length));
      const session = all.get(id);
      if (request.headers.has('authorization')) throw new GraphFailure(401, 'InvalidAuthenticationToken', 'The upload address carries its own authorization; leave the header out.');
      if (session === undefined || session.expiresAt < exchange.clock.now()) throw new GraphFailure(404, 'ErrorUploadSessionNotFound', 'The upload session is not there any more.');
      if (request.method === 'DELETE') {
        all.delete(id);
        return { status: 204 };
      }
      const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(request.headers.get('content-range') ?? '');
      const bytes = new Uint8Array(await request.arrayBuffer());
      const [from, to, total] = [Number(range?.[1]), Number(range?.[2]), Number(range?.[3])];
      if (bytes.length > MOST_AT_ONCE) throw new GraphFailure(413, 'RequestEntityTooLarge', 'A part holds at most 4 MB.');
      if (range === null || total !== session.size || to - from + 1 !== bytes.length || from !== session.received) {
        throw new GraphFailure(416, 'ErrorInvalidRange', 'The part is not the one that comes next.');
      }
      session.parts.push(bytes);
      session.received = to + 1;
      if (session.received < session.size) return { status: 200, body: { '@odata.context': `${baseUrl}/v1.0/$metadata#microsoft.graph.uploadSession`, expirationDateTime: stampOf(session.expiresAt), nextExpectedRanges: [String(session.received)] } };
      all.delete(id);
      const mailbox = exchange.mailboxes.get(session.mailboxId);
      const event = mailbox?.events.get(session.eventId);
      if (mailbox === undefined || event?.place !== 'calendar') throw itemNotFound();
      const { name, contentType, contentId, isInline } = session;
      const made = addAttachment(exchange, mailbox, event, { kind: 'file', name, contentType, contentId, isInline, bytes: new Uint8Array(Buffer.concat(session.parts)) });
      mailAttachments(exchange, mailbox, event.id);
      return { status: 201, headers: { location: `${baseUrl}/v1.0/users/${session.mailboxId}/events/${encodeURIComponent(session.eventId)}/attachments/${encodeURIComponent(made.id)}` } };
    },
  };
}
