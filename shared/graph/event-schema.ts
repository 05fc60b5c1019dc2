import { z } from 'zod';
import type { SeriesRow } from '../sync/ports.ts';

/**
 * Rows of Graph, as far as appointments need them. A member that delta leaves out makes a row sparse (graph.md 2.3): it must be there, though it
 * may be null. What newer versions of Graph add is ignored.
 */
const dateTimeTimeZone = z.object({ dateTime: z.string(), timeZone: z.string() });

/** Any of its members may be missing, and the address may be anything (docs issues 4477, 13898, contrib issue 825). */
const mailAddress = z.object({ name: z.string().nullish(), address: z.string().nullish() });
const status = z.object({ response: z.string().nullish() });
const attendee = z.object({ type: z.string().nullish(), status: status.nullish(), emailAddress: mailAddress.nullish() });

export type GraphMailAddress = z.output<typeof mailAddress>;
export type GraphAttendee = z.output<typeof attendee>;

const EVENT_TYPES = ['singleInstance', 'occurrence', 'exception', 'seriesMaster'] as const;

/** Halves of surrogate pairs cannot be encoded into an address, so that nothing could be asked of such an id. */
const itemId = z.string().regex(/^\P{Surrogate}+$/u);
/** Goes back as If-Match: a header holds no other signs. */
const version = z.string().regex(/^[\x20-\x7e]+$/);

const eventSchema = z.object({
  '@odata.etag': version,
  id: itemId,
  type: z.enum(EVENT_TYPES),
  lastModifiedDateTime: z.iso.datetime({ offset: true }),
  subject: z.string().nullable(),
  body: z.object({ contentType: z.string(), content: z.string().nullable() }).nullable(),
  start: dateTimeTimeZone,
  end: dateTimeTimeZone,
  isAllDay: z.boolean().nullable(),
  showAs: z.string().nullable(),
  importance: z.string().nullable(),
  sensitivity: z.string().nullable(),
  categories: z.array(z.string()).nullable(),
  isReminderOn: z.boolean().nullable(),
  reminderMinutesBeforeStart: z.number().nullable(),
  location: z.object({ displayName: z.string().nullish() }).nullable(),
  attendees: z.array(attendee).nullable(),
  hideAttendees: z.boolean().nullish(),
  organizer: z.object({ emailAddress: mailAddress.nullish() }).nullish(),
  isOrganizer: z.boolean().nullable(),
  isCancelled: z.boolean().nullable(),
  isDraft: z.boolean().nullish(),
  isOnlineMeeting: z.boolean().nullish(),
  hasAttachments: z.boolean().nullish(),
  responseStatus: status.nullish(),
  iCalUId: z.string().nullish(),
  seriesMasterId: z.string().nullish(),
  /** Only of occurrences and exceptions: where the pattern puts them, in UTC. */
  originalStart: z.string().nullish(),
  originalStartTimeZone: z.string().nullish(),
  /** `OID.{masterId}.{date}`; not in the metadata of v1.0, and answered all the same (msgraph-metadata issue 827). */
  occurrenceId: z.string().nullish(),
  transactionId: z.string().nullish(),
  singleValueExtendedProperties: z.array(z.object({ id: z.string(), value: z.string().nullish() })).nullish(),
});

/** Enough to know which series is meant: delta shows hardly more of an occurrence (graph.md 2.2). */
const seriesRowSchema = z.object({
  '@odata.etag': z.string().nullish(),
  id: itemId,
  type: z.enum(['occurrence', 'exception', 'seriesMaster']),
  seriesMasterId: itemId.nullish(),
});

export type GraphEvent = z.output<typeof eventSchema>;

export type EventRow =
  | { readonly kind: 'event'; readonly event: GraphEvent }
  | { readonly kind: 'removed'; readonly id: string }
  | { readonly kind: 'odd'; readonly id: string | null; readonly why: string };

/** One row by itself: an odd one says which members are odd, never what they hold. */
export function parseEventRow(value: unknown): EventRow {
  const id = z.object({ id: itemId }).safeParse(value).data?.id ?? null;
  if (id !== null && typeof value === 'object' && value !== null && '@removed' in value) return { kind: 'removed', id };
  const event = eventSchema.safeParse(value);
  if (event.success) return { kind: 'event', event: event.data };
  return { kind: 'odd', id, why: `missing or not understood: ${oddMembers(event.error)}` };
}

/** A row of a series, whole or thin: which one, and its version; null where it is none. */
export function seriesOf(value: unknown): SeriesRow | null {
  const row = seriesRowSchema.safeParse(value);
  if (!row.success) return null;
  const { id, type, seriesMasterId } = row.data;
  const masterId = type === 'seriesMaster' ? id : seriesMasterId;
  return masterId == null ? null : { id, masterId, version: row.data['@odata.etag'] ?? null };
}

function oddMembers(error: z.ZodError): string {
  const members = error.issues.map((issue) => issue.path.filter((part) => typeof part === 'string').join('.') || 'the row');
  return [...new Set(members)].sort().join(', ');
}

export const pageSchema = z.object({
  value: z.array(z.unknown()),
  '@odata.nextLink': z.string().min(1).optional(),
  '@odata.deltaLink': z.string().min(1).optional(),
});

export type GraphPage = z.output<typeof pageSchema>;

/** What is asked for where Graph lets us choose: delta does not (graph.md 2.1). */
export const EVENT_MEMBERS = Object.keys(eventSchema.shape)
  .filter((name) => !name.startsWith('@') && name !== 'singleValueExtendedProperties' && name !== 'occurrenceId')
  .join(',');
