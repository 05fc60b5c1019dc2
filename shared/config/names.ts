/** Every name that code, host.json, settings and infrastructure must agree on, in one place (held equal by test/names.test.ts). */

export const TABLES = {
  mailbox: 'mailbox',
  directory: 'directory',
  crmIndex: 'crmIndex',
  tenantState: 'tenantState',
  subscriptions: 'subscriptions',
  due: 'due',
} as const;

export const QUEUES = { tenantJobs: 'tenant-jobs', mailboxPasses: 'mailbox-passes', tenantJobsPoison: 'tenant-jobs-poison', mailboxPassesPoison: 'mailbox-passes-poison' } as const;

export const CONTAINERS = { conflicts: 'conflicts', cursors: 'cursors' } as const;

/** Relative to the host's route prefix `api`. */
export const ROUTES = {
  notifications: 'graph/notifications',
  lifecycle: 'graph/lifecycle',
  crmChanged: 'crm/{tenantId}/changed',
  health: 'health',
  adminJobs: 'admin/jobs/{job}',
  adminTenants: 'admin/tenants',
  adminTenant: 'admin/tenants/{tenantId}',
  adminOffboard: 'admin/tenants/{tenantId}/offboard',
  adminMailboxes: 'admin/tenants/{tenantId}/mailboxes',
  adminJournal: 'admin/tenants/{tenantId}/mailboxes/{mailboxId}/journal',
  adminRules: 'admin/tenants/{tenantId}/rules',
  adminRulesVersions: 'admin/tenants/{tenantId}/rules/versions',
  adminRulesVersion: 'admin/tenants/{tenantId}/rules/versions/{version}',
  adminGuard: 'admin/guard',
  adminGuardAnswer: 'admin/guard/{answer}',
  adminMailGuard: 'admin/mail-guard',
  adminMailGuardAnswer: 'admin/mail-guard/{answer}',
  adminAdoption: 'admin/adoption',
  adminAdoptionAnswer: 'admin/adoption/{answer}',
  adminConsent: 'admin/consent',
  consentStart: 'consent/start',
  consentCallback: 'consent/callback',
} as const;

/** Application settings the code reads. */
export const SETTINGS = {
  data: 'DATA',
  dataQueueServiceUri: 'DATA__queueServiceUri',
  dataTableServiceUri: 'DATA__tableServiceUri',
  dataBlobServiceUri: 'DATA__blobServiceUri',
  dataClientId: 'DATA__clientId',
  graphBaseUrl: 'GRAPH_BASE_URL',
  graphAuth: 'GRAPH_AUTH',
  graphLocalToken: 'GRAPH_LOCAL_TOKEN',
  graphAppId: 'GRAPH_APP_ID',
  graphClientSecret: 'GRAPH_CLIENT_SECRET',
  graphCertificatePath: 'GRAPH_CERTIFICATE_PATH',
  identityClientId: 'IDENTITY_CLIENT_ID',
  identityEndpoint: 'IDENTITY_ENDPOINT',
  publicBaseUrl: 'PUBLIC_BASE_URL',
  webhookSecret: 'WEBHOOK_SECRET',
  config: 'CONFIG',
} as const;

/** What our writes leave on a CRM record (`ExtSystem`). */
export const EXTERNAL_SYSTEM = 'M365';

/** Extended property that marks an event of ours: its value is `v1|tenant|mailbox|pairId`. */
export const GRAPH_MARKER = 'String {7d7ab8a4-8e0c-4d9b-9d0f-5a4b6f0c2e31} Name ConnectorPair';

/** Extended property with the address of an event's activity in CRM.web: for whoever does not see the line, and for an add-in. */
export const GRAPH_WEB_LINK = 'String {7d7ab8a4-8e0c-4d9b-9d0f-5a4b6f0c2e31} Name ConnectorCrmLink';

/** Extended property on whatever the probe makes in its mailbox: no part of the product looks at it. */
export const GRAPH_PROBE_MARK = 'String {7d7ab8a4-8e0c-4d9b-9d0f-5a4b6f0c2e31} Name ConnectorProbe';

/** `ExtSystem` of what the probe makes in the CRM: none of the connector's records have it. */
export const PROBE_SYSTEM = 'PROBE';

/** Every event the product tells of. Queries and alerts name these and nothing else. */
export const EVENTS = ['pass', 'notifications', 'crm.poll', 'users', 'subscribed', 'subscriptions', 'subscription.failed', 'lifecycle', 'due', 'job.failed', 'message.unreadable', 'rules.wrong', 'rules.changed', 'heartbeat', 'tenant.stopped', 'tenant.resumed', 'tenant.leaving', 'net', 'poison', 'guard.tripped', 'guard.answered', 'mailGuard.tripped', 'mailGuard.answered', 'version.newer', 'consent', 'adoption.asks', 'adoption.done', 'mailbox.rep'] as const;
export type EventName = (typeof EVENTS)[number];
