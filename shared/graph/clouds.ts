import { PortFailure } from '../sync/failures.ts';

/** A Microsoft cloud: tokens and app registrations are its own (graph.md 9.4). */
export interface Cloud {
  readonly authorityHost: string;
  /** Audience of the managed identity's token that stands in for a secret (graph.md 9.3). */
  readonly exchangeAudience: string;
}

const worldwide: Cloud = { authorityHost: 'https://login.microsoftonline.com', exchangeAudience: 'api://AzureADTokenExchange' };
const usGovernment: Cloud = { authorityHost: 'https://login.microsoftonline.us', exchangeAudience: 'api://AzureADTokenExchangeUSGov' };
const china: Cloud = { authorityHost: 'https://login.chinacloudapi.cn', exchangeAudience: 'api://AzureADTokenExchangeChina' };

const CLOUDS: ReadonlyMap<string, Cloud> = new Map([
  ['graph.microsoft.com', worldwide],
  ['graph.microsoft.us', usGovernment],
  ['dod-graph.microsoft.us', usGovernment],
  ['microsoftgraph.chinacloudapi.cn', china],
]);

/** Where tokens are asked for: the clouds' own hosts, and the one that the library uses for China instead of its alias. */
const LOGIN_HOSTS: ReadonlySet<string> = new Set([...[worldwide, usGovernment, china].map(({ authorityHost }) => new URL(authorityHost).hostname), 'login.partner.microsoftonline.cn']);

/**
 * Whether a login may go there: to Microsoft's login hosts, or without TLS to the managed identity's endpoint, which the platform names or which lies on
 * this machine (loopback, link-local).
 */
export function isLoginPlace(place: URL, identityEndpoint: string | undefined): boolean {
  if (place.protocol === 'https:' && LOGIN_HOSTS.has(place.host)) return true;
  if (identityEndpoint !== undefined && URL.canParse(identityEndpoint) && new URL(identityEndpoint).origin === place.origin) return true;
  return place.protocol === 'http:' && (isLoopback(place.href) || /^169\.254(\.\d{1,3}){2}$/.test(place.hostname));
}

/** Whether the parts of a large attachment may go there: to Graph itself, or to one of the hosts that the rules name (graph.md 5.10). */
export function isUploadPlace(baseUrl: string, hosts: readonly string[]): (place: URL) => boolean {
  const { origin } = new URL(baseUrl);
  return (place) => place.origin === origin || (place.protocol === 'https:' && place.port === '' && hosts.includes(place.hostname));
}

export function cloudOf(baseUrl: string): Cloud {
  const cloud = CLOUDS.get(new URL(baseUrl).hostname);
  if (cloud === undefined) {
    throw new PortFailure('graph', 'configuration', `The Graph base URL names no Microsoft cloud: use one of ${[...CLOUDS.keys()].map((host) => `https://${host}`).join(', ')}.`);
  }
  return cloud;
}

export function isLoopback(baseUrl: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(new URL(baseUrl).hostname);
}
