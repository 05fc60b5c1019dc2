import { describe, it, expect } from 'vitest';
import { graphTenant } from '../../shared/graph/tenant.ts';
import { BASE, failureOf, json, MAILBOX, refusal, scriptedFetch, tenantRules, type Script } from './scripted-graph.ts';
import { VirtualClock } from './virtual-clock.ts';

function open(script: Script) {
  const { fetch, sent } = scriptedFetch(script);
  const tenant = graphTenant({ baseUrl: BASE, fetch, token: async () => 'token', clock: new VirtualClock(), rules: tenantRules() });
  return { tenant, sent };
}

describe('finding a user', () => {
  const ada = { id: MAILBOX, mail: 'Ada@example.com', userPrincipalName: 'ada@login.example.com', proxyAddresses: ['smtp:a.l@example.org', 'SMTP:Ada@example.com', 'SIP:ada@example.com', 'X500:/O=Labs/cn=Ada', 'x500:odd'] };
  const purpose = (userPurpose: string) => json({ userPurpose });

  it('gives every address, the primary one first, and what the mailbox is for', async () => {
    const { tenant, sent } = open((one) => (one.asked.includes('mailboxSettings') ? purpose('shared') : json({ value: [ada] })));
    expect(await tenant.findUser(' A.L@example.org ')).toEqual({ id: MAILBOX, addresses: ['ada@example.com', 'a.l@example.org', '/o=labs/cn=ada'], purpose: 'shared' });
    expect(sent[0]?.asked).toContain("$filter=mail eq 'a.l@example.org' or userPrincipalName eq 'a.l@example.org' or proxyAddresses/any(p:p eq 'smtp:a.l@example.org')");
  });

  it('quotes an address that holds a quote, a plus and an ampersand', async () => {
    const { tenant, sent } = open(() => json({ value: [] }));
    expect(await tenant.findUser("o'x+y&z@example.com")).toBeNull();
    expect(sent[0]?.asked).toContain("mail eq 'o''x+y&z@example.com'");
    expect(sent[0]?.url).toContain('%2By%26z');
  });

  it('asks the advanced way where the plain one is not supported', async () => {
    const { tenant, sent } = open((one) => (one.asked.includes('mailboxSettings') ? purpose('user') : one.headers.get('consistencylevel') === 'eventual' ? json({ value: [ada] }) : refusal(400, 'Request_UnsupportedQuery')));
    expect((await tenant.findUser('ada@example.com'))?.purpose).toBe('user');
    expect(sent[1]?.asked).toContain('$count=true');
  });

  it('makes do with mail and sign-in name where proxy addresses are forbidden', async () => {
    const { tenant } = open((one) => (one.asked.includes('proxyAddresses') ? refusal(403, 'Authorization_RequestDenied') : one.asked.includes('mailboxSettings') ? refusal(403, 'ErrorAccessDenied') : json({ value: [{ id: MAILBOX, mail: 'ada@example.com' }] })));
    expect(await tenant.findUser('ada@example.com')).toEqual({ id: MAILBOX, addresses: ['ada@example.com'], purpose: 'unknown' });
  });

  it('prefers the owner of the address to somebody whose sign-in name looks like it', async () => {
    const other = { id: 'other', mail: 'eve@example.com', userPrincipalName: 'ada@example.com', proxyAddresses: ['SMTP:eve@example.com'] };
    const { tenant } = open((one) => (one.asked.includes('mailboxSettings') ? purpose('user') : json({ value: [other, ada] })));
    expect((await tenant.findUser('ada@example.com'))?.id).toBe(MAILBOX);
  });

  it('does not hide that Graph asks to wait', async () => {
    const { tenant } = open((one) => (one.asked.includes('mailboxSettings') ? refusal(429, 'ApplicationThrottled', { 'retry-after': '3' }) : json({ value: [ada] })));
    expect((await failureOf(tenant.findUser('ada@example.com'))).details.retryAfterMs).toBe(3_000);
  });
});

