import { bodyOf, linkTo, mailboxOf } from './call.ts';
import type { Call } from './call.ts';
import { calendarOf } from './event-routes.ts';
import { addressesOf, defaultCalendar, newCalendar, ownerAddress } from './exchange.ts';
import type { Calendar, Mailbox, SimUser } from './exchange.ts';
import { badRequest, GraphFailure, notModelled } from './failure.ts';
import type { Answer } from './failure.ts';
import { matches, parseFilter } from './odata-filter.ts';
import { allowOptions, pick, readCount, readSelect } from './odata-query.ts';
import { isRecord, oneOf, readText, refuseOtherMembers } from './request-json.ts';
import { ianaZoneNames, windowsZoneNames } from './zones.ts';

const USER_MEMBERS = [
  'id', 'accountEnabled', 'businessPhones', 'city', 'companyName', 'country', 'createdDateTime', 'department', 'displayName', 'givenName', 'jobTitle', 'mail',
  'mailNickname', 'mobilePhone', 'officeLocation', 'preferredLanguage', 'proxyAddresses', 'surname', 'userPrincipalName', 'userType', 'mailboxSettings',
];
/** What a user answer holds without $select. */
const USER_DEFAULTS = [
  'businessPhones', 'displayName', 'givenName', 'jobTitle', 'mail', 'mobilePhone', 'officeLocation', 'preferredLanguage', 'surname', 'userPrincipalName', 'id',
];
const USER_FILTERS = ['id', 'mail', 'userPrincipalName', 'displayName', 'proxyAddresses', 'accountEnabled', 'mailNickname'];
const CALENDAR_MEMBERS = [
  'id', 'name', 'color', 'hexColor', 'isDefaultCalendar', 'changeKey', 'canShare', 'canViewPrivateItems', 'canEdit', 'allowedOnlineMeetingProviders',
  'defaultOnlineMeetingProvider', 'isTallyingResponses', 'isRemovable', 'owner',
];
const COLORS = ['auto', 'lightBlue', 'lightGreen', 'lightOrange', 'lightGray', 'lightYellow', 'lightTeal', 'lightPink', 'lightBrown', 'lightRed', 'maxColor'] as const;
const USER_TYPE = 'microsoft.graph.user';

export function findUser(users: readonly SimUser[], key: string): SimUser | undefined {
  return users.find((user) => user.id.toLowerCase() === key.toLowerCase() || user.userPrincipalName.toLowerCase() === key.toLowerCase());
}

export const userNotFound = (key: string): GraphFailure =>
  new GraphFailure(404, 'Request_ResourceNotFound', `Resource '${key}' does not exist or one of its queried reference-property objects are not present.`);

function userRow(user: SimUser): Record<string, unknown> {
  return {
    businessPhones: [],
    displayName: user.displayName,
    givenName: null,
    jobTitle: null,
    mail: user.mail,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: null,
    userPrincipalName: user.userPrincipalName,
    id: user.id,
    accountEnabled: true,
    mailNickname: user.userPrincipalName.split('@')[0],
    proxyAddresses: user.proxyAddresses ?? [`SMTP:${user.mail}`],
    userType: 'Member',
  };
}

function showUser(user: SimUser, select: string[] | null, addressesShown: boolean): Record<string, unknown> {
  const shown = pick(userRow(user), select ?? USER_DEFAULTS);
  if (select !== null && !select.includes('id')) delete shown['id'];
  if (!addressesShown) delete shown['proxyAddresses'];
  return shown;
}

