import { z } from 'zod';
import { PortFailure } from '../sync/failures.ts';
import type { Reading, SideItem, Write, Written } from '../sync/ports.ts';
import { rowsOf, type ReadEvent } from './event-attendees.ts';
import { eventBody, newEventBody, type Attending, type EventBody } from './event-body.ts';
import { linked } from './event-web-link.ts';
import { eventRows, type ReadRules } from './event-content.ts';
import { editedBody } from './event-edit.ts';
import { refused } from './event-refusals.ts';
import { chainsOf, sendInOrder } from './event-chains.ts';
import { inLanes } from './lanes.ts';
import { notUnderstood } from './mailbox-level.ts';
import { REQUESTS_IN_FLIGHT } from './middleware/concurrency.ts';
import { userPath, withQuery } from './query.ts';
import type { Request, Transport } from './transport.ts';

export interface WriteOptions {
  readonly transport: Transport;
  readonly rules: ReadRules;
  /** IANA zone in which times are written; null: UTC. */
  readonly zone: string | null;
  readonly readOne: (id: string) => Promise<Reading>;
  /** Where If-Match is not honoured: the version is looked at just before each write. What is edited in that moment can still be overwritten. */
  readonly looksFirst?: boolean;
}

/** So many writes without an answer in a row say that nobody listens: each further one could leave one more reservation open. */
const SILENT_IN_A_ROW = 4;

const standing = z.object({ '@odata.etag': z.string() });

