import type { TenantRules } from './rules.ts';

/** An application permission of Microsoft Graph. */
export interface Permission {
  readonly name: string;
  /** Its id among Graph's app roles, the same in every tenant. */
  readonly id: string;
  /** It opens mailboxes, all of a tenant where Entra grants it: Exchange can give it for some instead (graph.md 9.1). */
  readonly onMailboxes: boolean;
  readonly what: string;
  /** Without it something works less well; null = nothing works. */
  readonly without: string | null;
  /** Permissions that hold this one. */
  readonly heldBy: readonly string[];
}

const USERS: Permission = {
  name: 'User.Read.All',
  id: 'df021288-bdef-4463-88db-98f22de89214',
  onMailboxes: false,
  what: 'finds people by every address',
  without: null,
  heldBy: ['User.ReadWrite.All'],
};
/** Does in place of the one above, by mail and sign-in name alone. */
const USERS_BASIC = 'User.ReadBasic.All';

const MAILBOX_SETTINGS: Permission = {
  name: 'MailboxSettings.Read',
  id: '40f97065-369a-49f4-947c-6a255697ae91',
  onMailboxes: true,
  what: 'tells rooms from people',
  without: 'every mailbox counts as a person’s',
  heldBy: ['MailboxSettings.ReadWrite'],
};

const CALENDARS: Permission = {
  name: 'Calendars.ReadWrite',
  id: 'ef54d2bf-783f-4e0f-bca1-3210c0444d99',
  onMailboxes: true,
  what: 'reads and writes appointments and is told of changes',
  without: null,
  heldBy: [],
};

/** Whatever is synchronized: which mailboxes there are, and of what sort. */
export const ALWAYS_NEEDED: readonly Permission[] = [USERS, MAILBOX_SETTINGS];
/** What each kind needs besides. The script that opens mailboxes by Exchange has the same (infra/scripts/grant-mailboxes.ps1): a test compares. */
export const PERMISSIONS_BY_KIND = { appointments: [CALENDARS] } as const satisfies Partial<Record<keyof TenantRules, readonly Permission[]>>;

type KindOfRules = keyof typeof PERMISSIONS_BY_KIND;

/** What this tenant's rules need and no more: people always, for each kind that is switched on its own (graph.md 9). */
export function neededPermissions(rules: Pick<TenantRules, KindOfRules>): readonly Permission[] {
  const kinds = Object.keys(PERMISSIONS_BY_KIND) as KindOfRules[];
  return [...ALWAYS_NEEDED, ...kinds.filter((kind) => rules[kind].enabled).flatMap((kind) => PERMISSIONS_BY_KIND[kind])];
}

export interface ComparedPermissions {
  /** Nothing works without these. */
  readonly missing: readonly Permission[];
  /** Something works less well, and what. */
  readonly lesser: readonly { readonly permission: Permission; readonly without: string }[];
  /** Granted and not needed. */
  readonly surplus: readonly string[];
  /** Granted by Entra for all mailboxes, where the rules say that Exchange opens some. */
  readonly opensAll: readonly string[];
}

/** What the rules need, against the roles that a token carries. */
export function comparePermissions(rules: Pick<TenantRules, 'appointments' | 'graph'>, roles: readonly string[]): ComparedPermissions {
  const byExchange = rules.graph.mailboxAccess === 'exchange';
  const needed = neededPermissions(rules);
  const holders = ({ name, heldBy }: Permission): readonly string[] => [name, ...heldBy];
  const lacking = needed.filter((permission) => !(byExchange && permission.onMailboxes) && !holders(permission).some((name) => roles.includes(name)));
  const basic = roles.includes(USERS_BASIC);
  const without = (permission: Permission): string | null => (permission === USERS && basic ? 'people are found by mail and sign-in name alone' : permission.without);
  const known = new Set([...needed.flatMap(holders), ...(lacking.includes(USERS) ? [USERS_BASIC] : [])]);
  return {
    missing: lacking.filter((permission) => without(permission) === null),
    lesser: lacking.flatMap((permission) => {
      const less = without(permission);
      return less === null ? [] : [{ permission, without: less }];
    }),
    surplus: roles.filter((role) => !known.has(role)),
    opensAll: byExchange ? roles.filter((role) => needed.some((permission) => permission.onMailboxes && holders(permission).includes(role))) : [],
  };
}
