import type { CrmRules, TenantRules } from '../config/rules.ts';
import type { CrmTenant } from '../jobs/ports.ts';
import type { Clock, CrmSide, Gate, MailboxRef } from '../sync/ports.ts';
import { crmAppointments } from './appointments.ts';
import { schemaProfile, type SchemaProfile } from './profile.ts';
import { crmTenantPort } from './tenant.ts';
import { crmTransport, type CrmSecrets, type Fetch } from './transport.ts';

const profiles = new WeakMap<CrmRules, SchemaProfile>();

/** Made once for each version of the rules: the poll asks every half a minute. */
function profileOf(rules: CrmRules): SchemaProfile {
  const known = profiles.get(rules) ?? schemaProfile(rules);
  profiles.set(rules, known);
  return known;
}

interface CrmConnection {
  readonly rules: Pick<TenantRules, 'crm' | 'appointments'> & Partial<Pick<TenantRules, 'users'>>;
  /** Values of the settings that the rules name. */
  readonly secrets: CrmSecrets;
  readonly fetch: Fetch;
  readonly clock: Clock;
}

/** The CRM as one mailbox's rep, for the length of a pass. Throws PortFailure 'configuration' where the profile is wrong. */
export function crmMailbox(options: CrmConnection & { readonly mailbox: MailboxRef; readonly gate: Gate }): { readonly appointment: CrmSide } {
  const { rules, mailbox } = options;
  const transport = crmTransport({ rules: rules.crm, secrets: options.secrets, fetch: options.fetch, clock: options.clock, gate: options.gate, actAs: mailbox.repEmail });
  return { appointment: crmAppointments({ mailbox, rules, profile: profileOf(rules.crm), transport }) };
}

/** The CRM as the master user, for one tenant job. Throws PortFailure 'configuration' where the profile is wrong. */
export function crmTenant(options: CrmConnection): CrmTenant {
  const { rules, clock } = options;
  const transport = crmTransport({ rules: rules.crm, secrets: options.secrets, fetch: options.fetch, clock, actAs: null });
  return crmTenantPort({ rules, profile: profileOf(rules.crm), transport, clock });
}
