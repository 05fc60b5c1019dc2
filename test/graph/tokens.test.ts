import { describe, it, expect } from 'vitest';
import { cloudOf } from '../../shared/graph/clouds.ts';
import { azureCredentials, type Credential } from '../../shared/graph/credentials.ts';
import { tokenProviders, type TokenSettings } from '../../shared/graph/tokens.ts';
import { PortFailure } from '../../shared/sync/failures.ts';
import { failureOf } from './scripted-graph.ts';
import { VirtualClock } from './virtual-clock.ts';

const HOUR = 3_600_000;
const settings: TokenSettings = { baseUrl: 'https://graph.microsoft.com', auth: 'clientSecret', tenantId: 'tenant-a', appId: 'app', clientSecret: 'very-secret' };

function world(getToken?: (scope: string, call: number) => ReturnType<Credential['getToken']>) {
  const clock = new VirtualClock();
  const opened: TokenSettings[] = [];
  const scopes: string[] = [];
  const provider = tokenProviders(clock, async (asked) => {
    opened.push(asked);
    return {
      getToken: async (scope) => {
        scopes.push(scope);
        return getToken === undefined ? { token: `token-${scopes.length}`, expiresOnTimestamp: clock.now() + HOUR } : getToken(scope, scopes.length);
      },
    };
  });
  return { clock, opened, scopes, provider };
}

describe('the local token', () => {
  it('goes to a Graph on this machine only', async () => {
    const { provider, opened } = world();
    const local = { auth: 'local', tenantId: 't', localToken: 'local-token' } as const;
    await expect(provider({ ...local, baseUrl: 'http://127.0.0.1:8910' })()).resolves.toBe('local-token');
    await expect(provider({ ...local, baseUrl: 'http://localhost' })()).resolves.toBe('local-token');
    for (const baseUrl of ['https://graph.microsoft.com', 'http://127.0.0.1.example.com', 'http://localhost.example.com']) {
      const failure = await failureOf(provider({ ...local, baseUrl })());
      expect(failure.reason).toBe('configuration');
      expect(failure.message).not.toContain('local-token');
    }
    expect(opened).toHaveLength(0);
  });

  it('that is missing is named', async () => {
    const failure = await failureOf(world().provider({ auth: 'local', tenantId: 't', baseUrl: 'http://localhost' })());
    expect(failure.message).toContain('GRAPH_LOCAL_TOKEN');
  });
});

describe('a token', () => {
  it('is asked for once, for the scope of its cloud, whoever waits for it', async () => {
    const { provider, scopes } = world();
    const token = provider({ ...settings, baseUrl: 'https://graph.microsoft.us/' });
    expect(await Promise.all([token(), token(), token()])).toEqual(['token-1', 'token-1', 'token-1']);
    expect(scopes).toEqual(['https://graph.microsoft.us/.default']);
  });

  it('is shared by equal settings and by nobody else', async () => {
    const { provider, opened } = world();
    const tokens = await Promise.all([provider(settings)(), provider({ ...settings })()]);
    expect(tokens).toEqual(['token-1', 'token-1']);
    const other = await provider({ ...settings, tenantId: 'tenant-b' })();
    const cloud = await provider({ ...settings, baseUrl: 'https://graph.microsoft.us' })();
    const client = await provider({ ...settings, appId: 'other' })();
    expect(new Set([tokens[0], other, cloud, client]).size).toBe(4);
    expect(opened).toHaveLength(4);
  });

  it('is renewed five minutes before its end', async () => {
    const { provider, clock } = world();
    const token = provider(settings);
    expect(await token()).toBe('token-1');
    await clock.turn(HOUR - 300_001);
    expect(await token()).toBe('token-1');
    await clock.turn(1);
    expect(await token()).toBe('token-2');
  });

  it('is used to its last minute where its renewal fails', async () => {
    const { provider, clock } = world(async (_scope, call) => {
      if (call > 1) throw new PortFailure('graph', 'transient', 'The login service is down.');
      return { token: 'old', expiresOnTimestamp: clock.now() + HOUR };
    });
    const token = provider(settings);
    await token();
    await clock.turn(HOUR - 120_000);
    expect(await token()).toBe('old');
    await clock.turn(70_000);
    expect((await failureOf(token())).reason).toBe('transient');
  });

  it('that Graph refused is asked for anew with a new credential, once for all who were refused', async () => {
    const { provider, opened } = world();
    const token = provider(settings);
    const old = await token();
    expect(await Promise.all([token(old), token(old), token(old)])).toEqual(['token-2', 'token-2', 'token-2']);
    expect(await token(old)).toBe('token-2');
    expect(opened).toHaveLength(2);
  });

  it('that does not come in time is given up, and asked for again later', async () => {
    const { provider, clock } = world((_scope, call) => (call === 1 ? new Promise(() => undefined) : Promise.resolve({ token: 'late', expiresOnTimestamp: clock.now() + HOUR })));
    const token = provider(settings);
    const waiting = failureOf(token());
    await clock.turn(30_000);
    expect((await waiting).reason).toBe('transient');
    expect(await token()).toBe('late');
    expect(clock.sleeping).toBe(0);
  });
});

