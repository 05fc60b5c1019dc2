import type { Instant } from '../model/time/instant.ts';
import type { TenantRules } from '../config/rules.ts';

/** A rep as the CRM's rep table (ID) tells it. */
export interface Rep {
  /** SeqNo (reps live on station 0). */
  readonly seqNo: number;
  readonly name: string;
  /** E-mail address 1, trimmed, lower case; empty if none. */
  readonly email: string;
  readonly connectorEnabled: boolean;
  readonly syncAppointments: boolean;
  readonly syncEmails: boolean;
  readonly active: boolean;
  /** 0 employee, 1 group, 2 resource. */
  readonly type: number;
  /** Text of the field in which the predecessor kept settings of single users; only where the rules ask for it. */
  readonly userSettings?: string;
}

/** A record that the change poll found. */
export interface ChangedRecord {
  readonly infoArea: string;
  /** Decimal record id of the record that a mailbox may hold: for a participant's change, its activity's id. */
  readonly id: string;
  /** Hash of row and stamp: equal to the one in `crmIndex` = already known. */
  readonly fingerprint: string;
  /** SeqNo of the rep who owns it now. */
  readonly rep: number | null;
  readonly deleted: boolean;
  /** 'yyyy-mm-dd hh:mm:ss' of the CRM's wall clock; null where the record carries none. */
  readonly stamp: string | null;
}

/** The newest record that a poll ever saw: what a CRM that was restored from a backup cannot show any more. */
export interface NewestStamp {
  /** Decimal record id. */
  readonly id: string;
  /** 'yyyy-mm-dd hh:mm:ss' of the CRM's wall clock. */
  readonly stamp: string;
}

/** The CRM as the master user: tenant jobs only, under their own lease, one request at a time. */
export interface CrmTenant {
  /** The whole rep table, in bounded key pages. */
  reps(): AsyncIterable<readonly Rep[]>;
  /**
   * Everything stamped since (CRM clock, overlap included by the caller). `startedAt` is the CRM's clock at the start of this poll, known before the first page.
   * With `since` null nothing is read but the clock. `newest` is what earlier polls saw last: where the CRM shows that record no more, or with an earlier
   * stamp, `restored` says so before anything is read of the pages.
   */
  changes(since: Instant | null, newest?: NewestStamp | null): Promise<{ readonly startedAt: Instant; readonly restored: boolean; readonly pages: AsyncIterable<readonly ChangedRecord[]> }>;
}

/** How the CRM told no to a question of its own: its code. */
export interface Refused {
  readonly refused: string;
}

/** A table as the CRM tells it, held against what the connector asks of it. */
export interface ExaminedTable {
  /** Its name in the schema profile. */
  readonly record: string;
  readonly table: string;
  /** The CRM's code where it does not tell of the table; null = it did. */
  readonly refused: string | null;
  /** Fields that it does not have, each with the rule that names it. */
  readonly missing: readonly { readonly rule: string; readonly field: string }[];
  /** Fields that hold shorter texts than are written; `lengthRule` null = nothing is ever cut to fit into them. */
  readonly short: readonly { readonly field: string; readonly holds: number; readonly needed: number; readonly lengthRule: string | null }[];
}

/** A field that the rules choose freely for a mark of ours. */
export interface ExaminedMarker {
  readonly rule: string;
  readonly field: string;
  readonly exists: boolean;
  /** The rule that gives the same field another meaning. */
  readonly sharedWith: string | null;
  /** Longest text where the mark does not fit. */
  readonly holdsOnly: number | null;
}

export interface ExaminedSchema {
  /** null = the CRM does not tell it. */
  readonly build: string | null;
  /** The first build that takes participants' answers, and whether this one does. */
  readonly answersSince: string;
  readonly takesAnswers: boolean;
  readonly tables: readonly ExaminedTable[];
  /** null where the CRM does not tell of their table. */
  readonly markers: readonly ExaminedMarker[] | null;
}

/**
 * What `doctor` asks of the CRM as its master user, one request at a time, reading only. Throws PortFailure where a request fails as a whole (login,
 * network); what the CRM does not take of it is part of the answer.
 */
export interface CrmExamination {
  /** By how much its clock is ahead of ours, to about a second; null = its answers tell no time. */
  signIn(): Promise<{ readonly aheadMs: number | null }>;
  schema(): Promise<ExaminedSchema>;
  /** Whether several condition blocks of a query are ORed; 'noRecord' = there is nothing to tell it by. */
  conditionBlocks(): Promise<'ored' | 'notOred' | 'noRecord' | Refused>;
  /** Whether the flag of the rules shows records that are marked as deleted; 'unproven' = none was among those looked at. `flag`: the one that shows them. */
  deletedRecords(): Promise<'shown' | 'unproven' | { readonly flag: number } | Refused>;
}

