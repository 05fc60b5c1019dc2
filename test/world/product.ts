import { mailboxPasses } from '../../functions/mailbox-passes.ts';
import { tenantJobs } from '../../functions/tenant-jobs.ts';
import { compose } from '../../shared/compose.ts';

/** What differs between two versions of the product at work at the same time: everything behind `compose`, and the two handlers that read messages. */
export const PRODUCT = { compose, mailboxPasses, tenantJobs };

export type Product = typeof PRODUCT;
