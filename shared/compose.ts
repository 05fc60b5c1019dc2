import { randomInt } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import type { InvocationContext } from '@azure/functions';
import { mappedFields } from './config/field-rules.ts';
import { SETTINGS } from './config/names.ts';
import type { TenantRules } from './config/rules.ts';
import { KnownBuilds } from './crm/builds.ts';
import { crmMailbox, crmTenant, examinedCrm } from './crm/open.ts';
import { schemaProfile } from './crm/profile.ts';
import { onlyTo, originOf, type Wire } from './egress.ts';
import { adminConsent } from './graph/admin-consent.ts';
import { cloudOf, isLoginPlace, isLoopback, isUploadPlace } from './graph/clouds.ts';
import { azureCredentials, managedIdentity, type Credential } from './graph/credentials.ts';
import type { Fetch } from './graph/middleware/terminal.ts';
import { OneLargeFile } from './graph/one-large-file.ts';
import { graphMailbox } from './graph/open.ts';
import { graphTenant } from './graph/tenant.ts';
import { tokenProviders, type TokenSettings } from './graph/tokens.ts';
import type { GraphAccess } from './graph/transport.ts';
import { viewJournal, viewMailboxes, type MailboxView } from './jobs/admin.ts';
import { beginConsent, finishConsent, inviteToConsent, viewConsent, type ConsentView, type Finished, type Invited, type Returned } from './jobs/consent.ts';
import { doctor, type DoctorReport } from './jobs/doctor.ts';
import { ringDue } from './jobs/due-work.ts';
import { answerAdoption, viewAdoptions, type AdoptionAnswered, type AdoptionView } from './jobs/adoption.ts';
import { answerHeld, HELD_DELETIONS, HELD_MAILS, viewHeld, type AnswerGiven, type GuardAnswer, type HeldList, type HeldMailView, type HeldView } from './jobs/guard-answers.ts';
import { quietGraph } from './jobs/graph-quiet.ts';
import { health, type Health } from './jobs/health.ts';
import { passMailbox } from './jobs/mailbox-pass.ts';
import { takeLifecycle, type LifecycleOutcome } from './jobs/lifecycle.ts';
import type { Ring, TenantJob, TenantJobName } from './jobs/messages.ts';
import { takeNotifications, type NotificationOutcome } from './jobs/notifications.ts';
import { leaveToNewer } from './jobs/newer-messages.ts';
import type { RuleSource } from './jobs/ports.ts';
import { takePoison } from './jobs/poison.ts';
import { listVersions, putBack, storeRules, viewRules, viewVersion, type RulesVersion, type RulesView, type Stored } from './jobs/rules-admin.ts';
import { startOffboarding, type OffboardingAnswer } from './jobs/offboarding.ts';
import { viewTenant, viewTenants, type TenantView } from './jobs/tenant-record.ts';
import { knownStops, resumeTenant } from './jobs/stopping.ts';
import { askForPoll, enqueueTenantJobs, runTenantJob, startTenantJob } from './jobs/tenant-jobs.ts';
import { loadedTenants } from './jobs/tenants.ts';
import { reporter, type LineSink } from './ops/telemetry.ts';
import { containerRules, folderRules } from './state/rule-source.ts';
import { azureStorage } from './state/storage.ts';
import { PortFailure } from './sync/failures.ts';
import { withFields } from './sync/field-sides.ts';
import { fieldTranslation } from './sync/field-translation.ts';
import type { JournalEntry } from './sync/journal.ts';
import type { PassResult } from './sync/pass.ts';
import type { Clock, KindSides, Random, Sides, Storage } from './sync/ports.ts';

