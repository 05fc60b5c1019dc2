import { z } from 'zod';

/**
 * A newer worker may have written the message: then it is left to newer workers (newer-messages.ts). So that it can be, every version to come keeps
 * these members: a ring names its tenant and mailbox and nothing that is not in the mailbox's rows, too; a tenant job names its tenant and its job, and
 * two of the same are one.
 */
export const MESSAGE_VERSION: number = 1;

const version = z.int().min(0).max(MESSAGE_VERSION);
const newerVersion = z.int().min(MESSAGE_VERSION + 1);

/** Stands in keys of rows, which take no other signs. */
const id = z.string().regex(/^[\w.-]{1,64}$/);

const trace = { traceparent: z.string().max(200).optional() };

export const ringSchema = z.object({ v: version, tenantId: id, mailboxId: id, why: z.string().max(64), ...trace });
export type Ring = z.output<typeof ringSchema>;

export const TENANT_JOBS = ['crmPoll', 'users', 'reconcile', 'subscriptions'] as const;
export type TenantJobName = (typeof TENANT_JOBS)[number];

export const tenantJobSchema = z.object({ v: version, tenantId: id, job: z.enum(TENANT_JOBS), why: z.string().max(64), ...trace });
export type TenantJob = z.output<typeof tenantJobSchema>;

/** What an older worker understands of newer messages. */
export const newerRingSchema = z.object({ v: newerVersion, tenantId: id, mailboxId: id });
export const newerTenantJobSchema = z.object({ v: newerVersion, tenantId: id, job: z.string().regex(/^\w{1,64}$/) });
