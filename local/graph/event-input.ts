import { htmlFromText, storedHtml } from './body-text.ts';
import type { Attendee, EmailAddress, EventContent, ExtendedProperty, Location, Recurrence, TimeSlot } from './event-model.ts';
import { badRequest, notModelled } from './failure.ts';
import { readRecurrence } from './recurrence-input.ts';
import { isRecord, oneOf, readBoolean, readText, refuseOtherMembers } from './request-json.ts';
import { epochOf, findZone, wallAt } from './zones.ts';
import type { WallTime, Zone } from './zones.ts';

/** Writable members of the v1.0 reference pages (graph-subset, `event.create` and `event.update`). */
const UPDATE_MEMBERS = [
  'allowNewTimeProposals', 'attendees', 'body', 'categories', 'end', 'hideAttendees', 'importance', 'isAllDay', 'isOnlineMeeting',
  'onlineMeetingProvider', 'isReminderOn', 'location', 'locations', 'recurrence', 'reminderMinutesBeforeStart', 'responseRequested',
  'sensitivity', 'showAs', 'start', 'subject', 'singleValueExtendedProperties', 'multiValueExtendedProperties',
] as const;
const CREATE_MEMBERS = [...UPDATE_MEMBERS, 'transactionId', 'isDraft', 'extensions', 'attachments'] as const;

export const READABLE_MEMBERS: readonly string[] = [
  ...CREATE_MEMBERS, 'id', 'bodyPreview', 'cancelledOccurrences', 'exceptionOccurrences', 'changeKey', 'createdDateTime', 'hasAttachments',
  'iCalUId', 'instances', 'isCancelled', 'isOrganizer', 'lastModifiedDateTime', 'onlineMeeting', 'onlineMeetingUrl', 'organizer',
  'originalEndTimeZone', 'originalStart', 'originalStartTimeZone', 'responseStatus', 'seriesMasterId', 'type', 'webLink', 'calendar', 'occurrenceId',
];

const SHOW_AS = ['unknown', 'free', 'tentative', 'busy', 'oof', 'workingElsewhere'] as const;
const SENSITIVITY = ['normal', 'personal', 'private', 'confidential'] as const;
const IMPORTANCE = ['low', 'normal', 'high'] as const;
const PROVIDERS = ['unknown', 'skypeForBusiness', 'skypeForConsumer', 'teamsForBusiness'] as const;
const ATTENDEE_TYPES = ['required', 'optional', 'resource'] as const;
const LOCATION_TYPES = [
  'default', 'conferenceRoom', 'homeAddress', 'businessAddress', 'geoCoordinates', 'streetAddress', 'hotel', 'restaurant', 'localBusiness', 'postalAddress',
] as const;
const UNIQUE_ID_TYPES = ['unknown', 'locationStore', 'directory', 'private', 'bing'] as const;
const RESPONSES = ['none', 'organizer', 'tentativelyAccepted', 'accepted', 'declined', 'notResponded'] as const;
const MAX_ATTENDEES = 500;
const MAX_SUBJECT = 255;

/** What a request body asks for; members that are absent stay untouched. */
export interface EventRequest {
  members: readonly string[];
  content: Partial<EventContent>;
  recurrence?: Recurrence | null;
  extended?: ExtendedProperty[];
  transactionId?: string | null;
  isDraft?: boolean;
}

export interface InputRules {
  mode: 'create' | 'update';
  /** `isDraft` may be patched, which the reference does not say. */
  draftWritable?: boolean;
  /** Zone behind Outlook's custom zones, which only people's clients produce. */
  customZone?: Zone;
}

export function readEventRequest(input: unknown, rules: InputRules): EventRequest {
  if (!isRecord(input)) throw badRequest('The request body must be a JSON object.', 'BadRequest');
  const writable = rules.mode === 'create' ? CREATE_MEMBERS : rules.draftWritable === true ? [...UPDATE_MEMBERS, 'isDraft'] : UPDATE_MEMBERS;
  refuseOtherMembers(input, writable, READABLE_MEMBERS, 'microsoft.graph.event');
  for (const member of ['extensions', 'attachments', 'multiValueExtendedProperties']) {
    if (input[member] != null) throw notModelled(`${member} of events`);
  }
  const request: EventRequest = { members: Object.keys(input).filter((member) => !member.includes('@odata.')), content: readContent(input, rules) };
  if ('recurrence' in input) request.recurrence = input['recurrence'] === null ? null : readRecurrence(input['recurrence']);
  if (input['singleValueExtendedProperties'] != null) request.extended = readExtended(input['singleValueExtendedProperties']);
  if (input['transactionId'] != null) request.transactionId = readText(input['transactionId'], 'transactionId');
  if (input['isDraft'] != null) request.isDraft = readBoolean(input['isDraft'], 'isDraft');
  return request;
}

