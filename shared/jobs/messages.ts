import { z } from 'zod';

/** A newer worker may have written the message: then it is left alone (it comes again, for a worker that knows it). */
export const MESSAGE_VERSION = 1;

const trace = { traceparent: z.string().max(200).optional() };

export const ringSchema = z.object({ v: z.literal(MESSAGE_VERSION), tenantId: z.string().min(1).max(64), mailboxId: z.string().min(1).max(64), why: z.string().max(64), ...trace });
export type Ring = z.output<typeof ringSchema>;

export const TENANT_JOBS = ['crmPoll', 'users', 'reconcile', 'subscriptions'] as const;
export type TenantJobName = (typeof TENANT_JOBS)[number];

export const tenantJobSchema = z.object({ v: z.literal(MESSAGE_VERSION), tenantId: z.string().min(1).max(64), job: z.enum(TENANT_JOBS), why: z.string().max(64), ...trace });
export type TenantJob = z.output<typeof tenantJobSchema>;