/** What the functions call: one use case each. */
export interface App {
  takeNotifications(items: readonly unknown[], traceparent?: string): Promise<NotificationOutcome>;
  takeLifecycle(body: unknown, traceparent?: string): Promise<LifecycleOutcome>;
  passMailbox(ring: Ring, delivery: { readonly dequeueCount: number }): Promise<PassResult | null>;
  runTenantJob(job: TenantJob): Promise<Readonly<Record<string, string | number>>>;
  enqueueTenantJobs(job: TenantJobName, why: string): Promise<{ enqueued: number }>;
  startTenantJob(tenantId: string, job: TenantJobName): Promise<Readonly<Record<string, string | number>>>;
  crmChanged(tenantId: string): Promise<void>;
  /** Looks at one tenant as a whole and says what is wrong with it. */
  doctor(tenantId: string): Promise<DoctorReport>;
  resumeTenant(tenantId: string): Promise<{ state: 'resumed'; mailboxes: number } | { state: 'unknown' | 'leaving' }>;
  ringDue(): Promise<{ rung: number }>;
  takePoison(queue: string, message: unknown): Promise<'waits' | 'unreadable'>;
  health(): Promise<Health>;
  viewMailboxes(tenantId: string): Promise<{ mailboxes: readonly MailboxView[] }>;
  viewJournal(tenantId: string, mailboxId: string, top: number): Promise<{ entries: readonly JournalEntry[] }>;
  viewTenants(): Promise<{ readonly tenants: readonly TenantView[] }>;
  viewTenant(tenantId: string): Promise<TenantView | null>;
  /** Lets a tenant go, with what is known of it where that is asked for and confirmed. */
  startOffboarding(tenantId: string, state: 'keep' | 'remove', confirmed: string): Promise<OffboardingAnswer>;
  /** A tenant's rules as they lie there; null = none. */
  viewRules(tenantId: string): Promise<RulesView | null>;
  /** Puts others in force, where these still have that ETag (null = where there are none). */
  storeRules(tenantId: string, text: string, etag: string | null): Promise<Stored>;
  listRulesVersions(tenantId: string): Promise<readonly RulesVersion[]>;
  viewRulesVersion(tenantId: string, version: string): Promise<string | null>;
  putBackRules(tenantId: string, version: string, etag: string | null): Promise<Stored>;
  /** What first synchronizations found on both sides, or would do. */
  viewAdoptions(tenantId: string, mailboxId: string | null): Promise<{ readonly adoptions: readonly AdoptionView[] }>;
  answerAdoption(answer: AdoptionAnswered): Promise<{ readonly mailboxes: number }>;
  /** Deletions that wait for an admin's answer, of one mailbox or (null) of all. */
  viewHeld(tenantId: string, mailboxId: string | null): Promise<HeldList<HeldView>>;
  answerHeld(answer: GuardAnswer<'confirmed' | 'rejected'>): Promise<AnswerGiven>;
  /** Changes that wait for one because of the mail that would be sent for them. */
  viewHeldMails(tenantId: string, mailboxId: string | null): Promise<HeldList<HeldMailView>>;
  answerHeldMails(answer: GuardAnswer<'released' | 'rejected'>): Promise<AnswerGiven>;
  /** A link by which the tenant's admin consents; null = no such tenant. */
  inviteToConsent(tenantId: string): Promise<Invited | Mistake | null>;
  viewConsent(tenantId: string): Promise<ConsentView | null>;
  /** null = not an invitation of ours, or not any more. */
  beginConsent(invitation: string): Promise<{ readonly address: string; readonly cookie: string } | Mistake | null>;
  finishConsent(returned: Returned): Promise<Finished | Mistake>;
  /** A message of a newer version is put where its workers find it; false where it is none. */
  leaveToNewer(queue: string, message: unknown): Promise<boolean>;
  /** The error for a message of a queue that cannot be read; the message goes the poison way. */
  unreadable(queue: string): Error;
}

/** What is missing or wrong in the settings, in one sentence. */
export interface Mistake {
  readonly mistake: string;
}

/** Everything from outside: what a simulation replaces. */
export interface Outside {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: Random;
  readonly fetch: (request: Request) => Promise<Response>;
  /** Made at first use from the settings where absent. */
  readonly storage?: Storage;
  readonly rules?: RuleSource;
}

