import type { ValueKind } from '../model/field-value.ts';
import { GRAPH_MARKER } from './names.ts';

/** What a field of a rule may name on the Outlook side. */
export type OutlookField =
  | { readonly kind: 'property'; /** As Graph is asked for it. */ readonly id: string; readonly value: ValueKind; readonly writable: boolean }
  | { readonly kind: 'category'; readonly name: string }
  | { readonly kind: 'event'; /** Members of the event, from the outside in. */ readonly path: readonly string[]; readonly value: ValueKind; readonly writable: boolean };

const PROPERTY = /^(String|Integer|Double|Boolean|SystemTime|CLSID)\s+(?:(\{[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\})\s+(Name|Id)\s+(\S.*)|(0x[0-9a-f]{1,4}))$/i;
const PROPERTY_KINDS: Readonly<Record<string, ValueKind>> = { string: 'text', integer: 'whole', double: 'number', boolean: 'boolean', systemtime: 'instant', clsid: 'text' };

/** Property sets in which Outlook keeps its own (MS-OXPROPS 1.3.2): appointment, common, meeting. Whoever writes there may move a meeting without a word. */
const OUTLOOKS_OWN = ['{00062002-0000-0000-c000-000000000046}', '{00062008-0000-0000-c000-000000000046}', '{6ed8da90-450b-101b-98da-00aa003f1305}'];

/** Members of the event resource (graph.md 5.2) that one value says and that do not change by themselves. */
const READ: Readonly<Record<string, ValueKind>> = {
  subject: 'text',
  bodyPreview: 'text',
  importance: 'text',
  sensitivity: 'text',
  showAs: 'text',
  type: 'text',
  iCalUId: 'text',
  seriesMasterId: 'text',
  transactionId: 'text',
  webLink: 'text',
  onlineMeetingUrl: 'text',
  onlineMeetingProvider: 'text',
  originalStartTimeZone: 'text',
  originalEndTimeZone: 'text',
  createdDateTime: 'instant',
  reminderMinutesBeforeStart: 'whole',
  isAllDay: 'boolean',
  isCancelled: 'boolean',
  isOrganizer: 'boolean',
  isOnlineMeeting: 'boolean',
  isReminderOn: 'boolean',
  hasAttachments: 'boolean',
  'onlineMeeting/joinUrl': 'text',
  'organizer/emailAddress/address': 'text',
  'organizer/emailAddress/name': 'text',
  'responseStatus/response': 'text',
  'location/displayName': 'text',
  'location/locationUri': 'text',
  'location/locationEmailAddress': 'text',
  'location/address/street': 'text',
  'location/address/city': 'text',
  'location/address/state': 'text',
  'location/address/postalCode': 'text',
  'location/address/countryOrRegion': 'text',
};
/** Those that a PATCH takes and that the default mapping does not write. */
const WRITTEN: Readonly<Record<string, ValueKind>> = { responseRequested: 'boolean', allowNewTimeProposals: 'boolean', hideAttendees: 'boolean' };
const RESTLESS = ['lastModifiedDateTime', 'changeKey'];

type Named = { readonly property?: string | undefined; readonly category?: string | undefined; readonly event?: string | undefined };

/** What the rule means, or what is wrong with it. */
export function outlookField({ property, category, event }: Named): OutlookField | { readonly mistake: string } {
  if ([property, category, event].filter((one) => one !== undefined).length !== 1) return { mistake: 'must name one of property, category and event' };
  if (category !== undefined) return { kind: 'category', name: category.normalize('NFC').trim() };
  return property === undefined ? eventField(event ?? '') : extendedProperty(property);
}

function extendedProperty(id: string): OutlookField | { readonly mistake: string } {
  const [, type = '', guid, how = '', name = '', tag] = PROPERTY.exec(id.trim()) ?? [];
  const value = PROPERTY_KINDS[type.toLowerCase()];
  if (value === undefined) return { mistake: "must be an extended property like 'String {00020329-0000-0000-c000-000000000046} Name project', of the type String, Integer, Double, Boolean, SystemTime or CLSID" };
  if (how.toLowerCase() === 'id' && !/^0x[0-9a-f]{1,8}$/i.test(name.trim())) return { mistake: "names a property by an id that is none: write it like 'Id 0x8233'" };
  const known = guid === undefined ? `${type} ${tag ?? ''}` : `${type} ${guid.toLowerCase()} ${how.toLowerCase() === 'id' ? 'Id' : 'Name'} ${name.trim()}`;
  if (propertyKey(known) === propertyKey(GRAPH_MARKER)) return { mistake: "is the connector's own marker" };
  return { kind: 'property', id: known, value, writable: guid !== undefined && !OUTLOOKS_OWN.includes(guid.toLowerCase()) };
}

/** Type and GUID are compared without case, the name with it (extended-properties overview). */
export function propertyKey(id: string): string {
  const [type = '', guid = '', ...name] = id.split(' ');
  return [type.toLowerCase(), guid.toLowerCase(), ...name].join(' ');
}

function eventField(name: string): OutlookField | { readonly mistake: string } {
  if (RESTLESS.includes(name)) return { mistake: 'names what moves with every write, so that it would never come to rest' };
  // Not what every object has (`constructor`).
  const value = Object.hasOwn(WRITTEN, name) ? WRITTEN[name] : Object.hasOwn(READ, name) ? READ[name] : undefined;
  if (value === undefined) return { mistake: `names no single value of an event: use one of ${[...Object.keys(READ), ...Object.keys(WRITTEN)].join(', ')}` };
  return { kind: 'event', path: name.split('/'), value, writable: Object.hasOwn(WRITTEN, name) };
}

/** By which two rules are seen to mean the same. */
export function outlookKey(field: OutlookField): string {
  switch (field.kind) {
    case 'property':
      return `property ${propertyKey(field.id)}`;
    case 'category':
      return `category ${field.name}`;
    case 'event':
      return `event ${field.path.join('/')}`;
  }
}
