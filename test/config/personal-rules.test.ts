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

  it('from elsewhere stand below those that the rules name', () => {
    const tenant = rules({ users: { overrides: [{ user: 7, appointments: { privacy: 'full' } }] } });
    const elsewhere = [{ appointments: { privacy: 'masked' as const, inviteFromCrm: 'nobody' as const } }];
    expect(rulesFor(ada, tenant, elsewhere).appointments).toMatchObject({ privacy: 'full', inviteFromCrm: 'nobody' });
    expect(rulesFor(ben, tenant, elsewhere).appointments).toMatchObject({ privacy: 'masked' });
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
    for (const appointments of [{ privacy: 'full' }, { maskedSubject: 'Busy' }, { window: { daysBack: 1 } }]) expect(print({ appointments })).not.toBe(print({}));
  });
});
