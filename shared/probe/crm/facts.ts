import type { Fact } from '../fact.ts';
import type { Bench } from './bench.ts';
import { documents } from './files.ts';
import { addedToExisting, answers, eachItsReturn, matchedAmongChildren, rowsById } from './participants.ts';
import { counted, deletedFlag, emptyFields, nested, order } from './queries.ts';
import { breaks, codes, contentType, failedBreak, goesOn, impersonation, oneAtATime, orderOfAnswers, statusOfErrors, wellFormed } from './requests.ts';
import { dateHeader, guard, participantStamps, stamping, wallClock } from './stamps.ts';
import { forms, fullTexts, lengths, plainTexts } from './values.ts';
import { deletedNeverMatched, exactKey, idempotent, ids, needsPerson, queryBehind, reps, told, updateById, updateOfDeleted } from './writes.ts';

/** In the order in which they are tried: what reads before what writes, guards before what relies on them. */
export const CRM_FACTS: readonly Fact<Bench>[] = [
  contentType,
  dateHeader,
  orderOfAnswers,
  statusOfErrors,
  counted,
  lengths,
  wellFormed,
  impersonation,
  ids,
  reps,
  exactKey,
  idempotent,
  told,
  updateById,
  queryBehind,
  goesOn,
  breaks,
  failedBreak,
  wallClock,
  guard,
  stamping,
  participantStamps,
  deletedFlag,
  deletedNeverMatched,
  updateOfDeleted,
  order,
  emptyFields,
  nested,
  forms,
  plainTexts,
  fullTexts,
  needsPerson,
  matchedAmongChildren,
  addedToExisting,
  eachItsReturn,
  rowsById,
  answers,
  documents,
  codes,
  oneAtATime,
];
