import type { CrmQuirks } from '../../local/crm/quirks.ts';
import type { Quirks } from '../../local/graph/quirks.ts';
import { seeded } from '../world/random.ts';

/** What a history has that decides whether an answer can be judged in it. */
interface Having {
  readonly meetings: boolean;
  readonly recurring: boolean;
  /** The daily net is cast before anything is judged. */
  readonly net: boolean;
}

interface OtherAnswer {
  readonly graph?: Partial<Quirks>;
  readonly crm?: Partial<CrmQuirks>;
  /** Of histories without it nothing would be different, or what it does is promised to nobody before something else happens. */
  readonly where?: (having: Having) => boolean;
}

const SECOND_MS = 1_000;

/**
 * Where no document says what Graph or a CRM does, the simulators play one answer by default. These are the others that the product survives without being
 * told by a rule; those that need a rule the probe finds out before anything is synchronized (docs/assumptions.md, part P).
 */
export const OTHER_ANSWERS = {
  allDayInOwnZone: { graph: { allDayZone: 'preferred' } },
  stampsOnViews: { graph: { viewSelectsStamps: true } },
  propertiesInDelta: { graph: { deltaExpandsExtended: true } },
  noMastersInDelta: { graph: { deltaOmitsMasters: true }, where: ({ recurring }) => recurring },
  deletionsNotInDelta: { graph: { deltaLosesDeletions: 0.5 }, where: ({ net }) => net },
  // Where notifications get lost, too, nothing tells of the other half of a series that was split, before the net does.
  newSeriesNotInDelta: { graph: { deltaLosesNewSeries: true }, where: ({ recurring, net }) => recurring && !net },
  longSeriesInCircles: { graph: { deltaEndlessLoop: 'longSeries' }, where: ({ recurring }) => recurring },
  deletedOccurrenceInDelta: { graph: { deltaSilentAboutDeletedOccurrence: false }, where: ({ recurring }) => recurring },
  movedOutStaysInDelta: { graph: { deltaRemovesOutsideWindow: false } },
  removedSeriesNamesOccurrences: { graph: { deltaRemovedSeriesListsOccurrences: true }, where: ({ recurring }) => recurring },
  tokensOfMinutes: { graph: { deltaTokenLifeMs: 600 * SECOND_MS } },
  noOccurrenceId: { graph: { occurrenceIdReturned: false }, where: ({ recurring }) => recurring },
  oneUidForSeries: { graph: { iCalUIdOfOccurrence: 'series' }, where: ({ recurring }) => recurring },
  exceptionsStay: { graph: { seriesChangeResetsExceptions: false }, where: ({ recurring }) => recurring },
  occurrenceIdsStay: { graph: { occurrenceIdsSurvivePattern: true }, where: ({ recurring }) => recurring },
  cancelledByOtherId: { graph: { cancelledOccurrencesName: 'mutableId' }, where: ({ recurring }) => recurring },
  propertiesStayHome: { graph: { extendedPropertiesTravel: false }, where: ({ meetings }) => meetings },
  copiesRefuseEdits: { graph: { attendeeEdits: 'refused' }, where: ({ meetings }) => meetings },
  copiesIgnoreEdits: { graph: { attendeeEdits: 'ignored' }, where: ({ meetings }) => meetings },
  declinedStays: { graph: { declinedStaysInCalendar: true }, where: ({ meetings }) => meetings },
  nobodyToldMissed: { graph: { lostDeliveriesSendMissed: false } },
  shortPagesOfSubscriptions: { graph: { subscriptionsPerPage: 1 } },
  identicalCreatesMerge: { graph: { mergesIdenticalCreates: true } },
  breakEndsRequest: { crm: { failedBreak: 'stops' } },
  // Whoever is invited again after he was taken out comes with the key of before: such a CRM refuses his row (assumptions C4.2).
  deletedKeyRefused: { crm: { deletedMatch: 'refuse' }, where: ({ meetings }) => !meetings },
  loginRefusedByHttp: { crm: { loginFailure: 'http' } },
  // Nothing but the net shows such a deletion.
  deletionStampsNothing: { crm: { stampDeleted: false }, where: ({ net }) => net },
  participantsStampActivity: { crm: { stampParent: true } },
  toDosForAll: { crm: { generateToDos: true }, where: ({ meetings }) => meetings },
  mainNamesItself: { crm: { seriesMain: 'itself' }, where: ({ recurring }) => recurring },
  longTextsCut: { crm: { longTexts: 'cut' } },
} as const satisfies Record<string, OtherAnswer>;

export type Other = keyof typeof OTHER_ANSWERS;

/** Half of all histories play some of them, each a fifth of what there is. Dice of their own: the others stay the histories that they were. */
export function othersFor(seed: number, having: Having, wanted: readonly Other[]): readonly Other[] {
  const dice = seeded((seed ^ 0x6f_74_68_72) >>> 0);
  const unknown = wanted.find((name) => !(name in OTHER_ANSWERS));
  if (unknown !== undefined) throw new Error(`No answer is called ${unknown}; there are ${Object.keys(OTHER_ANSWERS).join(', ')}.`);
  const some = dice() < 0.5;
  return (Object.keys(OTHER_ANSWERS) as Other[]).filter((name) => {
    const drawn = dice() < 0.2;
    const { where }: OtherAnswer = OTHER_ANSWERS[name];
    return wanted.includes(name) || (some && drawn && (where?.(having) ?? true));
  });
}

/** Both systems with these answers. */
export function answering(others: readonly Other[]): { readonly graph: Partial<Quirks>; readonly crm: Partial<CrmQuirks> } {
  const all = others.map((name): OtherAnswer => OTHER_ANSWERS[name]);
  return { graph: Object.assign({}, ...all.map(({ graph }) => graph)) as Partial<Quirks>, crm: Object.assign({}, ...all.map(({ crm }) => crm)) as Partial<CrmQuirks> };
}
