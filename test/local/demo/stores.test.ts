import { describe, expect, it } from 'vitest';
import { createCrmSimulator } from '../../../local/crm/simulator.ts';
import { agreementOf, isConverged, leftAloneIn } from '../../../local/demo/convergence.ts';
import { BYSTANDER, DEMO_TENANT, DEMO_ZONE, EMPLOYEES } from '../../../local/demo/people.ts';
import { seededRandom } from '../../../local/demo/seeded-random.ts';
import { seedDemo } from '../../../local/demo/seeding.ts';
import { readStores } from '../../../local/demo/stores.ts';
import { createGraphSimulator } from '../../../local/graph/simulator.ts';

const NOW = Date.parse('2026-11-23T09:00:00Z');
const clock = { now: () => NOW, after: () => () => undefined };

async function seeded() {
  const random = seededRandom(3);
  const users = [...EMPLOYEES, BYSTANDER].map(({ id, mail, firstName }) => ({ id, displayName: firstName, mail, userPrincipalName: mail, timeZone: DEMO_ZONE }));
  const graph = createGraphSimulator({ clock, random, fetch, baseUrl: 'http://graph.example.com', tenants: [{ id: DEMO_TENANT, appTokens: ['token'], users }] });
  const crm = createCrmSimulator({ clock, random, timeZone: DEMO_ZONE, logins: [{ user: 'SYNC', password: 'secret', master: true }] });
  const tenant = await seedDemo(graph, crm, '2026-11-23', random);
  const [placed] = tenant.employees;
  if (placed === undefined) throw new Error('The demo has no employee.');
  return { graph, crm, tenant, placed, stores: () => readStores(graph, crm, placed, NOW) };
}

describe('the demo tenant in both stores', () => {
  it('begins with counters at nought, so that the account counts the connector alone', async () => {
    const { graph, crm } = await seeded();
    expect(graph.state()).toMatchObject({ people: {}, app: {}, mails: [] });
    expect(crm.state()).toMatchObject({ traffic: { requests: 0 }, stampsBy: {} });
  });

  it('is not in step, and says how far it is', async () => {
    const { stores } = await seeded();
    const agreement = agreementOf(stores());
    expect(agreement).toMatchObject({ outlook: { arrived: 0 }, crm: { arrived: 0 }, doubled: 0, unexplained: 0 });
    expect(agreement.outlook.expected).toBeGreaterThan(10);
    expect(agreement.crm.expected).toBeGreaterThan(10);
    expect(isConverged(agreement)).toBe(false);
  });

  it('names a reason for everything that stays where it is', async () => {
    const { outlook, crm } = (await seeded()).stores();
    expect(leftAloneIn(outlook, crm).map(({ why, count }) => `${count} ${why}`)).toEqual(['1 over for more than 30 days', '1 private, of which the CRM shows a mask']);
    expect(leftAloneIn(crm, outlook).map(({ why, count }) => `${count} ${why}`)).toEqual(['1 a letter', '1 a telephone call', '1 more than 180 days ahead', '1 private']);
  });

  it('expects every occurrence of a series on both sides, and every record of one', async () => {
    const { outlook, crm } = (await seeded()).stores();
    expect(outlook.filter(({ subject }) => subject === 'Sales weekly').map(({ leftAlone }) => leftAlone)).toEqual(Array.from({ length: 8 }, () => null));
    expect(crm.filter(({ subject }) => subject === 'Stock count by telephone').map(({ leftAlone }) => leftAlone)).toEqual(Array.from({ length: 3 }, () => null));
  });

  it('expects meetings, invitations from outside and, where the rule shows them, private appointments on both sides, and a colleague’s meeting once', async () => {
    const { graph, crm, tenant } = await seeded();
    const [nina, tom] = tenant.employees.map((placed) => readStores(graph, crm, placed, NOW).outlook);
    const why = (items: typeof nina, subject: string) => items!.find((one) => one.subject === subject)?.leftAlone;
    for (const subject of ['Planning of the rollout', 'Kick-off with the customer', 'Supplier day']) expect([subject, why(nina, subject)]).toEqual([subject, null]);
    expect(why(tom, 'Planning of the rollout')).toBe('an invitation by a colleague');
    expect([why(nina, 'Dentist'), why(tom, 'Dentist')]).toEqual(['private, of which the CRM shows a mask', null]);
  });

  it('sees the same key where both sides hold the same appointment, whole days and the change of the clocks included', async () => {
    const { graph, crm, placed, stores } = await seeded();
    const pairs = [
      { allDay: true, date: '2026-12-24', end: '2026-12-25', time: '', endTime: '', start: '2026-12-24T00:00:00', until: '2026-12-26T00:00:00', subject: 'Closed' },
      { allDay: false, date: '2027-03-29', end: '2027-03-29', time: '09:00', endTime: '10:00', start: '2027-03-29T09:00:00', until: '2027-03-29T10:00:00', subject: 'In summer time' },
    ];
    for (const { allDay, date, end, time, endTime, start, until, subject } of pairs) {
      const at = (dateTime: string) => ({ dateTime, timeZone: DEMO_ZONE });
      await graph.fetch(`http://graph.example.com/v1.0/users/${placed.employee.id}/events`, {
        method: 'POST',
        headers: { authorization: `Bearer person:${placed.employee.id}`, 'content-type': 'application/json' },
        body: JSON.stringify({ subject, isAllDay: allDay, start: at(start), end: at(until) }),
      });
      crm.act(placed.employee.login).create('Contact', { Contact: 1, Subject: subject, Date: date, EndDate: end, Time: time, EndTime: endTime, RepId: placed.repId, PeGrp: placed.person.statNo, PeNo: placed.person.seqNo });
      const { outlook, crm: inCrm } = stores();
      const key = outlook.find((one) => one.subject === subject)?.key;
      expect(key).toBeDefined();
      expect(inCrm.find((one) => one.subject === subject)?.key).toBe(key);
    }
  });
});

describe('what counts as in step', () => {
  const item = (key: string, isOriginal = true, leftAlone: string | null = null) => ({ id: key, subject: key, time: { allDay: true as const, firstDay: '2026-11-23', lastDay: '2026-11-23' }, key, leftAlone, isOriginal });

  it('is everything in scope on both sides, once', () => {
    expect(isConverged(agreementOf({ outlook: [item('a'), item('b', false), item('c', true, 'private')], crm: [item('a', false), item('b')] }))).toBe(true);
  });

  it('is not one that is missing, one that is there twice, or one that came from nowhere', () => {
    expect(isConverged(agreementOf({ outlook: [item('a')], crm: [] }))).toBe(false);
    expect(isConverged(agreementOf({ outlook: [item('a')], crm: [item('a', false), item('a', false)] }))).toBe(false);
    expect(isConverged(agreementOf({ outlook: [], crm: [item('x', false)] }))).toBe(false);
  });
});
