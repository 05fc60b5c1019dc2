import { PortFailure } from '../sync/failures.ts';

/** For requests that name no item: what is not found then is the mailbox or its calendar. */
export async function mailboxLevel<T>(sent: Promise<T>): Promise<T> {
  try {
    return await sent;
  } catch (failure) {
    if (failure instanceof PortFailure && failure.reason === 'notFound') {
      throw new PortFailure('graph', 'mailboxUnavailable', "Graph does not find this user's calendar: check the mailbox in Exchange Online.", failure.details);
    }
    throw failure;
  }
}

/** An answer with status 200 that is not what was asked for. */
export function notUnderstood(outcomeUnknown = false): PortFailure {
  return new PortFailure('graph', 'transient', "Graph's answer lacks what it should hold: the request is tried again later.", { code: 'garbage', ...(outcomeUnknown ? { outcomeUnknown } : {}) });
}
