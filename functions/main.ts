import { app } from '@azure/functions';
import { QUEUES, ROUTES, SETTINGS } from '../shared/config/names.ts';
import { productionApp } from '../shared/compose.ts';
import { adminJobs } from './admin-jobs.ts';
import { adminJournal, adminMailboxes } from './admin-mailboxes.ts';
import { graphLifecycle } from './graph-lifecycle.ts';
import { graphNotifications } from './graph-notifications.ts';
import { health } from './health.ts';
import { mailboxPasses } from './mailbox-passes.ts';
import { poison } from './poison.ts';
import { tenantJobs } from './tenant-jobs.ts';
import { dueTimer, enqueueTimer } from './timers.ts';

// Registering is all that happens when the bundle is loaded: settings are read, and parts are made, at first use.
app.http('graphNotifications', { route: ROUTES.notifications, methods: ['POST'], authLevel: 'anonymous', handler: graphNotifications(productionApp) });
app.http('graphLifecycle', { route: ROUTES.lifecycle, methods: ['POST'], authLevel: 'anonymous', handler: graphLifecycle(productionApp) });
app.http('health', { route: ROUTES.health, methods: ['GET'], authLevel: 'anonymous', handler: health(productionApp) });
app.http('adminJobs', { route: ROUTES.adminJobs, methods: ['POST'], authLevel: 'function', handler: adminJobs(productionApp) });
app.http('adminMailboxes', { route: ROUTES.adminMailboxes, methods: ['GET'], authLevel: 'function', handler: adminMailboxes(productionApp) });
app.http('adminJournal', { route: ROUTES.adminJournal, methods: ['GET'], authLevel: 'function', handler: adminJournal(productionApp) });
app.storageQueue('tenantJobs', { queueName: QUEUES.tenantJobs, connection: SETTINGS.data, handler: tenantJobs(productionApp) });
app.storageQueue('mailboxPasses', { queueName: QUEUES.mailboxPasses, connection: SETTINGS.data, handler: mailboxPasses(productionApp) });
app.storageQueue('mailboxPassesPoison', { queueName: QUEUES.mailboxPassesPoison, connection: SETTINGS.data, handler: poison(productionApp, QUEUES.mailboxPassesPoison) });
app.storageQueue('tenantJobsPoison', { queueName: QUEUES.tenantJobsPoison, connection: SETTINGS.data, handler: poison(productionApp, QUEUES.tenantJobsPoison) });
app.timer('crmPollTimer', { schedule: '*/30 * * * * *', handler: enqueueTimer(productionApp, 'crmPoll') });
app.timer('usersTimer', { schedule: '0 */10 * * * *', handler: enqueueTimer(productionApp, 'users') });
app.timer('subscriptionsTimer', { schedule: '0 7,37 * * * *', handler: enqueueTimer(productionApp, 'subscriptions') });
app.timer('reconcileTimer', { schedule: '0 11 * * * *', handler: enqueueTimer(productionApp, 'reconcile') });
app.timer('dueTimer', { schedule: '5/15 * * * * *', handler: dueTimer(productionApp) });
