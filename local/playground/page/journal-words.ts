import type { JournalEntry } from './connector.ts';

/** The connector's closed words as sentences; what is new to the page is shown as it came. */

const SIDES: Readonly<Record<string, string>> = { graph: 'Outlook', crm: 'the CRM' };

const REASONS: Readonly<Record<string, string>> = {
  new: 'it was new on the other side',
  changed: 'it was changed on the other side',
  merged: 'both sides had changed, and both changes were kept where they did not touch',
  same: 'both sides already said the same',
  deletedInOutlook: 'somebody deleted it in Outlook',
  deletedInCrm: 'somebody deleted it in the CRM',
  deletedOnBothSides: 'it was deleted on both sides',
  deletedHereEditedThere: 'it was deleted on one side and edited on the other; the edit stays',
  deletionOff: 'the tenant rule carries no deletions over',
  notInScope: 'it is not carried over',
  notYetInWindow: 'it lies beyond the window and waits for its day',
  beforeWindow: 'it lies before the window',
  movedElsewhere: 'it was moved to where the connector does not look',
  noTrace: 'there is no trace of it and no proof of a deletion',
  unreadable: 'one side would not let it be read',
  over: 'its pair has ended',
  oddRow: 'Graph showed it in a form that is read again later',
  mailboxMadeAnew: 'the mailbox looks as if it was made anew',
  reservationResolved: 'an earlier write with a lost answer was found to be done',
  writtenMeanwhile: 'somebody changed it while it was being written',
  threeADay: 'the same field was put right three times today',
  bothChanged: 'both sides changed the same field',
  heldInPart: 'one side holds only a part of the text',
  oneWay: 'this field flows one way only',
  answeredButNotStored: 'the answer said yes, but nothing was stored',
  storedDifferently: 'it was stored in another form than sent',
  throttled: 'the server asked for patience',
  transient: 'the server was not able to answer',
  private: 'it is private in Outlook, and the CRM is shown what the rule allows',
  deletionGuard: 'more is deleted at once than the deletion guard lets through unasked',
  deletionGuardDissolved: 'it is there again, so that nothing is left to be deleted',
  deletionConfirmed: 'an administrator confirmed the deletion',
  deletionRejected: 'an administrator rejected the deletion; what is left stays',
  mailGuard: 'more people would be mailed than the mail guard lets through unasked',
  mailGuardDissolved: 'it was changed, so that nothing is left to be mailed',
  mailReleased: 'an administrator released the mails',
  mailRejected: 'an administrator rejected the mails; both sides stay as they are',
  crmBusy: 'the CRM was busy with this rep',
};

const SCOPE: Readonly<Record<string, string>> = {
  meeting: 'a meeting with participants',
  copyOfMeeting: 'a copy of a colleague’s meeting, which stands in the CRM as the colleague’s',
  series: 'part of a series',
  private: 'private',
  otherType: 'another type of activity',
  filtered: 'the rules’ conditions leave it out',
  onlyFromCrm: 'new appointments come from the CRM only',
  published: 'published for information',
  draft: 'a draft',
  cancelled: 'cancelled',
  otherRep: 'another rep’s',
  invalid: 'without readable dates',
};

const GROUPS: Readonly<Record<string, string>> = { showAs: 'show as' };

export interface Told {
  readonly title: string;
  readonly why: string;
  readonly tone: 'done' | 'quiet' | 'warning';
}

/** `subject` is null where the page cannot tell which appointment it was: the journal holds ids only. */
export function tell({ action, side, reason, detail, groups = [] }: JournalEntry, subject: string | null): Told {
  const it = subject === null ? 'An appointment' : `“${subject}”`;
  const where = side === undefined ? 'both sides' : (SIDES[side] ?? side);
  const fields = groups.length === 0 ? '' : `: ${groups.map((group) => GROUPS[group] ?? group).join(', ')}`;
  const why = whyOf(reason, detail);
  switch (action) {
    case 'created':
      return { title: `${it} was created in ${where}`, why, tone: 'done' };
    case 'updated':
      return { title: `${it} was updated in ${where}${fields}`, why, tone: 'done' };
    case 'deleted':
      return { title: `${it} was deleted in ${where}`, why, tone: 'done' };
    case 'adopted':
      return { title: `${it} was recognised on ${side === undefined ? 'both sides' : where}`, why, tone: 'done' };
    case 'left':
      return { title: `${it} was left alone in ${where}`, why, tone: 'quiet' };
    case 'rests':
      return { title: `${it} rests`, why, tone: 'quiet' };
    case 'ended':
      return { title: `${it} is no longer kept in step`, why, tone: 'quiet' };
    case 'waits':
      return { title: `${it} waits`, why, tone: 'quiet' };
    case 'conflict':
      return { title: `${it} was in conflict${side === undefined ? '' : `; the value of ${where} was overruled and kept in the conflict log`}${fields}`, why, tone: 'warning' };
    case 'refused':
      return { title: `${where === 'the CRM' ? 'The CRM' : where} refused ${subject === null ? 'an appointment' : it}`, why, tone: 'warning' };
    case 'lost':
      return { title: `The answer of ${where} for ${subject === null ? 'an appointment' : it} was lost; it will be looked up`, why, tone: 'warning' };
    case 'held':
      return reason.endsWith('Dissolved') ? { title: `${it} is held no longer`, why, tone: 'quiet' } : { title: `${it} is held until an administrator looks at it`, why, tone: 'warning' };
    case 'notStored':
    case 'storedDifferently':
      return { title: `${it} did not end up in ${where} as it was sent${fields}`, why, tone: 'warning' };
    default:
      return { title: `${it}: ${action}${fields}`, why, tone: 'quiet' };
  }
}

function whyOf(reason: string, detail: string | undefined): string {
  if (reason === 'notInScope' && detail !== undefined) return `It is ${SCOPE[detail] ?? detail}.`;
  const words = REASONS[reason] ?? reason;
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
