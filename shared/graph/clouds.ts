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