/** The app for one invocation: its log lines go where that invocation's go. */
export type AppOf = (context: Pick<InvocationContext, 'log'>) => App;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => wait(ms, undefined, signal === undefined ? {} : { signal }),
};

let production: ((sink: LineSink) => App) | null = null;

/** The app as Azure runs it. Parts are made at first use, so that a wrong setting never keeps the functions from loading. */
export function productionApp(context: Pick<InvocationContext, 'log'>): App {
  production ??= compose({ env: process.env, clock: systemClock, random: () => randomInt(2 ** 47) / 2 ** 47, fetch: (request) => globalThis.fetch(request) });
  return production((line) => context.log(line));
}

/** The one place where adapters meet ports. */
export function compose(outside: Outside): (sink: LineSink) => App {
  const { env, clock, random } = outside;
  const storage = once(() => outside.storage ?? storageFrom(env, login));
  const source = once(() => outside.rules ?? rulesFrom(env, storage));
  const tenants = once(() => loadedTenants(source(), clock));
  const knownFingerprints = new Map<string, string>();
  const largeFiles = new OneLargeFile();
  const stops = once(() => knownStops(storage().tables, clock));

  const { login, loginTo, graphAccess, crmAccess, uploadsOf } = waysOut(outside);
  const sides = async (rules: TenantRules): Promise<Sides> => ({
    open: async (_kind, mailbox, gate, colleagues) => {
      const graph = graphMailbox({ ...graphAccess(rules), mailbox, gate, rules, largeFiles, uploads: uploadsOf(rules) });
      const crm = crmMailbox({ ...crmAccess(rules), mailbox, gate, aliases: async () => (await colleagues.list()).addresses });
      const { toCrm, toOutlook } = rules.appointments.attachments;
      const opened: KindSides = {
        graph: graph.appointment,
        crm: crm.appointment,
        ...(toCrm.enabled ? { files: { graph: graph.files, crm: crm.documents } } : {}),
        ...(toOutlook.enabled ? { documents: { graph: graph.files, crm: crm.contents } } : {}),
      };
      return rules.appointments.fields.length === 0 ? opened : withAdditionalFields(rules, opened);
    },
  });
  // Most tenants add none: then nothing stands between.
  const withAdditionalFields = async (rules: TenantRules, opened: KindSides): Promise<KindSides> =>
    withFields(opened, await fieldTranslation(mappedFields(rules.appointments.fields), { now: () => clock.now(), monotonic: () => clock.monotonic(), random }));
  const tenantGraph = (rules: TenantRules) => graphTenant({ ...graphAccess(rules), rules, gate: quietGraph(storage().tables, clock, rules.tenantId) });
  const ports = {
    graph: async (tenantId: string) => tenantGraph(await tenants().rules(tenantId)),
    crm: async (tenantId: string) => crmTenant(crmAccess(await tenants().rules(tenantId))),
  };

  const webhook = { webhookSecret: () => webhookSecret(env), publicBaseUrl: () => publicBaseUrl(env) };

  return (sink) => {
    const report = reporter(sink);
    const leaving = () => ({ storage: storage(), clock, report, tenants: tenants(), source, graph: ports.graph, ...webhook });
    const jobServices = () => ({ leaving: leaving(), storage: storage(), clock, report, tenants: tenants(), ports, stops: stops(), knownFingerprints, ...webhook });
    const consentServices = () => ({ storage: storage(), clock, random, report, tenants: tenants(), graph: (rules: TenantRules) => ({ ...tenantGraph(rules), ...adminConsent(loginTo(rules)) }), ...webhook });
    const rulesServices = () => ({ source: source(), tenants: tenants(), clock, report, check: unworkable });
    return {
      takeNotifications: async (items, traceparent) => takeNotifications({ storage: storage(), clock, report, webhookSecret: webhookSecret(env) }, items, traceparent),
      takeLifecycle: async (body, traceparent) => takeLifecycle({ storage: storage(), clock, report, webhookSecret: webhookSecret(env) }, body, traceparent),
      passMailbox: async (ring, delivery) => passMailbox({ storage: storage(), clock, random, report, tenants: tenants(), sides, stops: stops() }, ring, delivery),
      runTenantJob: async (job) => runTenantJob(jobServices(), job),
      enqueueTenantJobs: async (job, why) => enqueueTenantJobs(jobServices(), job, why),
      startTenantJob: async (tenantId, job) => startTenantJob(jobServices(), tenantId, job),
      doctor: async (tenantId) => doctor({ clock, storage, tenants, ports: { graph: tenantGraph, crm: (rules) => examinedCrm(crmAccess(rules)) }, ...webhook }, tenantId),
      resumeTenant: async (tenantId) => ((await tenants().list()).includes(tenantId) ? resumeTenant({ storage: storage(), clock, report }, tenantId) : { state: 'unknown' }),
      crmChanged: async (tenantId) => askForPoll({ storage: storage(), tenants: tenants() }, tenantId),
      ringDue: async () => ringDue({ storage: storage(), clock, report }),
      takePoison: async (queue, message) => takePoison({ storage: storage(), clock, report }, queue, message),
      health: async () => health(() => ({ storage: storage(), tenants: tenants() })),
      viewMailboxes: async (tenantId) => viewMailboxes(storage(), tenantId),
      viewJournal: async (tenantId, mailboxId, top) => viewJournal(storage(), tenantId, mailboxId, top),
      viewAdoptions: async (tenantId, mailboxId) => viewAdoptions(storage(), tenantId, mailboxId),
      answerAdoption: async (answer) => answerAdoption({ storage: storage(), clock }, answer),
      viewTenants: async () => viewTenants({ storage: storage(), tenants: tenants() }),
      viewTenant: async (tenantId) => viewTenant({ storage: storage(), tenants: tenants() }, tenantId),
      startOffboarding: async (tenantId, state, confirmed) => startOffboarding(leaving(), tenantId, state, confirmed),
      viewRules: async (tenantId) => viewRules(rulesServices(), tenantId),
      storeRules: async (tenantId, text, etag) => storeRules(rulesServices(), tenantId, text, etag),
      listRulesVersions: async (tenantId) => listVersions(rulesServices(), tenantId),
      viewRulesVersion: async (tenantId, version) => viewVersion(rulesServices(), tenantId, version),
      putBackRules: async (tenantId, version, etag) => putBack(rulesServices(), tenantId, version, etag),
      viewHeld: async (tenantId, mailboxId) => viewHeld(HELD_DELETIONS, storage(), tenantId, mailboxId),
      answerHeld: async (answer) => answerHeld(HELD_DELETIONS, { storage: storage(), clock, report }, answer),
      viewHeldMails: async (tenantId, mailboxId) => viewHeld(HELD_MAILS, storage(), tenantId, mailboxId),
      answerHeldMails: async (answer) => answerHeld(HELD_MAILS, { storage: storage(), clock, report }, answer),
      inviteToConsent: async (tenantId) => orMistake(() => inviteToConsent(consentServices(), tenantId)),
      viewConsent: async (tenantId) => ((await tenants().list()).includes(tenantId) ? viewConsent({ storage: storage() }, tenantId) : null),
      beginConsent: async (invitation) => orMistake(() => beginConsent(consentServices(), invitation)),
      finishConsent: async (returned) => orMistake(() => finishConsent(consentServices(), returned)),
      leaveToNewer: async (queue, message) => leaveToNewer({ storage: storage(), clock, report }, queue, message),
      unreadable: (queue) => {
        report('message.unreadable', { queue });
        return new Error(`A message of the queue ${queue} is not one of ours: look at it in ${queue}-poison.`);
      },
    };
  };
}

