import { unusedIn } from '../config/sync-settings.ts';
import type { Storage } from '../sync/ports.ts';
import { readTenantProblems, viewableMailboxes, type MailboxStatus } from './directory.ts';
import { counted, ok, warning, wrong, type Finding, type Step } from './doctor-findings.ts';

/** How the work itself is going, from the connector's own books. */
export function workSteps({ tables }: Storage, tenantId: string): Step[] {
  return [
    { checks: ['jobs'], make: async () => jobFindings(await readTenantProblems(tables, tenantId)) },
    {
      checks: ['mailboxes', 'deletionGuard', 'mailGuard'],
      async make() {
        const mailboxes = (await viewableMailboxes(tables, tenantId)).map(({ status }) => status);
        return [mailboxFinding(mailboxes, tenantId), ...guardFindings(mailboxes, tenantId)];
      },
    },
  ];
}

/** What the predecessor's settings of single users say that does not count, as the users' job read them last. */
export function settingsStep({ tables }: Storage, tenantId: string): Step {
  const check = 'users.settings';
  return {
    checks: [check],
    async make() {
      const mailboxes = (await viewableMailboxes(tables, tenantId)).flatMap(({ mailbox }) => (mailbox?.membership.state === 'active' ? [mailbox] : []));
      const odd = mailboxes.flatMap(({ rep, oddSettings = [] }) => oddSettings.map((sentence) => `rep ${rep}: ${sentence}`));
      const unused = [...new Set(mailboxes.flatMap(({ settings = {} }) => unusedIn(settings)))].sort();
      const findings = [
        ...(odd.length === 0 ? [] : [warning(check, `UserSettings of reps say what nobody understands, and it does not count: ${listed(odd)}. Mend it in the CRM.`)]),
        ...(unused.length === 0 ? [] : [warning(check, `UserSettings of reps say what changes nothing yet: ${unused.join(', ')}.`)]),
      ];
      return findings.length > 0 ? findings : [ok(check, `The settings that the CRM keeps with ${counted(mailboxes.filter(({ settings }) => settings !== undefined).length, 'rep')} are understood.`)];
    },
  };
}

const TOLD = 8;

function listed(sentences: readonly string[]): string {
  return sentences.length <= TOLD ? sentences.join('; ') : `${sentences.slice(0, TOLD).join('; ')}; and ${sentences.length - TOLD} more`;
}

/** What the jobs said when they ran last, a stop of the whole tenant among it: their own sentences. */
function jobFindings(problems: readonly string[]): Finding[] {
  return problems.length === 0 ? [ok('jobs', 'The jobs of this tenant ran without trouble, or did not run yet.')] : problems.map((problem) => wrong('jobs', problem));
}

/** These need somebody; the others go on by themselves. */
const STUCK: ReadonlySet<string> = new Set(['stopped', 'failing']);
const RESTING: ReadonlySet<string> = new Set(['parked', 'waiting']);

function mailboxFinding(mailboxes: readonly MailboxStatus[], tenantId: string): Finding {
  const check = 'mailboxes';
  if (mailboxes.length === 0) return warning(check, 'Nobody is synchronized: enable reps for the connector in the CRM, then start the job users.');
  const counts = new Map<string, number>();
  for (const { state } of mailboxes) counts.set(state, (counts.get(state) ?? 0) + 1);
  const states = [...counts.keys()];
  const told = `${counted(mailboxes.length, 'mailbox', 'mailboxes')}: ${[...counts].map(([state, count]) => `${count} ${state}`).join(', ')}`;
  if (states.some((state) => STUCK.has(state))) return wrong(check, `${told}; GET /api/admin/tenants/${tenantId}/mailboxes tells why each of them stands still.`);
  if (states.some((state) => RESTING.has(state))) return warning(check, `${told}; GET /api/admin/tenants/${tenantId}/mailboxes tells why.`);
  return ok(check, `${told}.`);
}

function guardFindings(mailboxes: readonly MailboxStatus[], tenantId: string): Finding[] {
  const deletions = mailboxes.reduce((sum, { held }) => sum + (held ?? 0), 0);
  const mails = mailboxes.reduce((sum, { mailsHeld }) => sum + (mailsHeld ?? 0), 0);
  return [
    deletions === 0 ? ok('deletionGuard', 'No deletion is held.') : warning('deletionGuard', `${counted(deletions, 'deletion waits', 'deletions wait')} for an answer: GET /api/admin/guard?tenantId=${tenantId} lists them.`),
    mails === 0 ? ok('mailGuard', 'No change is held because of its mail.') : warning('mailGuard', `${counted(mails, 'change waits', 'changes wait')} for an answer because of the mail: GET /api/admin/mail-guard?tenantId=${tenantId} lists them.`),
  ];
}
