import { describe, expect, it } from 'vitest';
import { graphTenant } from '../../shared/graph/tenant.ts';
import { BASE, failureOf, json, MAILBOX, refusal, scriptedFetch, tenantRules, type Script } from './scripted-graph.ts';
import { VirtualClock } from './virtual-clock.ts';

function open(script: Script) {
  const { fetch, sent } = scriptedFetch(script);
  return { tenant: graphTenant({ baseUrl: BASE, fetch, token: async () => 'token', clock: new VirtualClock(), rules: tenantRules() }), sent };
}

const EXPIRY = Date.UTC(2026, 10, 29, 8);

describe('renewing', () => {
  it('asks for the expiry and takes the one that is granted', async () => {
    const { tenant, sent } = open(() => json({ id: 's/1', expirationDateTime: '2026-11-28T08:00:00.1234567Z' }));
    expect(await tenant.renew('s/1', EXPIRY)).toEqual({ id: 's/1', expiresAt: Date.UTC(2026, 10, 28, 8, 0, 0, 123) });
    expect(sent[0]).toMatchObject({ method: 'PATCH', body: { expirationDateTime: '2026-11-29T08:00:00Z' } });
    expect(sent[0]?.url).toBe(`${BASE}/v1.0/subscriptions/s%2F1`);
  });

  it.each([
    [404, 'ResourceNotFound'],
    [404, 'ExtensionError'],
    [410, 'Gone'],
  ])('one that is not there any more (%s %s) is gone', async (status, code) => {
    const { tenant } = open(() => refusal(status, code));
    expect(await tenant.renew('s1', EXPIRY)).toBe('gone');
  });

  it('a 404 of something between us and Graph is not taken for it', async () => {
    const { tenant } = open(() => new Response('<html>', { status: 404, headers: { 'content-type': 'text/html' } }));
    expect((await failureOf(tenant.renew('s1', EXPIRY))).reason).toBe('transient');
  });

  it('a grant without a readable expiry is asked for again', async () => {
    const { tenant } = open(() => json({ id: 's1', expirationDateTime: 'soon' }));
    expect((await failureOf(tenant.renew('s1', EXPIRY))).reason).toBe('transient');
  });
});

describe('unsubscribing', () => {
  it('is done where Graph does not have it any more', async () => {
    const { tenant, sent } = open((_one, index) => (index === 0 ? json(null, 204) : refusal(404, 'ResourceNotFound')));
    await tenant.unsubscribe('s1');
    await tenant.unsubscribe('s1');
    expect(sent.map((one) => `${one.method} ${one.asked}`)).toEqual(['DELETE /subscriptions/s1', 'DELETE /subscriptions/s1']);
  });

  it('is not done where Graph refuses', async () => {
    const { tenant } = open(() => refusal(403, 'ExtensionError'));
    expect((await failureOf(tenant.unsubscribe('s1'))).reason).toBe('permission');
  });
});

describe('the list of subscriptions', () => {
  const row = (id: string, members: Record<string, unknown> = {}) => ({ id, resource: `users/${MAILBOX}/events`, changeType: 'created,updated,deleted', notificationUrl: 'https://a.example.com/x', expirationDateTime: '2026-11-24T08:00:00Z', ...members });
  const known = (id: string) => ({ id, mailboxId: MAILBOX, kind: 'appointment', notificationUrl: 'https://a.example.com/x', expiresAt: Date.UTC(2026, 10, 24, 8) });

  it('holds all pages, in whatever letters Graph tells a resource, and leaves out what is of no kind of ours', async () => {
    const next = `${BASE}/v1.0/subscriptions?$skiptoken=2`;
    const { tenant } = open((one) =>
      one.url === next
        ? json({ value: [row('s3', { resource: `/Users('${MAILBOX.toUpperCase()}')/Events`, changeType: 'updated,created, deleted' })] })
        : json({
            value: [
              row('s1'),
              row('other', { resource: `users/${MAILBOX}/messages` }),
              row('calendar', { resource: `users/${MAILBOX}/calendars/c1/events` }),
              row('part', { changeType: 'created' }),
              row('undated', { expirationDateTime: 'never' }),
              'odd',
            ],
            '@odata.nextLink': next,
          }),
    );
    expect(await tenant.subscriptions()).toEqual([known('s1'), known('s3')]);
  });

  it('that never ends is none: half a list would show living ones as missing', async () => {
    let page = 0;
    const { tenant } = open(() => json({ value: [row('s1')], '@odata.nextLink': `${BASE}/v1.0/subscriptions?$skiptoken=${(page += 1)}` }));
    expect((await failureOf(tenant.subscriptions())).details.code).toBe('endlessList');
  });
});