/** The ways to both systems: of everything that runs here, and of the probe. Tokens and builds are known once for each call of this. */
function waysOut({ env, clock, fetch }: Pick<Outside, 'env' | 'clock' | 'fetch'>) {
  const builds = new KnownBuilds(clock);
  // Nothing of the product has another way to the network, but the storage's own library.
  const asFetch = (wire: Wire): Fetch => (url, init) => wire(new Request(url, init));
  const login = asFetch(onlyTo(fetch, 'graph', (place) => isLoginPlace(place, env[SETTINGS.identityEndpoint])));
  const graphAt = (baseUrl: string): Fetch => asFetch(onlyTo(fetch, 'graph', originOf(baseUrl)));
  const tokenOf = tokenProviders(clock, azureCredentials(login));
  const loginTo = (rules: TenantRules): TokenSettings => ({ baseUrl: rules.graph.baseUrl ?? graphBaseUrl(env), tenantId: rules.tenantId, ...tokenSettings(env, rules) });
  const graphAccess = (rules: TenantRules): GraphAccess => {
    const settings = loginTo(rules);
    return { baseUrl: settings.baseUrl, fetch: graphAt(settings.baseUrl), clock, token: tokenOf(settings) };
  };
  const uploadsOf = (rules: TenantRules): Fetch => asFetch(onlyTo(fetch, 'graph', isUploadPlace(loginTo(rules).baseUrl, rules.graph.uploadHosts)));
  const crmAccess = (rules: TenantRules) => ({ rules, fetch: onlyTo(fetch, 'crm', originOf(rules.crm.url)), clock, builds, secrets: { password: setting(env, rules.crm.passwordSetting), ...(rules.crm.basic === undefined ? {} : { basicPassword: setting(env, rules.crm.basic.passwordSetting) }) } });
  return { login, loginTo, graphAccess, crmAccess, uploadsOf };
}