export interface DirectoryUser {
  /** Entra object id. */
  readonly id: string;
  /** Every SMTP address, lower case, the primary one first; behind them inner ones (`/o=…`). */
  readonly addresses: readonly string[];
  readonly purpose: 'user' | 'shared' | 'room' | 'equipment' | 'unknown';
  /** Ids of others who own the address too: then nobody can tell which mailbox is meant. */
  readonly others?: readonly string[];
}

export interface CreatedSubscription {
  readonly id: string;
  readonly expiresAt: Instant;
}

/** A subscription of this app as Graph lists it. */
export interface ListedSubscription extends CreatedSubscription {
  /** Entra object id, lower case. */
  readonly mailboxId: string;
  readonly kind: string;
  readonly notificationUrl: string | null;
}

/** Graph on behalf of one tenant, not of one mailbox. */
export interface GraphTenant {
  /**
   * By mail address, user principal name or proxy address; null where nobody has it. Mailboxes that are known by their object id to be people's are not
   * asked for their purpose: they may be under a Retry-After that only their own pass knows.
   */
  findUser(address: string, people?: ReadonlySet<string>): Promise<DirectoryUser | null>;
  /** One subscription per mailbox and kind on its default resource; a 409 adopts the existing one. */
  subscribe(request: { readonly mailboxId: string; readonly kind: string; readonly clientState: string; readonly notificationUrl: string; readonly lifecycleUrl: string; readonly expiresAt: Instant }): Promise<CreatedSubscription>;
  /** A longer life for it, which also reauthorizes it; the expiry that was granted, or 'gone'. */
  renew(subscriptionId: string, expiresAt: Instant): Promise<CreatedSubscription | 'gone'>;
  /** Done too where it was not there any more. */
  unsubscribe(subscriptionId: string): Promise<void>;
  /** All subscriptions of this app in the tenant that are of a kind we know, whoever made them; other ones are left out. */
  subscriptions(): Promise<readonly ListedSubscription[]>;
}

export interface GraphSignIn {
  /**
   * A token, of which the permissions are told (null = it does not tell); nothing is asked of Graph. `fresh`: the login service is asked again, whatever
   * is known. Throws PortFailure.
   */
  signIn(how?: { readonly fresh: boolean }): Promise<{ readonly roles: readonly string[] | null }>;
}

export interface GraphConsent {
  /** Where an admin of the tenant consents, and comes back from. PortFailure 'configuration' where there is nothing to consent to, or no app. */
  consentAddress(asked: { readonly redirectUri: string; readonly state: string }): string;
}

export interface Tenants {
  /** Ids of all enabled tenants. */
  list(): Promise<readonly string[]>;
  /** The rules in force, re-read by ETag: the last good ones where those that lie there are wrong. PortFailure 'configuration' in one sentence where there are none. */
  rules(tenantId: string): Promise<TenantRules>;
  /** What is wrong with the document that lies there while the last good rules are in force, as of the last reading; null = nothing. */
  mistake(tenantId: string): string | null;
  /** Whatever is known of the tenant's rules is read again when it is needed next. */
  forget(tenantId: string): void;
  /** The file `<tenantId>.<name>` beside the tenant's rules as text; null where there is none. */
  companion(tenantId: string, name: string): Promise<string | null>;
}

export interface TenantPorts {
  graph(tenantId: string): Promise<GraphTenant>;
  crm(tenantId: string): Promise<CrmTenant>;
}

/** What `doctor` asks, opened by a tenant's rules. Opening reads settings: PortFailure 'configuration' names a wrong one. */
export interface ExaminedPorts {
  graph(rules: TenantRules): GraphTenant & GraphSignIn;
  crm(rules: TenantRules): CrmExamination;
}

/** Where the tenants' rules lie: a folder or a blob container, one document `<tenantId>.json` each. */
export interface RuleSource {
  list(): Promise<readonly string[]>;
  /** The document as text, `unchanged` where its ETag is the given one, null where there is none. */
  read(tenantId: string, etag: string | null): Promise<{ readonly text: string; readonly etag: string } | 'unchanged' | null>;
  /** Text of the file `<tenantId>.<name>` beside the rules, null where there is none; a source without this knows no such files. */
  companion?(tenantId: string, name: string): Promise<string | null>;
  /** Absent where rules are only read. */
  readonly store?: RuleStore;
}

/** Where rules can be put in force, with what counted before. Versions are named by time and content, so that their names are in order. */
export interface RuleStore {
  /** If what lies there still has this ETag (null: if nothing does); false = it has not. */
  put(tenantId: string, text: string, etag: string | null): Promise<boolean>;
  keep(tenantId: string, version: string, text: string): Promise<void>;
  drop(tenantId: string, version: string): Promise<void>;
  /** Newest first. */
  versions(tenantId: string): Promise<readonly string[]>;
  version(tenantId: string, version: string): Promise<string | null>;
  /** The last document that was found good, whoever put it there. */
  keepGood(tenantId: string, text: string): Promise<void>;
  good(tenantId: string): Promise<string | null>;
  /** Rules, versions and the files beside them. */
  removeAll(tenantId: string): Promise<void>;
}