describe('a login service that asks to wait', () => {
  it('is not asked before', async () => {
    const { provider, clock, scopes } = world((_scope, call) => (call === 1 ? Promise.reject(new PortFailure('graph', 'transient', 'Wait.', { retryAfterMs: 90_000 })) : Promise.resolve({ token: 'then', expiresOnTimestamp: clock.now() + HOUR })));
    const token = provider(settings);
    await failureOf(token());
    await clock.turn(89_999);
    expect((await failureOf(token())).message).toBe('Wait.');
    expect(scopes).toHaveLength(1);
    await clock.turn(1);
    expect(await token()).toBe('then');
  });
});

describe('clouds', () => {
  it('have their own login', () => {
    expect(cloudOf('https://graph.microsoft.com').authorityHost).toBe('https://login.microsoftonline.com');
    expect(cloudOf('https://dod-graph.microsoft.us')).toEqual({ authorityHost: 'https://login.microsoftonline.us', exchangeAudience: 'api://AzureADTokenExchangeUSGov' });
    expect(cloudOf('https://microsoftgraph.chinacloudapi.cn').authorityHost).toBe('https://login.chinacloudapi.cn');
  });

  it('that nobody knows get no token', async () => {
    const { provider, scopes } = world();
    expect((await failureOf(provider({ ...settings, baseUrl: 'https://graph.example.com' })())).reason).toBe('configuration');
    expect(scopes).toHaveLength(0);
  });
});

describe('credentials of Azure', () => {
  const nowhere = azureCredentials(() => Promise.reject(new Error('Nothing is asked here.')));

  it.each(['federated', 'managedIdentity', 'clientSecret'] as const)('are made without asking the network: %s', async (auth) => {
    const credential = await nowhere({ ...settings, auth, tenantId: '11111111-1111-4111-8111-111111111111', identityClientId: 'identity' });
    expect(typeof credential.getToken).toBe('function');
  });

  it.each<[Partial<TokenSettings>, string]>([
    [{ auth: 'clientSecret', clientSecret: '' }, 'GRAPH_CLIENT_SECRET'],
    [{ auth: 'certificate' }, 'GRAPH_CERTIFICATE_PATH'],
    [{ auth: 'federated', appId: '' }, 'GRAPH_APP_ID'],
  ])('name the setting that is missing: %o', async (missing, setting) => {
    const { provider } = { provider: tokenProviders(new VirtualClock(), nowhere) };
    const failure = await failureOf(provider({ ...settings, ...missing })());
    expect([failure.reason, failure.message.includes(setting)]).toEqual(['configuration', true]);
  });
});
