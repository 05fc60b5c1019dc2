import type { TenantRules } from '../config/rules.ts';
import type { Rep } from './ports.ts';

/** Who is to be synchronized, as the rep table and the rules say it; Graph is not asked for this. */
export interface UserList {
  /** Enabled, and alone with their address. */
  readonly wanted: readonly Rep[];
  /** Enabled, but another active rep has the same address: SeqNo -> why they are parked. */
  readonly held: ReadonlyMap<number, string>;
  /** Why this rep is not on the list, in one sentence. */
  readonly refusal: (seqNo: number) => string;
}

/** `isListed`: whether CollectedMailboxes.xml lets this rep in (connector-se 1.3: enabled in the CRM and listed). */
export function userList(reps: readonly Rep[], users: TenantRules['users'], isListed: (rep: Rep) => boolean): UserList {
  const refused = new Map<number, string>();
  const held = new Map<number, string>();
  const wanted: Rep[] = [];
  const sharing = activeByAddress(reps);
  for (const rep of reps) {
    const why = refusalOf(rep, users) ?? (isListed(rep) ? null : `Rep ${rep.seqNo} is not in CollectedMailboxes.xml: add the address there, or remove the file.`);
    const twins = sharing.get(rep.email) ?? [];
    if (why !== null) refused.set(rep.seqNo, why);
    // The CRM is impersonated by address: with two active reps it may take the one for the other, whether or not both are enabled.
    else if (twins.length > 1) held.set(rep.seqNo, `${repsNamed(twins)} are active in the CRM with the same e-mail address: give each its own, or deactivate all but one.`);
    else wanted.push(rep);
  }
  const refusal = (seqNo: number): string => refused.get(seqNo) ?? `Rep ${seqNo} is not in the CRM's rep table any more, or users.conditions leave it out.`;
  return { wanted, held, refusal };
}

/** 'Reps 5, 6 and 7': by number, since a sentence may be logged. */
export function repsNamed(seqNos: readonly number[]): string {
  const sorted = [...seqNos].sort((a, b) => a - b);
  return `Reps ${sorted.slice(0, -1).join(', ')} and ${sorted.at(-1) ?? ''}`;
}

/** connector-se 1.3: the connector setting and at least one item type. Appointments are what is synchronized so far. */
function refusalOf(rep: Rep, users: TenantRules['users']): string | null {
  const named = `Rep ${rep.seqNo}`;
  if (!rep.active) return `${named} is not active in the CRM: activate it there, and it is synchronized again.`;
  if (rep.type !== 0) return `${named} is a group or a resource: only employees are synchronized.`;
  if (!rep.connectorEnabled) return `${named} does not have the connector setting: switch it on in the CRM.`;
  if (!rep.syncAppointments) return `${named} does not have its appointments synchronized: switch it on in the CRM.`;
  if (!rep.email.includes('@')) return `${named} has no e-mail address in the CRM: enter it there as e-mail address 1.`;
  const domain = rep.email.slice(rep.email.lastIndexOf('@') + 1);
  if (users.mailDomains.length > 0 && !users.mailDomains.includes(domain)) return `The mail domain of rep ${rep.seqNo} is not among users.mailDomains.`;
  return null;
}

function activeByAddress(reps: readonly Rep[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const { active, email, seqNo } of reps) if (active && email !== '') found.set(email, [...(found.get(email) ?? []), seqNo]);
  return found;
}
