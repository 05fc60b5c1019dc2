import type { Fact } from '../fact.ts';
import { changeKeyMoves, listLag, size } from './attachments.ts';
import { absence, deletedItems, secondDelete } from './deletion.ts';
import { foundByMarker, keyReturned, searchLag, transactionId } from './keys.ts';
import type { ProbedMailbox } from './mailbox.ts';
import { drafts, properties, sameUid, silentMembers } from './meetings.ts';
import { byProxyAddress, readableToken } from './people.ts';
import { emptied, partOfVersion } from './properties.ts';
import { endingRounds, leftWindow, links, refusedLink } from './rounds.ts';
import { oneChangeKey, originalDate, resetByTime, takenOut, unheld } from './series.ts';
import { handshake, life, listed, restrictedAccess, twins } from './subscriptions.ts';
import { allDay, lineLength, zoneNames } from './times.ts';
import { ifMatch, readLag } from './versions.ts';

/** In the order in which they are tried: what decides about permissions first, what takes long last. */
export const GRAPH_FACTS: readonly Fact<ProbedMailbox>[] = [
  readableToken,
  restrictedAccess,
  byProxyAddress,
  handshake,
  life,
  twins,
  listed,
  ifMatch,
  deletedItems,
  absence,
  secondDelete,
  transactionId,
  keyReturned,
  foundByMarker,
  searchLag,
  refusedLink,
  leftWindow,
  endingRounds,
  links,
  allDay,
  lineLength,
  zoneNames,
  takenOut,
  originalDate,
  oneChangeKey,
  unheld,
  resetByTime,
  changeKeyMoves,
  size,
  listLag,
  partOfVersion,
  emptied,
  readLag,
  properties,
  sameUid,
  silentMembers,
  drafts,
];
