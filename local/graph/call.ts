import type { View } from './event-output.ts';
import type { Exchange, Mailbox, SimTenant } from './exchange.ts';
import { badRequest, itemNotFound } from './failure.ts';
import type { Answer } from './failure.ts';
import { readPrefer } from './odata-query.ts';
import type { Query } from './odata-query.ts';
import { parseJson } from './request-json.ts';
import { findZone } from './zones.ts';

/** Who asks: an application with its bearer token, or a person's Outlook. */
export type Caller =
  | { kind: 'app'; tenant: SimTenant; token: string; appId: string }
  | { kind: 'person'; tenant: SimTenant; userId: string };

/** One request after authentication and routing. */
export interface Call {
  exchange: Exchange;
  baseUrl: string;
  caller: Caller;
  method: string;
  /** Path after `/v1.0`, as the client wrote it. */
  path: string;
  query: Query;
  headers: Headers;
  text: string;
  params: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

export type Handler = (call: Call) => Answer | Promise<Answer>;

export const bodyOf = (call: Call): unknown => (call.text === '' ? {} : parseJson(call.text));

export function linkTo(call: Call, query: string): string {
  return `${call.baseUrl}/v1.0${call.path}?${query}`;
}

/** The Prefer headers of a call and the line that says which were applied. */
export function viewOf(call: Call): { view: View; applied: Record<string, string> } {
  const prefer = readPrefer(call.headers);
  const applied: string[] = [];
  const zoneName = prefer.get('outlook.timezone');
  const zone = zoneName === undefined ? null : findZone(zoneName);
  if (zone === undefined) {
    throw badRequest(`A valid TimeZone value must be specified. The following TimeZone value is not supported: '${zoneName}'.`, 'TimeZoneNotSupportedException');
  }
  if (zone !== null) applied.push(`outlook.timezone="${zoneName}"`);
  const textBody = prefer.get('outlook.body-content-type')?.toLowerCase() === 'text';
  if (textBody) applied.push('outlook.body-content-type="text"');
  const immutableIds = prefer.get('idtype')?.toLowerCase() === 'immutableid';
  if (immutableIds) applied.push('IdType="ImmutableId"');
  const pageSize = prefer.get('odata.maxpagesize');
  if (pageSize !== undefined) applied.push(`odata.maxpagesize=${pageSize}`);
  return {
    view: { zone: zone === null ? null : { name: zoneName ?? zone.name, iana: zone.iana }, textBody, immutableIds, quirks: call.exchange.quirks() },
    applied: applied.length > 0 ? { 'preference-applied': applied.join(', ') } : {},
  };
}

export function preferredPageSize(call: Call): number | undefined {
  const size = Number(readPrefer(call.headers).get('odata.maxpagesize'));
  return Number.isInteger(size) && size > 0 ? Math.min(size, 1_000) : undefined;
}

/** The mailbox of the call; the router has already refused unknown users and users without one. */
export function mailboxOf(call: Call): Mailbox {
  const mailbox = call.exchange.mailboxes.get(call.params['user'] ?? '');
  if (mailbox === undefined) throw itemNotFound();
  return mailbox;
}