function readContent(input: Record<string, unknown>, rules: InputRules): Partial<EventContent> {
  const content: Partial<EventContent> = {};
  const take = <K extends keyof EventContent>(member: string, target: K, read: (value: unknown) => EventContent[K]): void => {
    if (member in input && input[member] !== undefined) content[target] = read(input[member]);
  };
  take('subject', 'subject', (value) => (value === null ? '' : readText(value, 'subject').slice(0, MAX_SUBJECT)));
  take('body', 'html', readBody);
  take('start', 'start', (value) => readTime(value, 'start', rules));
  take('end', 'end', (value) => readTime(value, 'end', rules));
  take('isAllDay', 'isAllDay', (value) => readBoolean(value, 'isAllDay'));
  take('locations', 'locations', (value) => (value === null ? [] : listOf(value, 'locations').map(readLocation)));
  take('location', 'locations', (value) => (value === null ? [] : [readLocation(value)].filter((one) => one.displayName !== '')));
  take('showAs', 'showAs', (value) => oneOf(value, SHOW_AS, 'showAs'));
  take('sensitivity', 'sensitivity', (value) => oneOf(value, SENSITIVITY, 'sensitivity'));
  take('importance', 'importance', (value) => oneOf(value, IMPORTANCE, 'importance'));
  take('categories', 'categories', (value) => (value === null ? [] : [...new Set(listOf(value, 'categories').map((one) => readText(one, 'categories')))]));
  take('isReminderOn', 'isReminderOn', (value) => readBoolean(value, 'isReminderOn'));
  take('reminderMinutesBeforeStart', 'reminderMinutesBeforeStart', readMinutes);
  take('responseRequested', 'responseRequested', (value) => readBoolean(value, 'responseRequested'));
  take('allowNewTimeProposals', 'allowNewTimeProposals', (value) => readBoolean(value, 'allowNewTimeProposals'));
  take('hideAttendees', 'hideAttendees', (value) => readBoolean(value, 'hideAttendees'));
  take('isOnlineMeeting', 'isOnlineMeeting', (value) => readBoolean(value, 'isOnlineMeeting'));
  take('onlineMeetingProvider', 'onlineMeetingProvider', (value) => oneOf(value, PROVIDERS, 'onlineMeetingProvider'));
  take('attendees', 'attendees', readAttendees);
  return content;
}

export function readTime(value: unknown, member: string, rules: Pick<InputRules, 'customZone'>): WallTime {
  if (!isRecord(value)) throw badRequest(`The member ${member} needs dateTime and timeZone.`, 'ErrorPropertyValidationFailure');
  refuseOtherMembers(value, ['dateTime', 'timeZone'], [], 'microsoft.graph.dateTimeTimeZone');
  const zoneName = value['timeZone'] == null || value['timeZone'] === '' ? 'UTC' : readText(value['timeZone'], `${member}.timeZone`);
  const zone = zoneForInput(zoneName, rules);
  const text = readText(value['dateTime'], `${member}.dateTime`);
  const parts = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?(Z|[+-]\d{2}:\d{2})?$/i.exec(text);
  const wall = parts === null ? undefined : `${parts[1]}T${parts[2] ?? '00:00'}:${parts[3] ?? '00'}.${(parts[4] ?? '').slice(0, 3).padEnd(3, '0')}`;
  if (parts === null || wall === undefined || new Date(`${wall}Z`).toJSON()?.slice(0, 23) !== wall) {
    throw badRequest(`The value of ${member}.dateTime is not a date and time like 2026-11-23T09:00:00.`, 'ErrorPropertyValidationFailure');
  }
  return parts[5] === undefined ? { wall, zone } : { wall: wallAt(Date.parse(`${wall}${parts[5].toUpperCase()}`), zone.iana), zone };
}

