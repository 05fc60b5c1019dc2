import type { TenantRules } from '../config/rules.ts';
import { second } from '../model/time/instant.ts';
import type { EventFiles, Gate, GraphSide, MailboxRef } from '../sync/ports.ts';
import { graphAppointments } from './appointments.ts';
import { eventFiles } from './event-files.ts';
import { OneLargeFile } from './one-large-file.ts';
import { openTransport, type GraphAccess } from './transport.ts';

export interface MailboxAccess extends GraphAccess {
  readonly mailbox: MailboxRef;
  readonly gate: Gate;
  readonly rules: TenantRules;
  /** One for the process; without it, one per opening. */
  readonly largeFiles?: OneLargeFile;
}

/** Opens one mailbox for one pass: all kinds share its transport, because its requests in flight are counted together. */
export function graphMailbox({ mailbox, gate, rules, largeFiles = new OneLargeFile(), ...access }: MailboxAccess): { readonly appointment: GraphSide; readonly files: EventFiles } {
  const transport = openTransport({ ...access, gate, timeoutMs: rules.graph.timeoutSeconds * second });
  return { appointment: graphAppointments(transport, mailbox, rules), files: eventFiles(transport, mailbox, largeFiles) };
}
