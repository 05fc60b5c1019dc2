import type { CrmRules, TenantRules } from '../config/rules.ts';
import type { CrmExamination, CrmTenant } from '../jobs/ports.ts';
import type { Clock, DocumentContents, Documents, Gate, MailboxRef } from '../sync/ports.ts';
import { crmAppointments, type CrmAppointments } from './appointments.ts';
import { KnownBuilds } from './builds.ts';
import { documentContents } from './document-contents.ts';
import { crmDocuments } from './documents.ts';
import { crmExamination } from './examination.ts';
import { schemaProfile, type SchemaProfile } from './profile.ts';
import { crmTenantPort, type TenantOptions } from './tenant.ts';
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
  /** One for the process, so that each tenant is asked for its build once a day; without it, once per opening. */
  readonly builds?: KnownBuilds;
}

interface MailboxConnection extends CrmConnection {
  readonly mailbox: MailboxRef;
  readonly gate: Gate;
  /** Addresses of synchronized mailboxes (all of them, lower case), and the SeqNo of the rep whose each is. Asked for where somebody is looked up. */
  readonly aliases?: () => Promise<ReadonlyMap<string, number>>;
}

/** The CRM as one mailbox's rep, for the length of a pass. Throws PortFailure 'configuration' where the profile is wrong. */
export function crmMailbox(options: MailboxConnection): { readonly appointment: CrmAppointments; readonly documents: Documents; readonly contents: DocumentContents } {
  const { rules, mailbox, aliases = async () => new Map<string, number>(), builds = new KnownBuilds(options.clock) } = options;
  const transport = crmTransport({ rules: rules.crm, secrets: options.secrets, fetch: options.fetch, clock: options.clock, gate: options.gate, actAs: mailbox.repEmail });
  const profile = profileOf(rules.crm);
  return { appointment: crmAppointments({ mailbox, rules, profile, transport, builds, aliases }), documents: crmDocuments({ profile, transport, deletedFlag: rules.crm.deletedFlag }), contents: documentContents(profile, transport, rules.crm.timeZone) };
}

/** The CRM as the master user, for one tenant job. Throws PortFailure 'configuration' where the profile is wrong. */
export function crmTenant(options: CrmConnection): CrmTenant {
  return crmTenantPort(asMaster(options));
}

/** The CRM as the master user, for `doctor`. Throws PortFailure 'configuration' where the profile is wrong. */
export function examinedCrm(options: CrmConnection): CrmExamination {
  return crmExamination(asMaster(options));
}

function asMaster({ rules, secrets, fetch, clock }: CrmConnection): TenantOptions {
  return { rules, profile: profileOf(rules.crm), transport: crmTransport({ rules: rules.crm, secrets, fetch, clock, actAs: null }), clock };
}