function zoneForInput(name: string, rules: Pick<InputRules, 'customZone'>): Zone {
  if (rules.customZone !== undefined && /^(tzone:\/\/microsoft\/custom|customized time zone)$/i.test(name)) {
    return { name, iana: rules.customZone.iana };
  }
  const zone = findZone(name);
  if (zone === undefined) throw badRequest(`A valid TimeZone value must be specified. The following TimeZone value is not supported: '${name}'.`, 'TimeZoneNotSupportedException');
  return zone;
}

function readBody(value: unknown): string {
  if (value === null) return '';
  if (!isRecord(value)) throw badRequest('The member body needs contentType and content.', 'RequestBodyRead');
  refuseOtherMembers(value, ['contentType', 'content'], [], 'microsoft.graph.itemBody');
  const type = value['contentType'] == null ? 'text' : oneOf(value['contentType'], ['text', 'html'] as const, 'body.contentType');
  const content = value['content'] == null ? '' : readText(value['content'], 'body.content');
  return type === 'text' ? htmlFromText(content) : storedHtml(content);
}

function readMinutes(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 2_629_800) return value;
  throw badRequest('reminderMinutesBeforeStart must be a whole number of minutes from 0 to 2629800.', 'ErrorInvalidReminderMinutes');
}

function readLocation(value: unknown): Location {
  if (!isRecord(value)) throw badRequest('A location must be an object.', 'RequestBodyRead');
  refuseOtherMembers(
    value,
    ['address', 'coordinates', 'displayName', 'locationEmailAddress', 'locationUri', 'locationType', 'uniqueId', 'uniqueIdType'],
    [],
    'microsoft.graph.location',
  );
  const displayName = value['displayName'] == null ? '' : readText(value['displayName'], 'location.displayName').slice(0, MAX_SUBJECT);
  const known = Object.entries(value).filter(([member, one]) => one != null && !member.includes('@odata.'));
  const locationType = value['locationType'] == null ? 'default' : oneOf(value['locationType'], LOCATION_TYPES, 'location.locationType');
  const uniqueIdType = value['uniqueIdType'] == null ? 'private' : oneOf(value['uniqueIdType'], UNIQUE_ID_TYPES, 'location.uniqueIdType');
  for (const member of ['locationEmailAddress', 'locationUri', 'uniqueId']) if (value[member] != null) readText(value[member], `location.${member}`);
  if (value['address'] != null) readParts(value['address'], ['city', 'countryOrRegion', 'postalCode', 'state', 'street'], 'string', 'microsoft.graph.physicalAddress');
  if (value['coordinates'] != null) {
    readParts(value['coordinates'], ['accuracy', 'altitude', 'altitudeAccuracy', 'latitude', 'longitude'], 'number', 'microsoft.graph.outlookGeoCoordinates');
  }
  return { ...Object.fromEntries(known), displayName, locationType, uniqueId: value['uniqueId'] ?? displayName, uniqueIdType };
}

/** Checks an object whose members are all of one JSON type. */
function readParts(value: unknown, members: readonly string[], type: 'string' | 'number', name: string): void {
  if (!isRecord(value)) throw badRequest(`A ${name} must be an object.`, 'RequestBodyRead');
  refuseOtherMembers(value, members, [], name);
  for (const member of members) {
    if (value[member] != null && typeof value[member] !== type) throw badRequest(`The member ${member} of ${name} must be a ${type}.`, 'RequestBodyRead');
  }
}

function readAttendees(value: unknown): Attendee[] {
  const list = value === null ? [] : listOf(value, 'attendees');
  if (list.length > MAX_ATTENDEES) throw badRequest('An event can have at most 500 attendees.', 'ErrorExceededMaxRecipientLimit');
  return list.map((one) => {
    const mail = isRecord(one) ? one['emailAddress'] : undefined;
    if (!isRecord(one) || !isRecord(mail)) throw badRequest('An attendee needs an emailAddress.', 'RequestBodyRead');
    refuseOtherMembers(one, ['type', 'status', 'emailAddress', 'proposedNewTime'], [], 'microsoft.graph.attendee');
    refuseOtherMembers(mail, ['address', 'name'], [], 'microsoft.graph.emailAddress');
    const status = one['status'];
    if (status != null && !isRecord(status)) throw badRequest('The status of an attendee must be an object.', 'RequestBodyRead');
    if (isRecord(status) && status['response'] != null) oneOf(status['response'], RESPONSES, 'attendees.status.response');
    const address = readText(mail['address'], 'attendees.emailAddress.address');
    const name = mail['name'] == null || mail['name'] === '' ? address : readText(mail['name'], 'attendees.emailAddress.name');
    return {
      type: one['type'] == null ? 'required' : oneOf(one['type'], ATTENDEE_TYPES, 'attendees.type'),
      emailAddress: { name, address },
      // What a client says about answers is not taken over (docs issue 16158).
      status: { response: 'none', at: null },
    };
  });
}