/** What the probe is given: the rules as they lie there, and the same ways to both systems as the connector's own. */
export function probeSurroundings(outside: Omit<Outside, 'random'>) {
  const { env } = outside;
  const { login, graphAccess, crmAccess } = waysOut(outside);
  const source = outside.rules ?? rulesFrom(env, () => outside.storage ?? storageFrom(env, login));
  return { source, graphAccess, crmAccess, publicBaseUrl: (env[SETTINGS.publicBaseUrl] ?? '') === '' ? null : publicBaseUrl(env), unworkable };
}

/** What no adapter could work by, although each rule alone is right: told before such rules count. */
function unworkable(rules: TenantRules): readonly string[] {
  const { auth, baseUrl } = rules.graph;
  const isLocal = baseUrl !== undefined && isLoopback(baseUrl);
  const inWords = (path: string, make: () => unknown): string[] => {
    try {
      make();
      return [];
    } catch (failure) {
      if (failure instanceof PortFailure) return [`${path}: ${failure.message}`];
      throw failure;
    }
  };
  return [
    ...inWords('crm.profile', () => schemaProfile(rules.crm)),
    ...inWords('graph.baseUrl', () => baseUrl === undefined || isLocal || cloudOf(baseUrl)),
    ...(auth === 'local' && baseUrl !== undefined && !isLocal ? ['graph.auth: local is for a Graph on this machine only'] : []),
  ];
}