/** Several writes at a time, each by itself; results in order. */
export function eventWriter({ transport, rules, zone, readOne, looksFirst = false }: WriteOptions): (writes: readonly Write[]) => Promise<readonly Written[]> {
  const { mailboxId } = rules.mailbox;

  /** Null: what the body holds besides its text would be lost. */
  function requestFor(write: Write): Request | null {
    const request = plainRequest(write);
    const carried = request === null ? null : linked(write, (request.body ?? {}) as EventBody, rules.webLink ?? null);
    return request === null || carried === null ? request : { ...request, body: carried.body };
  }

  /** Where the answer says it is: a line is shown, a property is not told. */
  function linkIn(write: Write, item: ReadEvent): Pick<SideItem, 'linked'> {
    const carried = linked(write, {}, rules.webLink ?? null);
    if (carried === null || (carried.where === 'body' && item.hasLine !== true)) return {};
    return { linked: carried.where };
  }

  function plainRequest(write: Write): Request | null {
    switch (write.kind) {
      case 'create':
        return { method: 'POST', path: userPath(mailboxId, 'events'), body: newEventBody(write.content, write.pairId, rules.mailbox, zone, rules.fields?.write(write.content, null)) };
      case 'update': {
        const html = editedBody(write);
        if (html === null) return null;
        return { method: 'PATCH', path: userPath(mailboxId, 'events', write.id), headers: { 'If-Match': write.version }, body: eventBody(write.content, zone, { ...attending(write.current), ...html, ...(rules.fields === undefined ? {} : { fields: rules.fields.write(write.content, write.current) }) }) };
      }
      case 'delete':
        return { method: 'DELETE', path: userPath(mailboxId, 'events', write.id), headers: { 'If-Match': write.version } };
    }
  }

  function attending(current: SideItem | null): Attending {
    return { own: rules.mailbox.addresses, read: current === null ? [] : (rowsOf(current) ?? []) };
  }

  async function writeOne(write: Write): Promise<Written> {
    let answer: unknown;
    try {
      const request = requestFor(write);
      if (request === null) return { outcome: 'conflict' };
      if (looksFirst && write.kind !== 'create' && !(await isStill(write))) return { outcome: 'conflict' };
      answer = await transport.send(request);
    } catch (failure) {
      if (failure instanceof PortFailure) return outcomeOf(write, failure);
      throw failure;
    }
    if (write.kind === 'delete') return { outcome: 'written', item: null };
    const row = (await eventRows(rules))(answer);
    // Carried out, but what is stored now was not told: that is an answer lost.
    return row.kind === 'item' ? { outcome: 'written', item: { ...withUntold(write, row.item), ...linkIn(write, row.item) } } : { outcome: 'lost', failure: notUnderstood(true) };
  }

  async function isStill({ id, version }: Write & { readonly kind: 'update' | 'delete' }): Promise<boolean> {
    const parsed = standing.safeParse(await transport.send({ path: withQuery(userPath(mailboxId, 'events', id), { $select: 'id' }) }));
    return parsed.success && parsed.data['@odata.etag'] === version;
  }

  /** No answer shows extended properties: they are what was sent, unless the version is still the one that the write was sent for. Then nothing of it was stored. */
  function withUntold(write: Write & { readonly kind: 'create' | 'update' }, item: SideItem): SideItem {
    if (rules.fields === undefined || item.masked === true) return item;
    const nothingStored = write.kind === 'update' && item.version === write.version;
    return { ...item, content: { ...item.content, ...rules.fields.untold(nothingStored ? {} : write.content, write.kind === 'update' ? write.current : null) } };
  }

  async function outcomeOf(write: Write, failure: PortFailure): Promise<Written> {
    const code = failure.details.code ?? failure.reason;
    if (write.kind === 'create' && code === 'ErrorDuplicateTransactionId') return { outcome: 'exists' };
    switch (failure.reason) {
      case 'conflict':
        return { outcome: 'conflict' };
      case 'notFound':
        if (write.kind !== 'create') return { outcome: 'gone' };
        return { outcome: 'notSent', failure: new PortFailure('graph', 'mailboxUnavailable', "Graph does not find this user's calendar: check the mailbox in Exchange Online.", failure.details) };
      case 'recordRejected':
        return { outcome: 'rejected', code };
      case 'gone':
        return { outcome: 'gone' };
      case 'permission':
        // A second deletion under an immutable id may be answered so (graph.md 12.16).
        return write.kind === 'delete' && code === 'ErrorCannotDeleteObject' ? undeletable(write.id, code) : { outcome: 'rejected', code };
      default:
        return failure.details.outcomeUnknown === true ? { outcome: 'lost', failure } : { outcome: 'notSent', failure };
    }
  }

  async function undeletable(id: string, code: string): Promise<Written> {
    try {
      const { state } = await readOne(id);
      return state === 'deleted' ? { outcome: 'gone' } : { outcome: 'rejected', code };
    } catch (failure) {
      if (failure instanceof PortFailure) return { outcome: 'notSent', failure };
      throw failure;
    }
  }

  return async function write(writes) {
    let stopped: PortFailure | null = null;
    let silent = 0;

    async function send(one: Write): Promise<Written> {
      const refusal = refused(one);
      if (refusal !== null) return refusal;
      if (stopped !== null) return { outcome: 'notSent', failure: stopped };
      const written = await writeOne(one);
      const failure = written.outcome === 'lost' || written.outcome === 'notSent' ? written.failure : null;
      silent = failure === null ? 0 : silent + 1;
      // Throttled, no mailbox, no token: that holds for the rest, too.
      if (failure !== null && (failure.reason !== 'transient' || silent >= SILENT_IN_A_ROW)) stopped ??= withoutOutcome(failure);
      return written;
    }

    const chains = chainsOf(writes);
    const results = new Map((await inLanes(REQUESTS_IN_FLIGHT, chains, (chain) => sendInOrder(chain, send, readOne))).flat());
    return writes.map((one) => results.get(one) ?? { outcome: 'notSent', failure: stopped ?? notUnderstood() });
  };
}

/** The same reason, for what was not sent because of it. */
function withoutOutcome(failure: PortFailure): PortFailure {
  const { code, retryAfterMs } = failure.details;
  return new PortFailure(failure.port, failure.reason, failure.message, { ...(code === undefined ? {} : { code }), ...(retryAfterMs === undefined ? {} : { retryAfterMs }) });
}