export function listUsers(call: Call): Answer {
  allowOptions(call.query, ['$select', '$filter', '$top', '$count', '$skiptoken', '$orderby'], 'users');
  const select = readSelect(call.query.get('$select'), USER_MEMBERS, USER_TYPE);
  if (select?.includes('mailboxSettings') === true) throw badRequest('mailboxSettings can only be selected for one user.', 'Request_UnsupportedQuery');
  const filter = call.query.get('$filter');
  const parsed = filter === undefined ? null : parseFilter(filter);
  const addressesShown = call.exchange.quirks().proxyAddressesShown;
  if (!addressesShown && filter !== undefined && /proxyAddresses/i.test(filter)) {
    throw new GraphFailure(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
  }
  const found = call.caller.tenant.users.filter((user) => parsed === null || matches(parsed, (path) => userMember(user, path), compareIgnoringCase));
  const size = readCount(call.query.get('$top'), '$top', 999) ?? 100;
  const at = readCount(call.query.get('$skiptoken'), '$skiptoken', 1_000_000) ?? 0;
  const end = at + Math.max(1, size);
  const others = call.query.raw.split('&').filter((part) => part !== '' && !/^(\$|%24)skiptoken=/i.test(part));
  return {
    status: 200,
    body: {
      '@odata.context': `${call.baseUrl}/v1.0/$metadata#users`,
      ...(call.query.get('$count') === 'true' ? { '@odata.count': found.length } : {}),
      ...(end < found.length ? { '@odata.nextLink': linkTo(call, [...others, `$skiptoken=${end}`].join('&')) } : {}),
      value: found.slice(at, end).map((user) => showUser(user, select, addressesShown)),
    },
  };
}

const compareIgnoringCase = (_path: string, left: string, right: string): number => {
  const [a, b] = [left.toLowerCase(), right.toLowerCase()];
  return a < b ? -1 : a > b ? 1 : 0;
};

function userMember(user: SimUser, path: string): unknown {
  const name = USER_FILTERS.find((one) => one.toLowerCase() === path.toLowerCase());
  if (name === undefined) throw badRequest(`Unsupported or invalid query filter clause specified for property '${path}' of resource 'User'.`, 'Request_UnsupportedQuery');
  return name === 'proxyAddresses' ? addressesOf(user).map((address) => `smtp:${address}`) : userRow(user)[name];
}

export function getUser(call: Call): Answer {
  allowOptions(call.query, ['$select'], USER_TYPE);
  const user = findUser(call.caller.tenant.users, call.params['user'] ?? '');
  if (user === undefined) throw userNotFound(call.params['user'] ?? '');
  const select = readSelect(call.query.get('$select'), USER_MEMBERS, USER_TYPE);
  const mailbox = call.exchange.mailboxes.get(user.id);
  const settings = select?.includes('mailboxSettings') === true && mailbox !== undefined ? { mailboxSettings: settingsRow(mailbox) } : {};
  return { status: 200, body: { '@odata.context': `${call.baseUrl}/v1.0/$metadata#users/$entity`, ...showUser(user, select, call.exchange.quirks().proxyAddressesShown), ...settings } };
}

function settingsRow(mailbox: Mailbox): Record<string, unknown> {
  return {
    timeZone: mailbox.zone.name,
    dateFormat: 'yyyy-MM-dd',
    timeFormat: 'HH:mm',
    delegateMeetingMessageDeliveryOptions: 'sendToDelegateOnly',
    userPurpose: mailbox.user.userPurpose ?? 'user',
    language: { locale: 'en-US', displayName: 'English (United States)' },
    automaticRepliesSetting: { status: 'disabled', externalAudience: 'all', internalReplyMessage: '', externalReplyMessage: '' },
    workingHours: {
      daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
      startTime: '08:00:00.0000000',
      endTime: '17:00:00.0000000',
      timeZone: { name: mailbox.zone.name },
    },
  };
}

export function getMailboxSettings(call: Call): Answer {
  const mailbox = mailboxOf(call);
  return { status: 200, body: { '@odata.context': `${call.baseUrl}/v1.0/$metadata#users('${mailbox.user.id}')/mailboxSettings`, ...settingsRow(mailbox) } };
}

export function getSupportedZones(call: Call): Answer {
  const standard = /\(.*'(\w*)'\)$/.exec(decodeURIComponent(call.path))?.[1] ?? 'windows';
  const names = oneOf(standard, ['windows', 'iana'] as const, 'TimeZoneStandard') === 'iana' ? ianaZoneNames() : windowsZoneNames();
  return { status: 200, body: { value: names.map((name) => ({ alias: name, displayName: name })) } };
}

function calendarRow(mailbox: Mailbox, calendar: Calendar): Record<string, unknown> {
  return {
    id: calendar.id,
    name: calendar.name,
    color: calendar.color,
    hexColor: calendar.hexColor,
    isDefaultCalendar: calendar.isDefault,
    changeKey: calendar.changeKey,
    canShare: true,
    canViewPrivateItems: true,
    canEdit: true,
    allowedOnlineMeetingProviders: ['teamsForBusiness'],
    defaultOnlineMeetingProvider: 'teamsForBusiness',
    isTallyingResponses: calendar.isDefault,
    isRemovable: !calendar.isDefault,
    owner: ownerAddress(mailbox),
  };
}

export function getCalendar(call: Call): Answer {
  allowOptions(call.query, ['$select'], 'a calendar');
  const mailbox = mailboxOf(call);
  const calendar = calendarOf(call, mailbox) ?? defaultCalendar(mailbox);
  const select = readSelect(call.query.get('$select'), CALENDAR_MEMBERS, 'microsoft.graph.calendar');
  return {
    status: 200,
    body: { '@odata.context': `${call.baseUrl}/v1.0/$metadata#users('${mailbox.user.id}')/calendars/$entity`, ...pick(calendarRow(mailbox, calendar), select) },
  };
}

export function listCalendars(call: Call): Answer {
  allowOptions(call.query, ['$select', '$top', '$skip'], 'calendars');
  const mailbox = mailboxOf(call);
  const select = readSelect(call.query.get('$select'), CALENDAR_MEMBERS, 'microsoft.graph.calendar');
  return {
    status: 200,
    body: {
      '@odata.context': `${call.baseUrl}/v1.0/$metadata#users('${mailbox.user.id}')/calendars`,
      value: mailbox.calendars.map((calendar) => pick(calendarRow(mailbox, calendar), select)),
    },
  };
}

export function postCalendar(call: Call): Answer {
  const mailbox = mailboxOf(call);
  const input = bodyOf(call);
  if (!isRecord(input)) throw badRequest('The request body must be a JSON object.', 'BadRequest');
  refuseOtherMembers(input, ['name', 'color', 'hexColor', 'singleValueExtendedProperties'], CALENDAR_MEMBERS, 'microsoft.graph.calendar');
  if (input['singleValueExtendedProperties'] != null) throw notModelled('extended properties of calendars');
  const name = readText(input['name'], 'name');
  if (mailbox.calendars.some((calendar) => calendar.name.toLowerCase() === name.toLowerCase())) {
    throw new GraphFailure(409, 'ErrorFolderExists', 'A folder with the specified name already exists.');
  }
  const color = input['color'] == null ? 'auto' : oneOf(input['color'], COLORS, 'color');
  const hexColor = input['hexColor'] == null ? '' : readText(input['hexColor'], 'hexColor');
  const calendar: Calendar = { ...newCalendar(call.exchange.ids, name), color, hexColor };
  mailbox.calendars.push(calendar);
  return { status: 201, body: calendarRow(mailbox, calendar) };
}
