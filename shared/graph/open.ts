import type { TenantRules } from '../config/rules.ts';
import { second } from '../model/time/instant.ts';
import type { Gate, GraphSide, MailboxRef } from '../sync/ports.ts';
import { graphAppointments } from './appointments.ts';
import { openTransport, type GraphAccess } from './transport.ts';

export interface MailboxAccess extends GraphAccess {
  readonly mailbox: MailboxRef;
  readonly gate: Gate;
  readonly rules: TenantRules;
}

/** Opens one mailbox for one pass: all kinds share its transport, because its requests in flight are counted together. */
export function graphMailbox({ mailbox, gate, rules, ...access }: MailboxAccess): { readonly appointment: GraphSide } {
  const transport = openTransport({ ...access, gate, timeoutMs: rules.graph.timeoutSeconds * second });
  return { appointment: graphAppointments(transport, mailbox, rules) };
}
