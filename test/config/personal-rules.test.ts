import { describe, expect, it } from 'vitest';
import { intakeOf, rulesFor, unknownOverrides } from '../../shared/config/personal-rules.ts';
import { parseTenantRules, type TenantRules } from '../../shared/config/rules.ts';

const base = { tenantId: '11111111-1111-4111-8111-111111111111', crm: { url: 'https://crm.example.com/interface', user: 'SYNC', passwordSetting: 'CRM_PASSWORD', timeZone: 'Europe/Berlin' } };
const ada = { addresses: ['ada@example.com', 'a.love@example.com'], rep: 7, repEmail: 'ada@example.com' };
const ben = { addresses: ['ben@example.com'], rep: 8, repEmail: 'ben@example.com' };

function rules(more: Record<string, unknown>): TenantRules {
  const parsed = parseTenantRules({ ...base, ...more });
  if ('mistakes' in parsed) throw new Error(parsed.mistakes.join('; '));
  return parsed.rules;
}

function mistakes(overrides: unknown): readonly string[] {
  const parsed = parseTenantRules({ ...base, users: { overrides } });
  return 'mistakes' in parsed ? parsed.mistakes : [];
}

describe('A13, G3: rules of single users', () => {
  it('count for whoever has the address, any of his, or the rep number, and for nobody else', () => {
    const tenant = rules({ users: { overrides: [{ user: 'A.Love@Example.com', appointments: { privacy: 'full' } }, { user: 8, conflict: { rule: 'outlook' } }] } });
    expect(rulesFor(ada, tenant).appointments.privacy).toBe('full');
    expect(rulesFor(ada, tenant).conflict).toEqual({ rule: 'newer', tie: 'crm' });
    expect(rulesFor(ben, tenant).conflict).toEqual({ rule: 'outlook', tie: 'crm' });
    expect(rulesFor(ben, tenant).appointments).toEqual(tenant.appointments);
    expect(rulesFor({ ...ben, rep: 9 }, tenant)).toEqual(tenant);
  });

  it('replace what they name and leave the rest as the tenant has it', () => {
    const tenant = rules({
      appointments: { inviteFromCrm: 'everybody', window: { daysBack: 10, daysAhead: 20 }, published: { value: 'shown' }, deletion: { field: 'FreeC9' } },
      users: { overrides: [{ user: 7, appointments: { inviteFromCrm: 'nobody', window: { daysAhead: 30 }, published: { enabled: false }, deletion: { enabled: false } } }] },
    });
    expect(rulesFor(ada, tenant).appointments).toEqual({
      ...tenant.appointments,
      inviteFromCrm: 'nobody',
      window: { daysBack: 10, daysAhead: 30 },
      published: { ...tenant.appointments.published, enabled: false },
      deletion: { ...tenant.appointments.deletion, enabled: false },
    });
  });

  it('say which activity types he takes, and whether Outlook makes new ones for him', () => {
    const tenant = rules({ users: { overrides: [{ user: 7, appointments: { types: [3], newFromOutlook: false } }] } });
    expect(rulesFor(ada, tenant).appointments).toMatchObject({ types: [3], newFromOutlook: false });
    expect(rulesFor(ben, tenant).appointments).toMatchObject({ types: [1, 3], newFromOutlook: true });
  });

  it('that name nobody are found by their place in the list', () => {
    const tenant = rules({ users: { overrides: [{ user: 7 }, { user: 'nobody@example.com' }, { user: 99 }] } });
    expect(unknownOverrides(tenant, [ada, ben])).toEqual([1, 2]);
  });

  it.each([
    ['a field that only a tenant can have', [{ user: 7, appointments: { typeForNew: 3 } }], /appointments: Unrecognized key/],
    ['a marker of its own', [{ user: 7, appointments: { deletion: { field: 'FreeC9' } } }], /deletion: Unrecognized key/],
    ['neither an address nor a rep', [{ user: 'Ada' }], /users\.overrides\.0\.user/],
    ['the same user twice', [{ user: 'ada@example.com' }, { user: 'ADA@example.com' }], /users\.overrides\.1\.user: is in the list already/],
  ])('are refused with %s', (_what, overrides, sentence) => {
    expect(mistakes(overrides).join(' ')).toMatch(sentence);
  });

  it('that decide what is taken in or shown change its fingerprint, others do not', () => {
    const print = (more: Record<string, unknown>) => intakeOf(rules(more));
    expect(print({})).toBe(print({ conflict: { rule: 'crm' } }));
    expect(print({ appointments: { types: [3, 1] } })).toBe(print({}));
    for (const appointments of [{ privacy: 'full' }, { maskedSubject: 'Busy' }, { window: { daysBack: 1 } }, { types: [1] }, { typeForNew: 3 }, { conditions: [{ field: 'FreeN1', op: '=', value: '7' }] }, { newFromOutlook: false }]) expect(print({ appointments })).not.toBe(print({}));
  });
});

describe("A13, G3: the predecessor's SyncSettings", () => {
  const withSettings = (appointments: Record<string, unknown>, syncSettings: Record<string, unknown>, overrides: unknown[] = []) => rules({ appointments, users: { syncSettings, overrides } });
  const yes = { ...ada, settings: { syncPrivate: true } };
  const no = { ...ada, settings: { syncPrivate: false } };

  it('count only where the rules say so', () => {
    expect(rulesFor(yes, withSettings({}, {})).appointments.privacy).toBe('off');
    expect(rulesFor(yes, withSettings({}, { enabled: true })).appointments.privacy).toBe('masked');
  });

  it('show of private appointments what the tenant shows, and where it shows nothing what its rule says', () => {
    expect(rulesFor(yes, withSettings({ privacy: 'full' }, { enabled: true })).appointments.privacy).toBe('full');
    expect(rulesFor(yes, withSettings({ privacy: 'masked' }, { enabled: true, syncPrivate: 'full' })).appointments.privacy).toBe('masked');
    expect(rulesFor(yes, withSettings({ privacy: 'off' }, { enabled: true, syncPrivate: 'full' })).appointments.privacy).toBe('full');
    expect(rulesFor(no, withSettings({ privacy: 'full' }, { enabled: true })).appointments.privacy).toBe('off');
  });

  it('stand below what the rules name for the user, and change nothing for others', () => {
    const tenant = withSettings({ privacy: 'full' }, { enabled: true }, [{ user: 7, appointments: { privacy: 'masked' } }]);
    expect(rulesFor(no, tenant).appointments.privacy).toBe('masked');
    expect(rulesFor(ben, tenant)).toEqual(tenant);
  });
});
