import { fingerprint } from '../model/content.ts';
import type { PersonalRules, TenantRules } from './rules.ts';
import { patternOf, relationOf } from './link-patterns.ts';
import type { SyncSettings } from './sync-settings.ts';

/** Whom the rules can name. */
export interface RuledMailbox {
  /** Lower case. */
  readonly addresses: readonly string[];
  readonly rep: number;
  readonly repEmail: string;
  /** What the CRM keeps with his rep, as the users' job read it last. */
  readonly settings?: SyncSettings;
}

/** The rules as they count for this mailbox: the tenant's, above them what the CRM keeps with the rep, above that the rules' own entry for this user. */
export function rulesFor(mailbox: RuledMailbox, rules: TenantRules): TenantRules {
  const own = rules.users.overrides.filter(({ user }) => isMeant(user, mailbox));
  return [fromSettings(mailbox.settings, rules), ...own].reduce(withPersonal, rules);
}

/** The predecessor knew private appointments as synchronized or not. Whoever wants his to be does not get more shown of them than the tenant allows. */
function fromSettings(settings: SyncSettings | undefined, { users: { syncSettings }, appointments }: TenantRules): PersonalRules {
  if (!syncSettings.enabled || settings?.syncPrivate === undefined) return {};
  const shown = appointments.privacy === 'off' ? syncSettings.syncPrivate : appointments.privacy;
  return { appointments: { privacy: settings.syncPrivate ? shown : 'off' } };
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
      types: own?.types ?? appointments.types,
      newFromOutlook: own?.newFromOutlook ?? appointments.newFromOutlook,
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
export function intakeOf({ appointments: { privacy, maskedSubject, window, types, typeForNew, conditions, newFromOutlook, links, webLink, fields } }: TenantRules): string {
  const filters = [[...types].sort((a, b) => a - b), typeForNew, conditions.map(({ field, op, value }) => [field, op, value]), newFromOutlook, links.map((rule) => [rule.from, relationOf(rule), patternOf(rule)]), [webLink.show, webLink.template ?? null]];
  return fingerprint([privacy, maskedSubject, window.daysBack, window.daysAhead, filters, ...(fields.length === 0 ? [] : [JSON.stringify(fields)])]);
}
