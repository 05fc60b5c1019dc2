import { describe, expect, it } from 'vitest';
import { adminConsent, consentStart } from '../../functions/consent.ts';
import { BASE, Browser, Deployment, withQuery } from './browser.ts';
import { APP, CUSTOMER, OTHER_CUSTOMER, ROLES } from './world.ts';

const MINUTE = 60_000;

async function invited(tenantId = CUSTOMER) {
  const deployment = new Deployment();
  const link = await deployment.invite(tenantId);
  return { deployment, link, browser: new Browser(deployment) };
}

describe('consent of a tenant', () => {
  it('begins with a link, goes through Entra and ends with what the tenant granted', async () => {
    const { deployment, link, browser } = await invited();
    expect(await deployment.lastConsent()).toEqual({ state: 'never', at: null, missing: [], code: null });
    const page = await browser.open(link);
    expect(page).toMatch(new RegExp(`^https://login\\.microsoftonline\\.com/${CUSTOMER}/adminconsent\\?`));
    expect(Object.fromEntries(new URL(page).searchParams)).toMatchObject({ client_id: APP, redirect_uri: `${BASE}/api/consent/callback` });
    const answer = await browser.back(await browser.consent(page));
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('granted what the connector needs')]);
    expect(await deployment.lastConsent()).toMatchObject({ state: 'granted', missing: [], code: null });
    expect(deployment.events.at(-1)).toMatchObject({ evt: 'consent', tenant: CUSTOMER, state: 'granted' });
    expect((await deployment.doctor()).find(({ check }) => check === 'graph.permissions')).toMatchObject({ state: 'ok' });
  });

  it('counts although a token without its permissions was had before', async () => {
    const { deployment, link, browser } = await invited();
    deployment.world.entra.grant(CUSTOMER, APP, []);
    expect((await deployment.doctor()).find(({ check }) => check === 'graph.permissions')).toMatchObject({ state: 'wrong' });
    await browser.back(await browser.consent(await browser.open(link)));
    expect(await deployment.lastConsent()).toMatchObject({ state: 'granted' });
  });

  it('that grants too little says what is missing', async () => {
    const { deployment, link, browser } = await invited();
    deployment.world.app.requiredRoles = ['User.Read.All', 'MailboxSettings.Read'];
    const { text } = await browser.back(await browser.consent(await browser.open(link)));
    expect(text).toContain('did not grant: Calendars.ReadWrite');
    expect(await deployment.lastConsent()).toMatchObject({ state: 'incomplete', missing: ['Calendars.ReadWrite'] });
  });

  it('that is declined changes nothing and can be begun again by the same link', async () => {
    const { deployment, link, browser } = await invited();
    const { status, text } = await browser.back(await browser.consent(await browser.open(link), 'no'));
    expect([status, text]).toEqual([200, expect.stringContaining('No consent was given (permission_denied)')]);
    expect(await deployment.lastConsent()).toMatchObject({ state: 'refused', code: 'permission_denied' });
    await browser.back(await browser.consent(await browser.open(link)));
    expect(await deployment.lastConsent()).toMatchObject({ state: 'granted' });
  });

  it('is not believed without a token: an answer that somebody made up grants nothing', async () => {
    const { deployment, link, browser } = await invited();
    const state = new URL(await browser.open(link)).searchParams.get('state') ?? '';
    const { text } = await browser.back(`${BASE}/api/consent/callback?admin_consent=True&tenant=${CUSTOMER}&state=${encodeURIComponent(state)}`);
    expect(text).toContain('cannot sign in yet (AADSTS700016)');
    expect(await deployment.lastConsent()).toMatchObject({ state: 'unproven', code: 'AADSTS700016' });
  });
});

