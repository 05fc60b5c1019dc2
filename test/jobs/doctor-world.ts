import { adminJobs } from '../../functions/admin-jobs.ts';
import { parseTenantRules } from '../../shared/config/rules.ts';
import { markersInUse, tablesInUse } from '../../shared/crm/fields-in-use.ts';
import { schemaProfile } from '../../shared/crm/profile.ts';
import type { DoctorReport } from '../../shared/jobs/doctor.ts';
import { TENANT } from '../world/places.ts';
import type { World } from '../world/world.ts';

export async function askDoctor(world: World, tenantId = TENANT): Promise<DoctorReport> {
  const answer = await world.clock.drive(world.call(adminJobs, new Request(`http://localhost:7071/api/admin/jobs/doctor?tenantId=${encodeURIComponent(tenantId)}`, { method: 'POST' }), { job: 'doctor' }));
  return (await answer?.json()) as DoctorReport;
}

const crm = (world: World): Record<string, unknown> => world.rules['crm'] as Record<string, unknown>;

/** One setting or rule each that is wrong, the check that names it, and checks that do not need it. */
export const BROKEN_SETTINGS: { what: string; change: (world: World) => void; check: string; says: RegExp; still: string[] }[] = [
  { what: 'no webhook secret', change: (world) => delete world.env['WEBHOOK_SECRET'], check: 'settings.webhookSecret', says: /WEBHOOK_SECRET is missing/, still: ['rules', 'graph.token', 'crm.login', 'mailboxes'] },
  { what: 'a webhook secret that the vault did not give', change: (world) => void (world.env['WEBHOOK_SECRET'] = '@Microsoft.KeyVault(SecretUri=https://kv-example.vault.azure.net/secrets/webhook-secret)'), check: 'settings.webhookSecret', says: /WEBHOOK_SECRET was not read from the vault/, still: ['graph.token', 'crm.login'] },
  { what: 'a webhook secret that is too short', change: (world) => void (world.env['WEBHOOK_SECRET'] = 'short'), check: 'settings.webhookSecret', says: /WEBHOOK_SECRET is too short/, still: ['graph.token', 'crm.login'] },
  { what: 'no public address', change: (world) => delete world.env['PUBLIC_BASE_URL'], check: 'settings.publicBaseUrl', says: /PUBLIC_BASE_URL is missing/, still: ['graph.token', 'crm.login'] },
  { what: 'a public address without https', change: (world) => void (world.env['PUBLIC_BASE_URL'] = 'http://connector.example.com'), check: 'settings.publicBaseUrl', says: /PUBLIC_BASE_URL is no address that Graph takes: .*https/, still: ['graph.token', 'crm.login'] },
  { what: 'a public address that is none', change: (world) => void (world.env['PUBLIC_BASE_URL'] = 'connector'), check: 'settings.publicBaseUrl', says: /PUBLIC_BASE_URL is no address/, still: ['graph.token', 'crm.login'] },
  { what: 'no password of the CRM', change: (world) => delete world.env['CRM_PASSWORD'], check: 'crm.settings', says: /CRM_PASSWORD is missing/, still: ['rules', 'storage', 'graph.people', 'mailboxes'] },
  { what: 'a password of the CRM that the vault did not give', change: (world) => void (world.env['CRM_PASSWORD'] = '@Microsoft.KeyVault(SecretUri=https://kv-example.vault.azure.net/secrets/crm-password)'), check: 'crm.settings', says: /CRM_PASSWORD was not read from the vault/, still: ['rules', 'storage', 'graph.people', 'mailboxes'] },
  { what: 'no password for the web server before the CRM', change: (world) => void (crm(world)['basic'] = { user: 'web', passwordSetting: 'WEB_PASSWORD' }), check: 'crm.settings', says: /WEB_PASSWORD is missing/, still: ['rules', 'graph.people'] },
  { what: 'a wrong password of the CRM', change: (world) => void (world.env['CRM_PASSWORD'] = 'wrong-crm-secret'), check: 'crm.login', says: /refuses the login/, still: ['crm.settings', 'graph.people'] },
  { what: 'a profile with an unknown field', change: (world) => void (crm(world)['profile'] = { activity: { fields: { Titel: 'Title' } } }), check: 'crm.settings', says: /names the field 'Titel', which does not exist/, still: ['rules', 'graph.people'] },
  { what: 'a Graph token that is refused', change: (world) => void (world.env['GRAPH_LOCAL_TOKEN'] = 'wrong-token'), check: 'graph.tenant', says: /Graph/, still: ['graph.token', 'crm.login', 'mailboxes'] },
  { what: 'no token for Graph', change: (world) => delete world.env['GRAPH_LOCAL_TOKEN'], check: 'graph.token', says: /GRAPH_LOCAL_TOKEN/, still: ['graph.settings', 'crm.login'] },
  { what: 'an address of Graph that is none', change: (world) => void ((world.rules['graph'] = { auth: 'local' }), (world.env['GRAPH_BASE_URL'] = 'graph')), check: 'graph.settings', says: /GRAPH_BASE_URL is no address of Graph/, still: ['crm.login', 'mailboxes'] },
  { what: 'a way to log in that does not exist', change: (world) => void ((world.rules['graph'] = { baseUrl: world.graph.baseUrl }), (world.env['GRAPH_AUTH'] = 'magic')), check: 'graph.settings', says: /GRAPH_AUTH must be one of/, still: ['crm.login'] },
  { what: 'rules with a mistake', change: (world) => void (crm(world)['timeZone'] = 'Mars/Olympus'), check: 'rules', says: /crm\.timeZone: must be an IANA time zone/, still: ['storage', 'settings.webhookSecret', 'mailboxes'] },
];

/** What must not stand in an answer: secrets, right or wrong, and addresses. */
export function secretsIn(world: World, report: DoctorReport): string[] {
  const text = JSON.stringify(report);
  const secrets = ['crm-secret', 'app-token', 'wrong-token', 'a secret of at least', ...world.employees.map(({ mail }) => mail), '@example'];
  return secrets.filter((secret) => text.includes(secret));
}

/** 'Table.Field' of everything that doctor looks for by the rules of this world. */
export function examinedFields(world: World): string[] {
  const parsed = parseTenantRules(world.rules);
  if ('mistakes' in parsed) throw new Error(parsed.mistakes.join('; '));
  const { rules } = parsed;
  const profile = schemaProfile(rules.crm);
  return [...tablesInUse(profile, rules).flatMap(({ table, fields }) => fields.map(({ field }) => `${table}.${field}`)), ...markersInUse(profile, rules).map(({ field }) => `${profile.activity.table}.${field}`)];
}
