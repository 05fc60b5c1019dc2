import { fingerprint } from '../model/content.ts';
import type { PersonalRules, TenantRules } from './rules.ts';

/** Whom the rules can name. */
export interface RuledMailbox {
  /** Lower case. */
  readonly addresses: readonly string[];
  readonly rep: number;
  readonly repEmail: string;
}

/**
 * The rules as they count for this mailbox. `more`: layers from elsewhere, weakest first; the rules' own entries stand above them. This is where the
 * settings that a CRM keeps with its rep (the predecessor's SyncSettings) come in: read, turned into `PersonalRules` and given here.
 */
export function rulesFor(mailbox: RuledMailbox, rules: TenantRules, more: readonly PersonalRules[] = []): TenantRules {
  const own = rules.users.overrides.filter(({ user }) => isMeant(user, mailbox));
  return [...more, ...own].reduce(withPersonal, rules);
}

function withPersonal(rules: TenantRules, { appointments: own, conflict }: PersonalRules): TenantRules {
  const { appointments } = rules;
  return {
    ...rules,
    appointments: {
      ...appointments,
      privacy: own?.privacy ?? appointments.privacy,
      inviteFromCrm: own?.inviteFromCrm ?? appointments.inviteFromCrm,
      published: over(appointments.published, own?.published),
      deletion: over(appointments.deletion, own?.deletion),
      window: over(appointments.window, own?.window),
    },
    conflict: over(rules.conflict, conflict),
  };
}

/** What is given replaces what stands there; undefined gives nothing. */
function over<T extends object>(base: T, given: { readonly [Name in keyof T]?: T[Name] | undefined } | undefined): T {
  return { ...base, ...Object.fromEntries(Object.entries(given ?? {}).filter(([, value]) => value !== undefined)) };
}

function isMeant(user: string | number, { addresses, rep, repEmail }: RuledMailbox): boolean {
  return typeof user === 'number' ? user === rep : user === repEmail.toLowerCase() || addresses.includes(user);
}

/** Which entries name nobody of these: a slip of the pen, or somebody who has left. Positions in the list, for they are told without addresses. */
export function unknownOverrides(rules: TenantRules, mailboxes: readonly RuledMailbox[]): number[] {
  return rules.users.overrides.flatMap(({ user }, index) => (mailboxes.some((mailbox) => isMeant(user, mailbox)) ? [] : [index]));
}

/** Fingerprint of what decides which items are taken in and what is shown of them: where it changes, every item of the mailbox is looked at once. */
export function intakeOf({ appointments: { privacy, maskedSubject, window, fields } }: TenantRules): string {
  return fingerprint([privacy, maskedSubject, window.daysBack, window.daysAhead, ...(fields.length === 0 ? [] : [JSON.stringify(fields)])]);
}
