import type { TenantRules } from '../config/rules.ts';
import { second } from '../model/time/instant.ts';
import { PortFailure } from '../sync/failures.ts';
import type { EventFiles, Gate, GraphSide, MailboxRef } from '../sync/ports.ts';
import { graphAppointments } from './appointments.ts';
import { eventFiles } from './event-files.ts';
import { isUploadPlace } from './clouds.ts';
import { withinMailbox } from './middleware/reach.ts';
import type { Fetch } from './middleware/terminal.ts';
import { OneLargeFile } from './one-large-file.ts';
import { openTransport, type GraphAccess } from './transport.ts';

export interface MailboxAccess extends GraphAccess {
  readonly mailbox: MailboxRef;
  readonly gate: Gate;
  readonly rules: TenantRules;
  /** One for the process; without it, one per opening. */
  readonly largeFiles?: OneLargeFile;
  /** Its way to the addresses of upload sessions; without it they are on Graph's own host. */
  readonly uploads?: Fetch;
}

/** Opens one mailbox for one pass: all kinds share its transport, because its requests in flight are counted together. */
export function graphMailbox({ mailbox, gate, rules, largeFiles = new OneLargeFile(), uploads, ...access }: MailboxAccess): { readonly appointment: GraphSide; readonly files: EventFiles } {
  // Its rules choose token and Graph: those of another tenant would open that one's mailbox.
  if (mailbox.tenantId !== rules.tenantId) throw new PortFailure('graph', 'permission', 'A mailbox was to be opened by the rules of another tenant: it was not opened.', { code: 'otherTenant' });
  const transport = openTransport({ ...access, gate, reach: withinMailbox(mailbox.mailboxId), timeoutMs: rules.graph.timeoutSeconds * second });
  return { appointment: graphAppointments(transport, mailbox, rules), files: eventFiles(transport, mailbox, largeFiles, { fetch: uploads ?? access.fetch, clock: access.clock, gate, mayGo: isUploadPlace(access.baseUrl, rules.graph.uploadHosts) }) };
}
