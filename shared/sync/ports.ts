import type { EventName } from '../config/names.ts';
import type { Content, Json } from '../model/content.ts';
import type { Answer } from '../model/participants.ts';
import type { Instant } from '../model/time/instant.ts';
import type { FailureReason, PortFailure } from './failures.ts';

/** The only source of time. Everything that waits, waits here, so that a simulation can run in virtual time. */
export interface Clock {
  /** Epoch milliseconds, UTC. */
  now(): Instant;
  /** Milliseconds since some fixed point; never goes back. */
  monotonic(): number;
  /** Resolves after so many milliseconds, rejects at once when the signal fires. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The only source of chance: numbers in [0, 1). */
export type Random = () => number;

/** One line of telemetry: a closed name and plain fields; never subjects, bodies, addresses or secrets. */
export type Report = (event: EventName, fields: Readonly<Record<string, string | number | boolean | null>>) => void;

export type Side = 'graph' | 'crm';

/** Start inclusive, end exclusive. */
export interface Span {
  readonly start: Instant;
  readonly end: Instant;
}

/** One mailbox of one tenant: everything a pass needs to know to open both sides. */
export interface MailboxRef {
  readonly tenantId: string;
  /** Entra object id. */
  readonly mailboxId: string;
  /** All SMTP addresses, lower case, the primary one first; behind them Exchange's inner ones (`/o=…`) where Entra tells any. */
  readonly addresses: readonly string[];
  /** SeqNo of the rep on the CRM side. */
  readonly rep: number;
  /** The rep's e-mail address 1: the CRM impersonates by it. */
  readonly repEmail: string;
  /** It left the list and came back: what others told of its meetings meanwhile is no person's doing. */
  readonly returned?: true;
  /** Since when it has this rep, where it had another one before, or he another mailbox. */
  readonly repSince?: Instant;
}

// ---------------------------------------------------------------------------------------------------------------- sides

/** Why an item is left alone for now. It is never taken for deleted because of it. `series`: an occurrence that does not tell which one it is. */
export type OutOfScope = 'meeting' | 'copyOfMeeting' | 'series' | 'private' | 'otherType' | 'filtered' | 'published' | 'draft' | 'cancelled' | 'otherRep' | 'invalid';

/** One item as one side holds it, translated. */
export interface SideItem {
  /** Graph: immutable id. CRM: decimal record id. */
  readonly id: string;
  /** What a guarded write is conditional on. Graph: @odata.etag. CRM: 'yyyy-mm-dd hh:mm:ss' stamp in the CRM's wall clock. */
  readonly version: string;
  /** The item's own last-modified stamp as an instant. */
  readonly modified: Instant;
  /** The CRM stamp lies in the hour that occurs twice (or is otherwise not one instant). */
  readonly modifiedAmbiguous?: boolean;
  readonly content: Content;
  /** Groups of which this side holds more than the canonical text shows (images, tables, online-meeting blocks). */
  readonly fuller: readonly string[];
  readonly outOfScope: OutOfScope | null;
  /** The pair id that our create left on it (transactionId, ExtKey); anybody may have copied it. */
  readonly key: string | null;
  readonly span: Span;
  /** Graph: something is attached to it, beside what its text shows. */
  readonly files?: true;
  /** CRM: the documents that people linked to it; absent where the rules leave them in the CRM. */
  readonly documents?: readonly LinkedDocument[];
  /** Graph: an occurrence or an exception of a series. */
  readonly series?: InSeries;
  /** CRM: one of a series that was made there: it names a main record, or is named as such (set by the engine). */
  readonly ofSeries?: boolean;
  /** Graph: whose meeting it is; absent = an appointment without anybody else. */
  readonly meeting?: Meeting;
  /** CRM: written one way by us or the predecessor (the marker of published records). */
  readonly published?: boolean;
  /** CRM: SeqNo of the rep it belongs to now. */
  readonly rep?: number | null;
  /** Of a record of another rep: he is one of the tenant's synchronized users. Set by the engine. */
  readonly repSynchronized?: boolean;
  /** Graph, of an answer to a write that carried a web link: where it stands now. */
  readonly linked?: 'body' | 'property';
  /** Graph: private, and its content is the mask that the rule allows (with `off` without time and show-as): nothing of it ever flows back. */
  readonly masked?: boolean;
  /** Of a masked item: fingerprint of what is behind the mask, so that an edit there can be told though nobody sees it. */
  readonly hidden?: string;
}

/** What Graph tells of a meeting beside its content. */
export interface Meeting {
  readonly role: 'organizer' | 'attendee';
  /** Lower-case address, or Exchange's inner one; null where Graph tells none. */
  readonly organizer: string | null;
  /** The mailbox owner's own answer. */
  readonly response: 'organizer' | 'none' | 'notResponded' | Answer;
  readonly cancelled: boolean;
  /** Of a copy: its organizer is one of the tenant's synchronized users, or was when the meeting came into the CRM: it is his mailbox's. Set by the engine. */
  readonly organizerSynchronized?: boolean;
  /** Of a copy: the record of its organizer, who is synchronized no more; the copy tells of its owner's part in it alone. Set by the engine. */
  readonly formerRecord?: { readonly crmId: string; readonly rep: number };
  /** The same on every copy of a meeting, in every mailbox; of an occurrence with its original date behind it. */
  readonly iCalUId: string | null;
}

/** Which occurrence of which series an item is. */
export interface InSeries {
  /** Id of the series master. */
  readonly masterId: string;
  /** Where the pattern puts it, on the series' own clock ('2026-04-11'): it stays when the occurrence is moved. */
  readonly date: string;
}

/** A row of a series, as a delta shows it: that something of the series changed. */
export interface SeriesRow {
  readonly id: string;
  readonly masterId: string;
  /** One for the whole series; null where the row does not tell it. */
  readonly version: string | null;
}

/** A series as a whole, as it was read in this pass. */
export type SeriesReading =
  /** Every occurrence that meets the span, and the original dates of those that were taken out; null: nothing that was expected is missing, so nobody asked. */
  | { readonly state: 'present'; readonly version: string | null; readonly items: readonly SideItem[]; readonly cancelled: ReadonlySet<string> | null }
  /** It is there, and does not show its occurrences: lists lag behind what was just written. */
  | { readonly state: 'late' }
  /** The id is that of an appointment without repetition. */
  | { readonly state: 'single'; readonly item: SideItem }
  | Exclude<Reading, { readonly state: 'present' | 'series' }>;

export type Reading =
  | { readonly state: 'present'; readonly item: SideItem }
  /** The id is that of a series as a whole: it is read as such (`readSeries`). */
  | { readonly state: 'series'; readonly masterId: string; readonly version: string | null }
  /** Positively deleted on that side (design 5.5). */
  | { readonly state: 'deleted' }
  /** It lives, but where the connector does not look (another calendar): the pair rests. */
  | { readonly state: 'elsewhere' }
  /** No trace and no proof of a deletion. */
  | { readonly state: 'unknown' }
  /** This item cannot be read: its own problem, the mailbox goes on. */
  | { readonly state: 'refused'; readonly reason: FailureReason };

export type Write =
  | { readonly kind: 'create'; readonly pairId: string; readonly content: Content; /** An earlier attempt may have taken effect. */ readonly repeated: boolean; /** CRM: `published` records are one way, under the owner's person, of the type Info, with the marker. Default `own`. */ readonly mode?: 'own' | 'published'; /** Graph: address of its record in CRM.web. */ readonly webLink?: string }
  | { readonly kind: 'update'; readonly pairId: string; readonly id: string; readonly version: string; /** Only the groups to write. */ readonly content: Content; /** Graph: the series of which it is an occurrence. */ readonly series?: string; /** What the item held when it was read, where known: for parts that must be kept. */ readonly current: SideItem | null; /** CRM: whom the record hangs on is set anew. own: the owner's own person and nothing else, for what is masked. people: the first of its participants. */ readonly link?: 'own' | 'people'; /** Graph: as in a create; with it alone nobody may be mailed. */ readonly webLink?: string }
  | { readonly kind: 'delete'; readonly pairId: string; readonly id: string; readonly version: string; readonly series?: string; /** As in an update: a copy of somebody else's meeting is not deleted. */ readonly current?: SideItem | null };

export type Written =
  /** Done; `item` is what the answer says is stored now (null after a deletion). */
  | { readonly outcome: 'written'; readonly item: SideItem | null }
  /** Somebody was faster (412, break): read, merge, try again. */
  | { readonly outcome: 'conflict' }
  /** The version read is too fresh to guard a write by it: try again after so many milliseconds. */
  | { readonly outcome: 'unsettled'; readonly retryAfterMs: number }
  /** The item is not there any more. */
  | { readonly outcome: 'gone' }
  /** A create whose key is taken: it exists or existed; look it up. */
  | { readonly outcome: 'exists' }
  /** This record will not be taken as it is (422, 403, 400): quarantined until its content changes. */
  | { readonly outcome: 'rejected'; readonly code: string; readonly field?: string }
  /** Surely not carried out. */
  | { readonly outcome: 'notSent'; readonly failure: PortFailure }
  /** The answer was lost: it may have been carried out. The reservation stays. */
  | { readonly outcome: 'lost'; readonly failure: PortFailure };

/** What both sides of a kind have in common. Every call may throw PortFailure for what concerns the whole mailbox, and LeaseLost. */
export interface SidePort {
  /** Present, deleted, elsewhere, unknown or refused for every id asked. */
  read(ids: readonly string[]): Promise<ReadonlyMap<string, Reading>>;
  /** By the key our create left there, deleted ones included; 'unknown' = no trace. */
  findByKey(pairIds: readonly string[]): Promise<ReadonlyMap<string, Reading>>;
  /** One result per write, in order. After a throttling answer nothing more is sent and the rest is `notSent`. */
  write(writes: readonly Write[]): Promise<readonly Written[]>;
  /** What this side would hold if this content was written to it (cut texts, wall-clock times): pure. */
  holds(content: Content): Content;
}

export interface PulledPage {
  readonly items: readonly SideItem[];
  /** Ids that Graph reports as `@removed`: questions, not answers. */
  readonly removed: readonly string[];
  /** Rows of series: what became of them is read from the series itself. */
  readonly series?: readonly SeriesRow[];
  /** Rows that could not be understood: id (if any) and why. Their item is read by id or left for the net. */
  readonly odd: readonly { readonly id: string | null; readonly why: string }[];
  /** Rows whose event was not read in the version that they tell: it is read by id. */
  readonly unread?: readonly UnreadRow[];
  /** Link of the next page, or of the next round; never both. */
  readonly next: string | null;
  readonly delta: string | null;
}

export interface UnreadRow {
  readonly id: string;
  readonly version: string;
  readonly modified: Instant;
}

export interface GraphSide extends SidePort {
  /** Whether this value can be written to a group of which the item holds more than it shows, without touching what it does not show: pure. */
  canEdit(item: SideItem, group: string, value: Json): boolean;
  /** One page of changes. A page that repeats or never ends throws PortFailure 'gone': start anew. */
  pull(from: { readonly window: Span } | { readonly link: string }): Promise<PulledPage>;
  /**
   * A series: its occurrences in the span. `expected`: ids of occurrences that should be among them; where one is missing, the series is asked for those
   * that were taken out of it.
   */
  readSeries(masterId: string, span: Span, expected: readonly string[]): Promise<SeriesReading>;
  /** Plain calendar view, one page: the net of reconciliation. */
  list(from: { readonly window: Span } | { readonly link: string }): Promise<{ readonly items: readonly SideItem[]; readonly next: string | null }>;
  /** Id of the container that is in scope (the default calendar). */
  home(): Promise<string>;
  /** Ids of items that carry our key and lie where the connector does not look (another calendar), by pairId. */
  findElsewhere(pairIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** Who an address is in the CRM. `acquaint` asks; the others answer from what was asked in this pass. */
export interface People {
  /** Loads who these addresses and CRM keys are, many to a request. */
  acquaint(addresses: readonly string[], crmKeys: readonly string[]): Promise<void>;
  /** The one rep or person with this address; a rep wins over the person of the same human being. */
  byAddress(address: string): { readonly key: string } | 'unknown' | 'ambiguous';
  /** The address to invite this rep or person under (lower case), null where there is none. */
  addressOf(crmKey: string): string | null;
  /** Display name of this rep or person. */
  nameOf(crmKey: string): string;
}

/** A record of another info area that a text names. */
export interface Link {
  readonly relation: string;
  /** Decimal record id. */
  readonly id: string;
}

export function linkKey({ relation, id }: Link): string {
  return `${relation} ${id}`;
}

export interface CrmSide extends SidePort {
  readonly people: People;
  /** This rep's records in the window, deleted ones left out, one page in key order after the given record id. */
  list(window: Span, after: string | null): Promise<{ readonly items: readonly SideItem[]; readonly next: string | null }>;
  /** Those of these records that are the main record of a series: others name it, where it may name none itself. */
  mainsOfSeries(ids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Address of the record in CRM.web for its event; null where the rules show none. */
  webLink(id: string): string | null;
  /** Those of these records that an activity can be linked to: they exist, and this rep sees them. By `linkKey`; what was asked in this pass is not asked again. */
  linkable(links: readonly Link[]): Promise<ReadonlySet<string>>;
  /** Hash of the record's row *and* stamp as the poll computes it (for `crmIndex`), known for every item of this rep that this side returned. */
  rowFingerprint(id: string): string | null;
}

export interface KindSides {
  readonly graph: GraphSide;
  readonly crm: CrmSide;
  /** Why the value of an additional field, as this side holds it, cannot be shown on the other one; null where it can. */
  unfit?(from: Side, group: string, value: Json): string | null;
  /** Absent where the rules leave attachments in Outlook. */
  readonly files?: FileSides;
  /** Absent where the rules leave documents in the CRM. */
  readonly documents?: DocumentSides;
}

// ---------------------------------------------------------------------------------------------- attachments and documents

export interface FileSides {
  readonly graph: EventFiles;
  readonly crm: Documents;
}

export interface DocumentSides {
  readonly graph: EventFiles;
  readonly crm: DocumentContents;
}

/** A document that a person linked to a record, without its content. */
export interface LinkedDocument {
  /** Decimal record id. */
  readonly id: string;
  /** gone: the document or its link is marked as deleted. */
  readonly state: 'there' | 'gone';
  readonly name: string;
  readonly type: string | null;
  readonly isPrivate: boolean;
  /** Moves with every change of the document. */
  readonly version: string;
}

/** What hangs on an event, without its content. */
export interface Attachment {
  /** Immutable. */
  readonly id: string;
  readonly kind: 'file' | 'item' | 'reference';
  readonly name: string;
  readonly type: string | null;
  /** Bytes, as Graph says: not exactly those of the content. */
  readonly size: number;
  readonly modified: string | null;
  readonly inline: boolean;
}

/** Whole where it is small, else as it comes: then it is read once. */
export type FileContent = { readonly bytes: Uint8Array } | { readonly chunks: AsyncIterable<Uint8Array> };

/** The attachments of the events of one mailbox. Every call may throw PortFailure and LeaseLost. */
export interface EventFiles {
  /** null: the event is not there. */
  list(eventId: string): Promise<readonly Attachment[] | null>;
  /** Hands the content over while it comes; null: it is not there any more, and nothing was handed over. */
  open<T>(eventId: string, file: Attachment, use: (content: FileContent) => Promise<T>): Promise<{ readonly used: T } | null>;
  /**
   * Attaches a file: what is whole by one request, else in parts while `chunks` hands it over. Returns it as Graph shows it, null where the answer does
   * not. Throws PortFailure; with `outcomeUnknown` where it may be attached. What `chunks` throws is thrown as it is, and nothing was attached.
   */
  attach(eventId: string, file: NewFile): Promise<Attachment | null>;
  /** Resolves, too, where it is gone already. */
  detach(eventId: string, attachmentId: string): Promise<void>;
}

export interface NewFile {
  readonly name: string;
  readonly type: string | null;
  /** Bytes, exactly. */
  readonly size: number;
  /** The content while it is handed over to `use`, once. */
  readonly content: { readonly bytes: Uint8Array } | { readonly chunks: (use: (chunks: AsyncIterable<Uint8Array>) => Promise<void>) => Promise<void> };
}

/** What is to be known of a file before it is sent in parts: from this size on it is (graph.md 5.10). */
export const SENT_IN_PARTS_FROM = 3 * 1024 * 1024;

/** A document as a write leaves it in the CRM. */
export interface DocumentContent {
  readonly name: string;
  readonly type: string | null;
  readonly isPrivate: boolean;
  readonly content: FileContent;
}

export type DocumentWrite =
  /** With its link to the record. */
  | { readonly kind: 'create'; readonly key: string; readonly parent: string; readonly file: DocumentContent; /** An earlier attempt may have taken effect. */ readonly repeated: boolean }
  | { readonly kind: 'update'; readonly key: string; readonly document: string; readonly file: DocumentContent; /** The record that it is to be linked to again; null = its link stays as it is. */ readonly relink: string | null }
  /** Its own members alone: the content stays. */
  | { readonly kind: 'flag'; readonly key: string; readonly document: string; readonly isPrivate: boolean }
  /** The link goes; `erase`: so does what the document tells. */
  | { readonly kind: 'unlink'; readonly key: string; readonly document: string; readonly link: string | null; readonly erase: boolean };

export type DocumentWritten =
  | { readonly outcome: 'written'; readonly document: string; readonly link: string | null }
  /** A person deleted the document. */
  | { readonly outcome: 'gone' }
  | { readonly outcome: 'rejected'; readonly code: string };

/** Contents of documents as one rep sees them. */
export interface DocumentContents {
  /**
   * Hands the content over while it comes, to its end; null: the document is not there for this rep. `settlesInMs`: it was read in the second of its stamp,
   * and may be saved once more without another one until so long from now; null = it may not. Throws PortFailure; what `use` throws is thrown as it is.
   */
  open<T>(document: string, use: (chunks: AsyncIterable<Uint8Array>) => Promise<T>): Promise<{ readonly used: T; readonly settlesInMs: number | null } | null>;
}

/** Documents of one rep in the CRM. */
export interface Documents {
  /** Throws PortFailure; with `outcomeUnknown` where it may have been carried out. */
  write(write: DocumentWrite): Promise<DocumentWritten>;
  /** What our create under this key left; null = nothing, or a person deleted it. */
  find(key: string, parent: string): Promise<{ readonly document: string; readonly link: string | null } | null>;
}

/**
 * Stands before every external call of a pass. `enter` resolves only when the lease outlives the call's timeout by ten seconds (renewing it if
 * needed), and throws LeaseLost when the mailbox is not ours any more, or PortFailure 'throttled' while a Retry-After runs or the request budget is used up.
 */
export interface Gate {
  enter(port: Side, timeoutMs: number): Promise<void>;
  /** Told of every refusal at once: of several calls in flight one may be throttled while another fails otherwise, and no Retry-After may be lost over it. */
  refused?(port: Side, failure: PortFailure): void | Promise<void>;
}

/** Who of a tenant is synchronized, and who was. */
export interface ColleagueList {
  /** Every address of synchronized mailboxes, lower case, inner ones (`/o=…`) too, and whose rep each is. */
  readonly addresses: ReadonlyMap<string, number>;
  /** Reps whose mailbox is synchronized. */
  readonly reps: ReadonlySet<number>;
  /** The same of mailboxes that left the list: what they held then is theirs still. */
  readonly former: ReadonlyMap<string, { readonly mailboxId: string; readonly rep: number }>;
}

/** What a pass may know of other mailboxes: the list, and what their pairs say. Nothing of theirs is ever written. */
export interface Colleagues {
  list(): Promise<ColleagueList>;
  /** Of these meetings (iCalUId) those that this mailbox organizes and that came into the CRM, with their record; null = it is over. */
  meetingsOf(mailboxId: string, kind: string, iCalUIds: readonly string[]): Promise<ReadonlyMap<string, string | null>>;
  /** What copies in other mailboxes told of these records while their organizer was not on the list: reps who were taken off, and whether the record was marked. */
  reportsOn(mailboxId: string, kind: string, infoArea: string, recordIds: readonly string[]): Promise<ReadonlyMap<string, { readonly takenOff: readonly number[]; readonly marked: boolean }>>;
  /** Those of these records that stand in the calendar of another mailbox (`shown`), or stood there until they were given away (`given`). */
  withOthers(mailboxId: string, kind: string, infoArea: string, recordIds: readonly string[]): Promise<ReadonlyMap<string, 'shown' | 'given'>>;
}

export interface Sides {
  open(kind: string, mailbox: MailboxRef, gate: Gate, colleagues: Colleagues): Promise<KindSides>;
}

// -------------------------------------------------------------------------------------------------------------- storage

export type Cell = string | number | boolean;

/** A table row. Keys hold no `/ \ # ?` or control characters (rows.ts encodes them); a string cell holds at most 32K UTF-16 units. */
export interface Row {
  readonly rowKey: string;
  readonly cells: Readonly<Record<string, Cell>>;
}

export interface StoredRow extends Row {
  readonly etag: string;
  /** When the storage last wrote the row, by its own clock. */
  readonly timestamp: Instant;
}

export type RowChange =
  | { readonly op: 'insert'; readonly row: Row }
  /** Replaces the row; without etag whatever it is (it must exist). */
  | { readonly op: 'replace'; readonly row: Row; readonly etag?: string }
  /** Inserts or replaces. */
  | { readonly op: 'put'; readonly row: Row }
  /** Inserts, or sets the given cells and leaves the others. */
  | { readonly op: 'merge'; readonly row: Row }
  | { readonly op: 'delete'; readonly rowKey: string; readonly etag?: string };

/** Failures: PortFailure('state', 'conflict' | 'notFound' | 'transient' | 'configuration' | 'recordRejected' (too large)). */
export interface Tables {
  get(table: string, partition: string, rowKey: string): Promise<StoredRow | null>;
  /** Rows with from <= rowKey < to in key order, all pages (a page of 1,000 rows is one request); `limit` bounds the rows. `date` is the storage's clock. */
  range(table: string, partition: string, bounds?: { readonly from?: string; readonly to?: string; readonly limit?: number }): Promise<{ readonly rows: readonly StoredRow[]; readonly date: Instant }>;
  /** Several rows by key in few requests (filters of at most 15 comparisons). Missing ones are absent. */
  pick(table: string, partition: string, rowKeys: readonly string[]): Promise<ReadonlyMap<string, StoredRow>>;
  /** Every row of the table, partition by partition: for jobs over small tables only. */
  scan(table: string, bounds?: { readonly partitionFrom?: string; readonly partitionTo?: string }): AsyncIterable<{ readonly partition: string; readonly row: StoredRow }>;
  /** One atomic transaction of 1 to 100 changes; the new ETags in order (null for deletions). 409, 412 and a missing row: 'conflict', nothing was written. */
  transact(table: string, partition: string, changes: readonly RowChange[]): Promise<readonly (string | null)[]>;
}

export interface ReceivedMessage {
  readonly id: string;
  readonly text: string;
  readonly popReceipt: string;
  readonly dequeueCount: number;
  readonly insertedAt: Instant;
}

/** Messages are texts of at most 48 KiB (64 KiB as base64); they arrive at least once, in no order. */
export interface Queues {
  send(queue: string, text: string, options?: { readonly visibleAfterMs?: number; readonly timeToLiveMs?: number | 'forever' }): Promise<void>;
  receive(queue: string, options: { readonly max: number; readonly invisibleMs: number }): Promise<readonly ReceivedMessage[]>;
  /** New pop receipt. PortFailure 'conflict' when the message was received by somebody else meanwhile, 'notFound' when it is gone. */
  update(queue: string, message: { readonly id: string; readonly popReceipt: string; readonly text: string }, invisibleMs: number): Promise<string>;
  remove(queue: string, message: { readonly id: string; readonly popReceipt: string }): Promise<void>;
  /** Approximate number of messages, invisible ones included. */
  length(queue: string): Promise<number>;
}

export interface Blobs {
  /** Writes whatever was there; with `onlyNew` an existing blob stays, with `ifMatch` one of another ETag (or none), and the answer is false. */
  put(container: string, name: string, bytes: Uint8Array, options?: { readonly onlyNew?: boolean; readonly ifMatch?: string; readonly contentType?: string }): Promise<boolean>;
  get(container: string, name: string): Promise<{ readonly bytes: Uint8Array; readonly etag: string } | null>;
  /** Only if the ETag moved; null = unchanged. */
  getIfChanged(container: string, name: string, etag: string): Promise<{ readonly bytes: Uint8Array; readonly etag: string } | null | 'missing'>;
  list(container: string, prefix: string): Promise<readonly { readonly name: string; readonly etag: string }[]>;
  remove(container: string, name: string): Promise<void>;
}

export interface Storage {
  readonly tables: Tables;
  readonly queues: Queues;
  readonly blobs: Blobs;
}