describe('subscribing', () => {
  const request = {
    mailboxId: MAILBOX,
    kind: 'appointment',
    clientState: 'state',
    notificationUrl: 'https://connector.example.com/api/graph/notifications',
    lifecycleUrl: 'https://connector.example.com/api/graph/lifecycle',
    expiresAt: Date.UTC(2026, 10, 29, 8),
  };
  const row = (id: string, members: Record<string, unknown> = {}) => ({
    id,
    resource: `/Users('${MAILBOX.toUpperCase()}')/Events`,
    changeType: 'updated,created, deleted',
    notificationUrl: request.notificationUrl,
    expirationDateTime: '2026-11-24T08:00:00Z',
    ...members,
  });
  const granted = (id: string) => json({ id, expirationDateTime: '2026-11-28T08:00:00.5000000Z' }, 201);

  it('asks for every change of the events, with a lifecycle address and immutable ids, and takes the expiry that is granted', async () => {
    const { tenant, sent } = open(() => granted('s1'));
    expect(await tenant.subscribe(request)).toEqual({ id: 's1', expiresAt: Date.UTC(2026, 10, 28, 8, 0, 0, 500) });
    expect(sent[0]?.headers.get('prefer')).toContain('IdType="ImmutableId"');
    expect(sent[0]?.body).toEqual({
      changeType: 'created,updated,deleted',
      resource: `users/${MAILBOX}/events`,
      notificationUrl: request.notificationUrl,
      lifecycleNotificationUrl: request.lifecycleUrl,
      clientState: 'state',
      expirationDateTime: '2026-11-29T08:00:00Z',
    });
  });

  it('adopts the existing one, wherever in the list it stands', async () => {
    const next = `${BASE}/v1.0/subscriptions?$skiptoken=2`;
    const { tenant, sent } = open((one) => {
      if (one.method === 'POST') return refusal(409, 'ExtensionError');
      if (one.method === 'PATCH') return granted('s7');
      return one.url === next ? json({ value: [row('s7')] }) : json({ value: [row('s1', { resource: 'users/other/events' }), row('s2', { changeType: 'created' }), 'odd'], '@odata.nextLink': next });
    });
    expect((await tenant.subscribe(request)).id).toBe('s7');
    expect(sent.at(-1)).toMatchObject({ method: 'PATCH', asked: '/subscriptions/s7', body: { expirationDateTime: '2026-11-29T08:00:00Z' } });
  });

  it('creates once more where the existing one ended meanwhile', async () => {
    let posts = 0;
    const { tenant } = open((one) => {
      if (one.method === 'POST') return (posts += 1) === 1 ? refusal(409, 'ExtensionError') : granted('s2');
      return one.method === 'PATCH' ? refusal(404, 'ResourceNotFound') : json({ value: [row('s1')] });
    });
    expect((await tenant.subscribe(request)).id).toBe('s2');
    expect(posts).toBe(2);
  });

  it('replaces one that was made for another address of ours', async () => {
    let posts = 0;
    const { tenant, sent } = open((one) => {
      if (one.method === 'POST') return (posts += 1) === 1 ? refusal(409, 'ExtensionError') : granted('s2');
      return one.method === 'DELETE' ? json(null, 204) : json({ value: [row('s1', { notificationUrl: 'https://old.example.com/x' })] });
    });
    expect((await tenant.subscribe(request)).id).toBe('s2');
    expect(sent.map((one) => one.method)).toEqual(['POST', 'GET', 'DELETE', 'POST']);
  });

  it('tries again later where the existing one is not listed', async () => {
    const { tenant } = open((one) => (one.method === 'POST' ? refusal(409, 'ExtensionError') : json({ value: [] })));
    expect((await failureOf(tenant.subscribe(request))).reason).toBe('transient');
  });

  it('knows no other kinds', async () => {
    const { tenant, sent } = open(() => granted('s1'));
    expect((await failureOf(tenant.subscribe({ ...request, kind: 'task' }))).reason).toBe('configuration');
    expect(sent).toHaveLength(0);
  });

  it('that is refused says why', async () => {
    const { tenant } = open(() => refusal(403, 'ExtensionError'));
    expect((await failureOf(tenant.subscribe(request))).reason).toBe('permission');
  });
});