describe('an answer of Entra counts for nothing', () => {
  const foreign = 'does not belong to a consent that was begun in this browser';

  it('in another browser than the one that began', async () => {
    const { deployment, link, browser } = await invited();
    const address = await browser.consent(await browser.open(link));
    const other = new Browser(deployment);
    expect(await other.back(address)).toMatchObject({ status: 400, text: expect.stringContaining(foreign) as string });
    await other.open(link);
    expect(await other.back(address)).toMatchObject({ status: 400 });
    expect(await deployment.lastConsent()).toMatchObject({ state: 'never' });
    expect((await browser.back(address)).status).toBe(200);
  });

  it('a second time: the cookie goes with the first', async () => {
    const { link, browser } = await invited();
    const address = await browser.consent(await browser.open(link));
    expect((await browser.back(address)).status).toBe(200);
    expect((await browser.back(address)).status).toBe(400);
  });

  it('after a quarter of an hour', async () => {
    const { deployment, link, browser } = await invited();
    const address = await browser.consent(await browser.open(link));
    deployment.later = 15 * MINUTE + 1_000;
    expect(await browser.back(address)).toMatchObject({ status: 400, text: expect.stringContaining(foreign) as string });
    deployment.later = 14 * MINUTE;
    expect((await browser.back(address)).status).toBe(200);
  });

  it('of another tenant than the one that was asked', async () => {
    const { deployment, link, browser } = await invited();
    const address = await browser.consent(await browser.open(link));
    const answer = await browser.back(withQuery(address, { tenant: OTHER_CUSTOMER }));
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('another tenant') as string });
    for (const tenantId of [CUSTOMER, OTHER_CUSTOMER]) expect(await deployment.lastConsent(tenantId)).toMatchObject({ state: 'never' });
    expect(deployment.events.at(-1)).toMatchObject({ evt: 'consent', tenant: CUSTOMER, state: 'otherTenant' });
  });

  it('with a state that was changed, left out, made for another use or signed by somebody else', async () => {
    const { deployment, link, browser } = await invited();
    const address = await browser.consent(await browser.open(link));
    const state = new URL(address).searchParams.get('state') ?? '';
    const invitation = new URL(link).searchParams.get('invitation') ?? '';
    for (const changed of [null, '', 'x', state.replace(CUSTOMER, OTHER_CUSTOMER), `${state}x`, state.slice(0, -1), invitation, 'a'.repeat(5_000)]) {
      expect((await browser.back(withQuery(address, { state: changed }))).status, String(changed)).toBe(400);
    }
    deployment.env['WEBHOOK_SECRET'] = 'another secret of at least 32 characters';
    expect((await browser.back(address)).status).toBe(400);
    expect(await deployment.lastConsent()).toMatchObject({ state: 'never' });
  });

  it('without a tenant, or without Entra’s yes', async () => {
    for (const changes of [{ tenant: null }, { admin_consent: null }, { admin_consent: 'False' }] as Record<string, string | null>[]) {
      const { deployment, link, browser } = await invited();
      await browser.back(withQuery(await browser.consent(await browser.open(link)), changes));
      expect(await deployment.lastConsent()).toMatchObject({ state: 'refused' });
    }
  });
});