function readExtended(value: unknown): ExtendedProperty[] {
  return listOf(value, 'singleValueExtendedProperties').map((one) => {
    if (!isRecord(one)) throw badRequest('An extended property needs id and value.', 'RequestBodyRead');
    refuseOtherMembers(one, ['id', 'value'], [], 'microsoft.graph.singleValueLegacyExtendedProperty');
    const id = readText(one['id'], 'singleValueExtendedProperties.id');
    if (!/^(String|Integer|Boolean|SystemTime|Double|CLSID|Binary)\s+(\{[0-9a-f-]{36}\}\s+(Name|Id)\s+\S.*|0x[0-9a-f]{4})$/i.test(id)) {
      throw badRequest(`The extended property id ${JSON.stringify(id)} is not of the form 'String {GUID} Name name'.`, 'ErrorInvalidPropertyId');
    }
    return { id, value: one['value'] == null ? '' : readText(one['value'], 'singleValueExtendedProperties.value') };
  });
}

/** `proposedNewTime` of decline and tentativelyAccept. */
export function readProposal(value: unknown): TimeSlot {
  if (!isRecord(value)) throw badRequest('The proposedNewTime needs start and end.', 'RequestBodyRead');
  refuseOtherMembers(value, ['start', 'end'], [], 'microsoft.graph.timeSlot');
  const slot = { start: readTime(value['start'], 'proposedNewTime.start', {}), end: readTime(value['end'], 'proposedNewTime.end', {}) };
  checkTimes({ ...slot, isAllDay: false });
  return slot;
}

/** `toRecipients` of forward. */
export function readRecipients(value: unknown): EmailAddress[] {
  const list = value == null ? [] : listOf(value, 'toRecipients');
  if (list.length === 0) throw badRequest('Forwarding needs recipients.', 'ErrorInvalidRecipients');
  return readAttendees(list).map((one) => one.emailAddress);
}

function listOf(value: unknown, member: string): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw badRequest(`The member ${member} must be a list.`, 'RequestBodyRead');
}

/** Whole-day events run from midnight to a later midnight of one zone; nothing ends before it starts (graph.md 5.7). */
export function checkTimes(content: Pick<EventContent, 'start' | 'end' | 'isAllDay'>): void {
  const { start, end, isAllDay } = content;
  const refuse = (message: string) => badRequest(message, 'ErrorPropertyValidationFailure');
  if (isAllDay) {
    const midnight = 'T00:00:00.000';
    if (!start.wall.endsWith(midnight) || !end.wall.endsWith(midnight)) {
      throw refuse('The Event.Start and Event.End properties of an all-day event must be set to midnight.');
    }
    if (start.zone.iana !== end.zone.iana) throw refuse('The start and end of an all-day event must be in the same time zone.');
    if (end.wall <= start.wall) throw refuse('The duration of an all-day event must be at least 24 hours.');
    return;
  }
  if (epochOf(end.wall, end.zone.iana) < epochOf(start.wall, start.zone.iana)) {
    throw badRequest('The Event.End property occurs before Event.Start.', 'ErrorCalendarEndDateIsEarlierThanStartDate');
  }
}

export function newContent(request: Partial<EventContent>): EventContent {
  if (request.start === undefined || request.end === undefined) {
    throw badRequest('An event needs start and end.', 'ErrorPropertyValidationFailure');
  }
  const content: EventContent = {
    subject: '',
    html: '',
    isAllDay: false,
    locations: [],
    showAs: 'busy',
    sensitivity: 'normal',
    importance: 'normal',
    categories: [],
    isReminderOn: true,
    reminderMinutesBeforeStart: 15,
    responseRequested: true,
    allowNewTimeProposals: true,
    hideAttendees: false,
    isOnlineMeeting: false,
    onlineMeetingProvider: 'unknown',
    joinUrl: null,
    attendees: [],
    ...request,
    start: request.start,
    end: request.end,
  };
  checkTimes(content);
  return content;
}
