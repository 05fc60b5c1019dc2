import { describe, expect, it } from 'vitest';
import { compose } from '../../shared/compose.ts';
import { onlyTo, originOf, type Wire } from '../../shared/egress.ts';
import { isLoginPlace, isUploadPlace } from '../../shared/graph/clouds.ts';
import { memoryStorage } from '../../local/state/memory.ts';
import { failureOf } from '../graph/scripted-graph.ts';
import { TENANT } from '../world/places.ts';
import { VirtualClock } from '../world/virtual-clock.ts';

const request = (url: string, redirect: 'manual' | 'follow' = 'manual'): Request => new Request(url, { redirect });

function counted(): { wire: Wire; sent: string[] } {
  const sent: string[] = [];
  return { sent, wire: async ({ url }) => (sent.push(url), new Response('{}', { headers: { 'content-type': 'application/json' } })) };
}

describe('the way out of the process', () => {
  it('leads to the named place', async () => {
    const { wire, sent } = counted();
    await onlyTo(wire, 'crm', originOf('https://crm.example.com/interface/request'))(request('https://crm.example.com/other?x=1'));
    expect(sent).toEqual(['https://crm.example.com/other?x=1']);
  });

  it.each(['http://crm.example.com/', 'https://crm.example.com:8443/', 'https://crm.example.com.example.org/', 'https://evil.example.org/crm.example.com', 'https://crm2.example.com/', 'http://169.254.169.254/metadata', 'http://localhost/'])('leads nowhere else: %s', async (url) => {
    const { wire, sent } = counted();
    const failure = await failureOf(onlyTo(wire, 'crm', originOf('https://crm.example.com'))(request(url)));
    expect([failure.reason, failure.details.code]).toEqual(['configuration', 'foreignHost']);
    expect(failure.message).not.toContain('example');
    expect(sent).toEqual([]);
  });

  it('follows no redirect', async () => {
    const { wire, sent } = counted();
    expect((await failureOf(onlyTo(wire, 'graph', () => true)(request('https://graph.microsoft.com/', 'follow')))).details.code).toBe('foreignHost');
    expect(sent).toEqual([]);
  });
});

describe('a login', () => {
  it.each(['https://login.microsoftonline.com/t/oauth2/v2.0/token', 'https://login.microsoftonline.us/x', 'https://login.chinacloudapi.cn/x', 'https://login.partner.microsoftonline.cn/x', 'http://169.254.129.4:8081/msi/token', 'http://localhost:42356/msi/token'])('goes to %s', (url) => {
    expect(isLoginPlace(new URL(url), undefined)).toBe(true);
  });

  it('goes to the endpoint that the platform names', () => {
    expect(isLoginPlace(new URL('http://10.1.2.3:8081/msi/token?x=1'), 'http://10.1.2.3:8081/msi/token')).toBe(true);
  });

  it.each(['https://login.microsoftonline.com.example.org/', 'http://login.microsoftonline.com/', 'https://login.microsoftonline.com:8443/', 'https://graph.microsoft.com/', 'http://10.1.2.3:8081/msi/token', 'http://169.254.1.1.example.org/'])('never goes to %s', (url) => {
    expect(isLoginPlace(new URL(url), 'http://10.1.2.3:9999/msi/token')).toBe(false);
  });
});

describe('an upload address', () => {
  const place = isUploadPlace('https://graph.microsoft.com', ['outlook.office.com']);

  it.each(['https://outlook.office.com/api/v2.0/x?authtoken=1', 'https://graph.microsoft.com/v1.0/x'])('the parts of a large attachment go to %s', (url) => {
    expect(place(new URL(url))).toBe(true);
  });

  it.each(['http://outlook.office.com/', 'https://outlook.office.com:8443/', 'https://outlook.office.com.example.org/', 'https://x.outlook.office.com/', 'https://example.org/outlook.office.com', 'http://169.254.169.254/'])('they never go to %s', (url) => {
    expect(place(new URL(url))).toBe(false);
  });
});

describe('the composed product', () => {
  it('sends nothing where a Graph points elsewhere or redirects', async () => {
    const clock = new VirtualClock('2026-11-23T07:00:00Z');
    const sent: string[] = [];
    const rules = { tenantId: TENANT, graph: { baseUrl: 'http://localhost:4010', auth: 'local' }, crm: { url: 'https://crm.example.com/request', user: 'SYNC', passwordSetting: 'CRM_PASSWORD', timeZone: 'Europe/Berlin' } };
    const app = compose({
      env: { GRAPH_LOCAL_TOKEN: 'token', CRM_PASSWORD: 'secret', PUBLIC_BASE_URL: 'http://localhost:7071', WEBHOOK_SECRET: 'a secret of at least 32 characters' },
      clock,
      random: () => 0.5,
      storage: memoryStorage({ clock, random: () => 0.5 }),
      rules: { list: async () => [TENANT], read: async () => ({ text: JSON.stringify(rules), etag: '1' }) },
      fetch: async (one) => {
        sent.push(new URL(one.url).origin);
        expect(one.redirect).toBe('manual');
        return new Response(null, { status: 302, headers: { location: 'https://evil.example.org/' } });
      },
    })(() => undefined);
    for (const job of ['users', 'subscriptions', 'crmPoll'] as const) await clock.drive(app.startTenantJob(TENANT, job));
    await clock.drive(app.doctor(TENANT));
    expect([...new Set(sent)].sort()).toEqual(['http://localhost:4010', 'https://crm.example.com']);
  });
});