describe('an invitation', () => {
  it('is good for a week, for its tenant, and for nothing that somebody made of it', async () => {
    const { deployment, link, browser } = await invited();
    deployment.later = 7 * 24 * 60 * MINUTE - MINUTE;
    expect(await browser.open(link)).toContain('adminconsent');
    deployment.later += 2 * MINUTE;
    expect(await browser.open(link)).toBe('');
    deployment.later = 0;
    const invitation = new URL(link).searchParams.get('invitation') ?? '';
    const until = invitation.split('.')[1] ?? '';
    for (const changed of [invitation.replace(CUSTOMER, OTHER_CUSTOMER), invitation.replace(until, `${until}0`), '', '..', invitation.slice(1)]) {
      const answer = await deployment.call(consentStart, 'GET', `${BASE}/api/consent/start?invitation=${encodeURIComponent(changed)}`);
      expect([answer.status, answer.cookies ?? []], changed).toEqual([400, []]);
    }
  });

  it('ends when the tenant leaves the list, also on its way', async () => {
    const { deployment, link, browser } = await invited();
    const address = await browser.consent(await browser.open(link));
    delete deployment.rules[CUSTOMER];
    deployment.later = MINUTE;
    expect((await browser.back(address)).status).toBe(400);
    expect(await browser.open(link)).toBe('');
  });

  it('names what the tenant’s rules need and no more', async () => {
    const permissions = async (rules: Record<string, unknown>): Promise<unknown> => {
      const deployment = new Deployment();
      Object.assign(deployment.rules[CUSTOMER] ?? {}, rules);
      return ((await deployment.call(adminConsent, 'POST', `${BASE}/api/admin/consent?tenantId=${CUSTOMER}`)).jsonBody as { permissions: string[] }).permissions;
    };
    expect(await permissions({})).toEqual(['User.Read.All', 'MailboxSettings.Read', 'Calendars.ReadWrite']);
    expect(await permissions({ appointments: { enabled: false } })).toEqual(['User.Read.All', 'MailboxSettings.Read']);
    expect(await permissions({ graph: { mailboxAccess: 'exchange' } })).toEqual(['User.Read.All']);
  });

  it.each([
    ['a tenant that nobody knows', (): void => undefined, 'ffffffff-0000-4000-8000-000000000000', 404, /no such tenant/],
    ['no tenant', (): void => undefined, 'example.com', 400, /Say which tenant/],
    ['the managed identity alone', (env: Record<string, string>): void => void (env['GRAPH_AUTH'] = 'managedIdentity'), CUSTOMER, 409, /nothing to consent to.*grant-identity/],
    ['no app registration', (env: Record<string, string>): void => void delete env['GRAPH_APP_ID'], CUSTOMER, 409, /GRAPH_APP_ID is missing/],
    ['no public address', (env: Record<string, string>): void => void delete env['PUBLIC_BASE_URL'], CUSTOMER, 409, /PUBLIC_BASE_URL is missing/],
    ['no secret to sign with', (env: Record<string, string>): void => void delete env['WEBHOOK_SECRET'], CUSTOMER, 409, /WEBHOOK_SECRET is missing/],
  ])('is not made for %s, and says why', async (_what, spoil, tenantId, status, says) => {
    const deployment = new Deployment();
    spoil(deployment.env);
    const answer = await deployment.call(adminConsent, 'POST', `${BASE}/api/admin/consent?tenantId=${tenantId}`);
    expect([answer.status, String(answer.body)]).toEqual([status, expect.stringMatching(says)]);
  });

  it('and an answer meet a setting that was taken away with a page that names none', async () => {
    const { deployment, link, browser } = await invited();
    const address = await browser.consent(await browser.open(link));
    delete deployment.env['WEBHOOK_SECRET'];
    const answers = [await browser.back(address), await deployment.call(consentStart, 'GET', link)];
    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(JSON.stringify(answer)).not.toContain('WEBHOOK_SECRET');
    }
  });

  it('goes to the app and the cloud that the tenant’s rules name', async () => {
    const deployment = new Deployment();
    const appId = 'bbbbbbbb-0000-4000-8000-00000000000f';
    Object.assign(deployment.rules[CUSTOMER] ?? {}, { graph: { baseUrl: 'https://graph.microsoft.us', appId } });
    const page = new URL(await new Browser(deployment).open(await deployment.invite()));
    expect([page.host, page.searchParams.get('client_id')]).toEqual(['login.microsoftonline.us', appId]);
  });
});

