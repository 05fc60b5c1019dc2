/**
 * Behaviour that the documents leave open or that was only reported by users of the real service.
 * Every member is described, with its source, in docs/simulators/graph.md.
 */
export interface Quirks {
  /** Time of an answer in ms by the clock, the commit lies in its middle. */
  latencyMs: number | { min: number; max: number };
  deletedStillReadable: boolean;
  secondDelete: '404' | '403';
  ifMatchIgnored: boolean;
  duplicateTransaction: '409' | '400' | 'returnsExisting' | 'makesAnother';
  transactionRememberedAfterDeletion: boolean;
  idsDifferOnlyInCase: boolean;
  /** After a create the change key moves once more, this many ms later; null: it stays. */
  changeKeyMovesAfterCreateMs: number | null;
  allDayZone: 'UTC' | 'preferred';
  viewSelectsStamps: boolean;
  /** Lists, views and searches show the mailbox as it was so long ago. */
  listLagMs: number;
  /** So does the reading of one item. */
  readLagMs: number;
  mergesIdenticalCreates: boolean;
  occurrenceIdReturned: boolean;
  iCalUIdOfOccurrence: 'own' | 'series';
  seriesChangeResetsExceptions: boolean;
  occurrenceIdsSurvivePattern: boolean;
  cancelledOccurrencesName: 'askedId' | 'mutableId';
  /** Members of a PATCH of an occurrence that are taken and not stored. */
  exceptionsIgnore: readonly string[];
  extendedPropertiesTravel: boolean;
  /** A PATCH of an attendee's copy in members that the organizer governs. */
  attendeeEdits: 'local' | 'refused' | 'ignored';
  draftsMailNobody: boolean;
  draftPatchSends: boolean;
  /** Members whose change mails no attendee. */
  silentMembers: readonly string[];
  unchangedPatchMails: boolean;
  declinedStaysInCalendar: boolean;
  listMemberListedByAnswer: boolean;
  /** Applications do not see private events. */
  privateItemsHidden: boolean;
  /** A new or removed attachment gives its event another change key and modification time. */
  attachmentsMoveChangeKey: boolean;
  /** So many bytes more than its content an attachment's size says. */
  attachmentSizeExtra: number;
  /** An organizer's attachment that comes or goes sends his attendees an update at once. */
  attachmentsMailAttendees: boolean;
  /** Bytes that all attachments of an event may have together: the mailbox's limit for a message. */
  messageSizeLimit: number;
  proxyAddressesShown: boolean;

  deltaLagMs: number;
  deltaForbidden: boolean;
  deltaExpandsExtended: boolean;
  deltaOmitsMasters: boolean;
  /** Probability between 0 and 1 that later rounds never tell of a deletion. */
  deltaLosesDeletions: number;
  deltaLosesNewSeries: boolean;
  deltaEmptyPages: number;
  deltaRepeatsRows: boolean;
  /** So many of the changes before the token come again in every round. */
  deltaReplays: number;
  deltaEndlessLoop: 'never' | 'longSeries' | 'always';
  deltaIgnoresMaxPageSize: boolean;
  deltaSilentAboutDeletedOccurrence: boolean;
  deltaRemovesOutsideWindow: boolean;
  deltaRemovedSeriesListsOccurrences: boolean;
  deltaTokenLifeMs: number | null;
  goneCode: 'syncStateNotFound' | 'resyncRequired';
  goneStatus: 410 | 400;

  /** A range: each notification comes after its own time, alone and not in order. */
  notificationDelayMs: number | { min: number; max: number };
  createNotifiesTwice: boolean;
  /** Probabilities between 0 and 1 per notification. */
  notificationLoss: number;
  notificationDuplication: number;
  notificationReorder: boolean;
  /** An answer later than this counts as a failed delivery. */
  notificationTimeoutMs: number;
  lostDeliveriesSendMissed: boolean;
  calendarSubscriptions: boolean;
  subscriptionsForbidden: boolean;
  subscriptionMaxMinutes: number;
  /** So long before a subscription ends `reauthorizationRequired` is sent; null: only on demand. */
  reauthorizationBeforeMs: number | null;
  subscriptionsPerMailbox: number;
  subscriptionsPerPage: number;

  requestsPerTenMinutes: number;
  concurrentRequests: number;
  concurrencyRetryAfterSeconds: number | null;
  subscriptionWritesPer20s: number;
  subscriptionListsPer20s: number;
}

export function defaultQuirks(): Quirks {
  return {
    latencyMs: 0,
    deletedStillReadable: true,
    secondDelete: '404',
    ifMatchIgnored: false,
    duplicateTransaction: '409',
    transactionRememberedAfterDeletion: true,
    idsDifferOnlyInCase: true,
    changeKeyMovesAfterCreateMs: null,
    allDayZone: 'UTC',
    viewSelectsStamps: false,
    listLagMs: 0,
    readLagMs: 0,
    mergesIdenticalCreates: false,
    occurrenceIdReturned: true,
    iCalUIdOfOccurrence: 'own',
    seriesChangeResetsExceptions: true,
    occurrenceIdsSurvivePattern: false,
    cancelledOccurrencesName: 'askedId',
    exceptionsIgnore: [],
    extendedPropertiesTravel: true,
    attendeeEdits: 'local',
    draftsMailNobody: true,
    draftPatchSends: false,
    silentMembers: ['categories', 'isReminderOn', 'reminderMinutesBeforeStart', 'singleValueExtendedProperties', 'multiValueExtendedProperties'],
    unchangedPatchMails: true,
    declinedStaysInCalendar: false,
    listMemberListedByAnswer: true,
    privateItemsHidden: false,
    attachmentsMoveChangeKey: true,
    attachmentSizeExtra: 0,
    attachmentsMailAttendees: false,
    messageSizeLimit: 35 * 1024 * 1024,
    proxyAddressesShown: true,
    deltaLagMs: 0,
    deltaForbidden: false,
    deltaExpandsExtended: false,
    deltaOmitsMasters: false,
    deltaLosesDeletions: 0,
    deltaLosesNewSeries: false,
    deltaEmptyPages: 0,
    deltaRepeatsRows: false,
    deltaReplays: 0,
    deltaEndlessLoop: 'never',
    deltaIgnoresMaxPageSize: false,
    deltaSilentAboutDeletedOccurrence: true,
    deltaRemovesOutsideWindow: true,
    deltaRemovedSeriesListsOccurrences: false,
    deltaTokenLifeMs: null,
    goneCode: 'syncStateNotFound',
    goneStatus: 410,
    notificationDelayMs: 500,
    createNotifiesTwice: true,
    notificationLoss: 0,
    notificationDuplication: 0,
    notificationReorder: false,
    notificationTimeoutMs: 10_000,
    lostDeliveriesSendMissed: true,
    calendarSubscriptions: false,
    subscriptionsForbidden: false,
    subscriptionMaxMinutes: 10_080,
    reauthorizationBeforeMs: null,
    subscriptionsPerMailbox: 1_000,
    subscriptionsPerPage: 100,
    requestsPerTenMinutes: 10_000,
    concurrentRequests: 4,
    concurrencyRetryAfterSeconds: 1,
    subscriptionWritesPer20s: 500,
    subscriptionListsPer20s: 25,
  };
}