async function orMistake<T>(make: () => Promise<T>): Promise<T | Mistake> {
  try {
    return await make();
  } catch (failure) {
    if (failure instanceof PortFailure && failure.reason === 'configuration') return { mistake: failure.message };
    throw failure;
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}

/** The value of a setting, or one clear sentence. */
function setting(env: Outside['env'], name: string): string {
  const value = env[name];
  if (value === undefined || value === '') throw new PortFailure('state', 'configuration', `The application setting ${name} is missing: set it and the connector goes on by itself.`);
  // Where the platform cannot follow a reference to the vault it hands over the reference itself: anybody could sign with that, and the CRM locks a login that is tried with it.
  if (value.startsWith('@Microsoft.KeyVault(')) throw new PortFailure('state', 'configuration', `The application setting ${name} was not read from the vault: put the secret there, see that the app's identity may read it, and restart the app.`);
  return value;
}

function webhookSecret(env: Outside['env']): string {
  const secret = setting(env, SETTINGS.webhookSecret);
  if (secret.length < 32) throw new PortFailure('state', 'configuration', `The application setting ${SETTINGS.webhookSecret} is too short: give it at least 32 random characters.`);
  return secret;
}

/** Where Graph reaches our webhooks, without a trailing slash. */
function publicBaseUrl(env: Outside['env']): string {
  const address = setting(env, SETTINGS.publicBaseUrl);
  if (!isSafe(address)) throw new PortFailure('state', 'configuration', `The application setting ${SETTINGS.publicBaseUrl} is no address that Graph takes: write it like https://connector.example.com (http on loopback only).`);
  return address.replace(/\/+$/, '');
}

function graphBaseUrl(env: Outside['env']): string {
  const address = env[SETTINGS.graphBaseUrl];
  if (address === undefined || address === '') return 'https://graph.microsoft.com';
  if (!isSafe(address)) throw new PortFailure('graph', 'configuration', `The application setting ${SETTINGS.graphBaseUrl} is no address of Graph: write it like https://graph.microsoft.com (http on loopback only), or leave it out.`);
  return address;
}

/** An address without a query, https or on this machine. */
function isSafe(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, search, hash, username } = new URL(address);
  return (protocol === 'https:' || (protocol === 'http:' && isLoopback(address))) && search === '' && hash === '' && username === '';
}

function storageFrom(env: Outside['env'], fetch: Fetch): Storage {
  const connectionString = env[SETTINGS.data];
  if (connectionString !== undefined && connectionString !== '') return azureStorage({ connectionString });
  const queueServiceUri = setting(env, SETTINGS.dataQueueServiceUri);
  const tableServiceUri = setting(env, SETTINGS.dataTableServiceUri);
  const blobServiceUri = setting(env, SETTINGS.dataBlobServiceUri);
  const clientId = env[SETTINGS.dataClientId];
  return azureStorage({ queueServiceUri, tableServiceUri, blobServiceUri, credential: lateIdentity(fetch, clientId) });
}

/** @azure/identity is slow to load: it is not needed where a connection string is given, and never before the first token. */
function lateIdentity(fetch: Fetch, clientId: string | undefined): { getToken: (scopes: string | string[]) => ReturnType<Credential['getToken']> } {
  let credential: Promise<Credential> | null = null;
  return {
    async getToken(scopes) {
      credential ??= managedIdentity(fetch, clientId);
      // The storage SDKs ask for one scope at a time.
      return (await credential).getToken(typeof scopes === 'string' ? scopes : scopes.join(' '));
    },
  };
}

function rulesFrom(env: Outside['env'], storage: () => Storage): RuleSource {
  const where = setting(env, SETTINGS.config);
  // A container's name has no slash, no dot and no backslash: everything else is a folder.
  return /^[a-z0-9](-?[a-z0-9]){2,62}$/.test(where) ? containerRules(storage().blobs, where) : folderRules(where);
}

function tokenSettings(env: Outside['env'], rules: TenantRules) {
  const auth = rules.graph.auth ?? authFrom(env[SETTINGS.graphAuth]);
  const appId = rules.graph.appId ?? env[SETTINGS.graphAppId];
  return { auth, ...present({ appId, identityClientId: env[SETTINGS.identityClientId], clientSecret: env[SETTINGS.graphClientSecret], certificatePath: env[SETTINGS.graphCertificatePath], localToken: env[SETTINGS.graphLocalToken] }) };
}

const AUTHS = ['federated', 'managedIdentity', 'certificate', 'clientSecret', 'local'] as const;

function authFrom(value: string | undefined): (typeof AUTHS)[number] {
  if (value === undefined || value === '') return 'federated';
  const auth = AUTHS.find((candidate) => candidate === value);
  if (auth === undefined) throw new PortFailure('graph', 'configuration', `The application setting ${SETTINGS.graphAuth} must be one of ${AUTHS.join(', ')}.`);
  return auth;
}

function present<T extends Record<string, string | undefined>>(values: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== '')) as { [K in keyof T]?: string };
}
