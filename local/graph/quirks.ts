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
  duplicateTransaction: '409' | '400' | 'returnsExisting';
  transactionRememberedAfterDeletion: boolean;
  idsDifferOnlyInCase: boolean;
  /** After a create the change key moves once more, this many ms later; null: it stays. */
  changeKeyMovesAfterCreateMs: number | null;
  allDayZone: 'UTC' | 'preferred';
  viewSelectsStamps: boolean;
  occurrenceIdReturned: boolean;
  iCalUIdOfOccurrence: 'own' | 'series';
  seriesChangeResetsExceptions: boolean;
  extendedPropertiesTravel: boolean;
  /** Members whose change mails no attendee. */
  silentMembers: readonly string[];
  unchangedPatchMails: boolean;
  declinedStaysInCalendar: boolean;

  deltaLagMs: number;
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

  notificationDelayMs: number;
  createNotifiesTwice: boolean;
  /** Probabilities between 0 and 1 per notification. */
  notificationLoss: number;
  notificationDuplication: number;
  notificationReorder: boolean;
  /** An answer later than this counts as a failed delivery. */
  notificationTimeoutMs: number;
  lostDeliveriesSendMissed: boolean;
  calendarSubscriptions: boolean;
  subscriptionsPerMailbox: number;
  subscriptionsPerPage: number;

  requestsPerTenMinutes: number;
  concurrentRequests: number;
  concurrencyRetryAfterSeconds: number | null;
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
    occurrenceIdReturned: true,
    iCalUIdOfOccurrence: 'own',
    seriesChangeResetsExceptions: true,
    extendedPropertiesTravel: true,
    silentMembers: ['categories', 'isReminderOn', 'reminderMinutesBeforeStart', 'singleValueExtendedProperties', 'multiValueExtendedProperties'],
    unchangedPatchMails: true,
    declinedStaysInCalendar: false,
    deltaLagMs: 0,
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
    subscriptionsPerMailbox: 1_000,
    subscriptionsPerPage: 100,
    requestsPerTenMinutes: 10_000,
    concurrentRequests: 4,
    concurrencyRetryAfterSeconds: 1,
  };
}
