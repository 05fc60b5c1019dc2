import { describe, expect, it } from 'vitest';
import { withinMailbox, withinTenant, type Reach } from '../../shared/graph/middleware/reach.ts';
import { graphMailbox } from '../../shared/graph/open.ts';
import { openTransport, type Target } from '../../shared/graph/transport.ts';
import { BASE, failureOf, json, mailbox, MAILBOX, openGate, scriptedFetch, tenantRules } from './scripted-graph.ts';
import { VirtualClock } from './virtual-clock.ts';

const OTHER = '99999999-9999-4999-8999-999999999999';

function open(reach: Reach) {
  const { fetch, sent } = scriptedFetch(() => json({}));
  return { sent, transport: openTransport({ baseUrl: BASE, fetch, token: async () => 'token', clock: new VirtualClock(), timeoutMs: 30_000, reach }) };
}

const link = (path: string): Target => ({ link: `${BASE}/v1.0${path}` });
const path = (below: string): Target => ({ path: below });

describe('invariant 9: a mailbox’s way to Graph', () => {
  it.each([path(`/users/${MAILBOX}/events`), path(`/users/${MAILBOX.toUpperCase()}/calendarView/delta?startDateTime=x`), link(`/users('${MAILBOX}')/calendarView/delta?$deltatoken=a%2bB`), link(`/Users/${MAILBOX}/events/AA%2F1`)])('carries what lies in it: %j', async (target) => {
    const { transport, sent } = open(withinMailbox(MAILBOX));
    await transport.send(target);
    expect(sent).toHaveLength(1);
  });

  it.each([path(`/users/${OTHER}/events`), path(`/users/${MAILBOX}/../${OTHER}/events`), path(`/users/${MAILBOX}/%2e%2e/${OTHER}/events`), path(`/users/${MAILBOX}%2F..%2F${OTHER}/events`), path(`/users/${MAILBOX}`), path('/users'), path('/me/events'), path('/subscriptions'), path('/groups/1/events'), path('/$batch'), path(`/users/${MAILBOX}/../../../beta/users/${MAILBOX}/events`), path(`/users/${MAILBOX}/calendar/events/${encodeURIComponent(`../../../${OTHER}/events/1`)}`), path(`/users/${MAILBOX}/..%5c${OTHER}/events`), path(`/users/${MAILBOX}/%252e%252e%252f${OTHER}/events`)])('sends nothing else: %j', async (target) => {
    const { transport, sent } = open(withinMailbox(MAILBOX));
    expect(await failureOf(transport.send(target))).toMatchObject({ reason: 'permission', details: { code: 'notOnList' } });
    expect(sent).toEqual([]);
  });

  it.each([link(`/users/${OTHER}/calendarView/delta?$deltatoken=1`), link(`/users('${OTHER}')/calendarView/delta?$deltatoken=1`), { link: `${BASE}/beta/users/${MAILBOX}/events` }, { link: `${BASE}/v1.0/users/%E0%A4%A` }, link(`/users/${MAILBOX}/..%2f${OTHER}/events`), { link: `http://name:word@127.0.0.1:8910/v1.0/users/${MAILBOX}/events` }])('follows no link that leads out of it, and starts the round anew: %j', async (target) => {
    const { transport, sent } = open(withinMailbox(MAILBOX));
    expect(await failureOf(transport.send(target))).toMatchObject({ reason: 'gone', details: { code: 'foreignLink' } });
    expect(sent).toEqual([]);
  });

  it('is not opened by the rules of another tenant', () => {
    const { fetch } = scriptedFetch(() => json({}));
    const stranger = { ...mailbox, tenantId: OTHER };
    expect(() => graphMailbox({ baseUrl: BASE, fetch, token: async () => 'token', clock: new VirtualClock(), mailbox: stranger, gate: openGate, rules: tenantRules() })).toThrow(/rules of another tenant/);
  });
});

describe('invariant 9: a tenant’s way to Graph', () => {
  it.each([path("/users?$filter=mail%20eq%20'x'"), path(`/users/${OTHER}/mailboxSettings?$select=userPurpose`), path('/subscriptions'), path('/subscriptions/1'), link('/subscriptions?$skiptoken=1')])('looks people up and keeps subscriptions: %j', async (target) => {
    const { transport, sent } = open(withinTenant);
    await transport.send(target);
    expect(sent).toHaveLength(1);
  });

  it.each([path(`/users/${OTHER}`), path(`/users/${OTHER}/events`), path(`/users/${OTHER}/messages`), path(`/users/${OTHER}/mailboxSettings/workingHours`), path('/subscriptions/1/x'), path('/me'), path('/groups')])('touches no mailbox: %j', async (target) => {
    const { transport, sent } = open(withinTenant);
    expect((await failureOf(transport.send(target))).details.code).toBe('notOnList');
    expect(sent).toEqual([]);
  });

  it('writes nothing to a person', async () => {
    const { transport, sent } = open(withinTenant);
    expect((await failureOf(transport.send({ method: 'PATCH', path: `/users/${OTHER}/mailboxSettings`, body: {} }))).details.code).toBe('notOnList');
    expect(sent).toEqual([]);
  });
});
