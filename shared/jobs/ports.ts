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
}

/** The CRM as the master user: tenant jobs only, under their own lease, one request at a time. */
export interface CrmTenant {
  /** The whole rep table, in bounded key pages. */
  reps(): AsyncIterable<readonly Rep[]>;
  /**
   * Everything stamped since (CRM clock, overlap included by the caller). `startedAt` is the CRM's clock at the start of this poll, known before the first page.
   * With `since` null nothing is read but the clock.
   */
  changes(since: Instant | null): Promise<{ readonly startedAt: Instant; readonly pages: AsyncIterable<readonly ChangedRecord[]> }>;
}

export interface DirectoryUser {
  /** Entra object id. */
  readonly id: string;
  /** Every SMTP address, lower case, the primary one first. */
  readonly addresses: readonly string[];
  readonly purpose: 'user' | 'shared' | 'room' | 'equipment' | 'unknown';
}

export interface CreatedSubscription {
  readonly id: string;
  readonly expiresAt: Instant;
}

/** Graph on behalf of one tenant, not of one mailbox. */
export interface GraphTenant {
  /** By mail address, user principal name or proxy address; null where nobody has it. */
  findUser(address: string): Promise<DirectoryUser | null>;
  /** One subscription per mailbox and kind on its default resource; a 409 adopts the existing one. */
  subscribe(request: { readonly mailboxId: string; readonly kind: string; readonly clientState: string; readonly notificationUrl: string; readonly lifecycleUrl: string; readonly expiresAt: Instant }): Promise<CreatedSubscription>;
}

export interface Tenants {
  /** Ids of all enabled tenants. */
  list(): Promise<readonly string[]>;
  /** The rules in force, re-read by ETag; PortFailure 'configuration' in one sentence where there are none or they are wrong. */
  rules(tenantId: string): Promise<TenantRules>;
}

export interface TenantPorts {
  graph(tenantId: string): Promise<GraphTenant>;
  crm(tenantId: string): Promise<CrmTenant>;
}

/** Where the tenants' rules lie: a folder or a blob container, one document `<tenantId>.json` each. */
export interface RuleSource {
  list(): Promise<readonly string[]>;
  /** The document as text, `unchanged` where its ETag is the given one, null where there is none. */
  read(tenantId: string, etag: string | null): Promise<{ readonly text: string; readonly etag: string } | 'unchanged' | null>;
}