describe('pages and cookies', () => {
  it('hold nothing of the request, cannot be framed, and are kept by nobody', async () => {
    const { link, browser } = await invited();
    const address = withQuery(await browser.consent(await browser.open(link), 'no'), { error: '<script>alert(1)</script>', error_description: 'somebody@example.com' });
    const { text, headers } = await browser.back(address);
    expect(text).not.toMatch(/script|somebody/);
    expect(headers).toMatchObject({ 'content-security-policy': expect.stringContaining("frame-ancestors 'none'") as string, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' });
  });

  it('bind the browser: a cookie for this host alone that no script reads, and another one each time', async () => {
    const { deployment, link } = await invited();
    const [one, two] = [await deployment.call(consentStart, 'GET', link), await deployment.call(consentStart, 'GET', link)];
    expect(one.cookies).toMatchObject([{ name: expect.stringMatching(/^__Host-/) as string, path: '/', secure: true, httpOnly: true, sameSite: 'Lax', maxAge: 900 }]);
    expect(one.cookies?.[0]?.value).toMatch(/^[\w-]{20,}$/);
    expect(one.cookies?.[0]?.value).not.toBe(two.cookies?.[0]?.value);
    expect(JSON.stringify(one.headers)).not.toContain(one.cookies?.[0]?.value);
  });
});

describe('doctor compares what was granted', () => {
  const permissions = async (roles: readonly string[], rules: Record<string, unknown> = {}) => {
    const deployment = new Deployment();
    Object.assign(deployment.rules[CUSTOMER] ?? {}, rules);
    deployment.world.entra.grant(CUSTOMER, APP, roles);
    return (await deployment.doctor()).filter(({ check }) => check === 'graph.permissions').map(({ state, says }) => `${state}: ${says}`);
  };

  it('with what the rules need', async () => {
    expect(await permissions(ROLES)).toEqual([expect.stringMatching(/^ok: .*nothing more\.$/)]);
    expect(await permissions(['User.Read.All', 'MailboxSettings.Read'], { appointments: { enabled: false } })).toEqual([expect.stringMatching(/^ok/)]);
  });

  it('and names what is missing, what for, and the way out', async () => {
    expect(await permissions([])).toEqual([expect.stringMatching(/^wrong: .*User\.Read\.All \(finds people.*Calendars\.ReadWrite \(reads and writes.*admin\/consent/), expect.stringMatching(/^warning: .*MailboxSettings\.Read, so every mailbox counts as a person’s/)]);
    expect(await permissions(['User.ReadBasic.All', 'MailboxSettings.ReadWrite', 'Calendars.ReadWrite'])).toEqual([expect.stringMatching(/^warning: .*User\.Read\.All, so people are found by mail and sign-in name alone/)]);
    expect(await permissions(['User.Read.All', 'MailboxSettings.Read', 'Calendars.Read'])).toEqual([expect.stringMatching(/^wrong: .*Calendars\.ReadWrite/), expect.stringMatching(/^warning: .*more than its rules need: take Calendars\.Read from/)]);
  });

  it('and names what nobody needs', async () => {
    expect(await permissions([...ROLES, 'Mail.Send'])).toEqual([expect.stringMatching(/^warning: .*take Mail\.Send from/)]);
    expect(await permissions(ROLES, { appointments: { enabled: false } })).toEqual([expect.stringMatching(/^warning: .*take Calendars\.ReadWrite from/)]);
  });

  it('where Exchange opens mailboxes, none is missing, and one that Entra opens for all is told', async () => {
    const exchange = { graph: { mailboxAccess: 'exchange' } };
    expect(await permissions(['User.Read.All'], exchange)).toEqual([expect.stringMatching(/^ok/)]);
    expect(await permissions(['User.Read.All', 'Calendars.ReadWrite'], exchange)).toEqual([expect.stringMatching(/^warning: Entra grants Calendars\.ReadWrite for all mailboxes/)]);
  });

  it('and says what keeps it from a token', async () => {
    const findings = await new Deployment().doctor();
    expect(findings.find(({ check }) => check === 'graph.token')).toMatchObject({ state: 'wrong', says: expect.stringContaining('AADSTS700016') as string });
    expect(findings.find(({ check }) => check === 'graph.permissions')).toMatchObject({ state: 'warning', says: 'Not checked: graph.token must be mended first.' });
  });
});
