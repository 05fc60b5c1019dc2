import { PortFailure } from '../../sync/failures.ts';
import type { Exchange, Method } from './exchange.ts';

/** Whether a way to Graph may carry this request; the path below the version, decoded part by part. */
export type Reach = (method: Method, path: readonly string[]) => boolean;

/** What lies in this mailbox and nothing else: ids of a mailbox come from its tenant's list, and no answer of Graph leads anywhere else. */
export function withinMailbox(mailboxId: string): Reach {
  return (_method, path) => {
    const [root, owner, ...rest] = named(path);
    return root === 'users' && owner === mailboxId.toLowerCase() && rest.length > 0;
  };
}

/** People are looked up, and asked whether they are people; subscriptions are kept. Nothing else of a tenant is read or written by anybody but a mailbox's own pass. */
export const withinTenant: Reach = (method, path) => {
  const [root, second, third, ...rest] = named(path);
  if (root === 'subscriptions') return third === undefined;
  if (root !== 'users' || method !== 'GET' || rest.length > 0) return false;
  return second === undefined || third === 'mailboxsettings';
};

/** The allow-list, held against every request on its way out, links of earlier answers included (design 6.9). */
export function refuseBeyond(reach: Reach, baseUrl: string): (url: string, exchange: Exchange) => void {
  const root = `${new URL(baseUrl).pathname.replace(/\/$/, '')}/v1.0/`;
  return (url, { method, link }) => {
    const { pathname } = new URL(url);
    const path = pathname.startsWith(root) ? partsOf(pathname.slice(root.length)) : null;
    if (path === null || !reach(method, path)) throw refusal(link !== null);
  };
}

function refusal(byLink: boolean): PortFailure {
  return byLink
    ? new PortFailure('graph', 'gone', 'A stored Graph link leads beyond what it was asked for: it is not followed, start the round anew.', { code: 'foreignLink' })
    : new PortFailure('graph', 'permission', 'This request would reach a mailbox that is not on the tenant’s list: it was not sent.', { code: 'notOnList' });
}

function partsOf(path: string): readonly string[] | null {
  try {
    const parts = path.split('/').map(decodeURIComponent);
    return parts.some(climbs) ? null : parts;
  } catch {
    return null;
  }
}

/** An encoded way out: to us one part like any other, but a server behind may decode it once more and follow it. */
function climbs(part: string): boolean {
  return plainly(part).split(/[/\\]/).some((step) => step === '..' || step === '.');
}

/** With whatever is encoded in it still. */
function plainly(part: string): string {
  return part.replace(/%(?:25)*2e/gi, '.').replace(/%(?:25)*2f/gi, '/').replace(/%(?:25)*5c/gi, '\\');
}

/** Lower case, with `users('…')` taken apart: Graph writes links either way. */
function named(path: readonly string[]): string[] {
  return path.flatMap((part) => {
    const [, name, key] = /^(\w+)\('([^']*)'\)$/.exec(part) ?? [];
    return name === undefined || key === undefined ? [part.toLowerCase()] : [name.toLowerCase(), key.toLowerCase()];
  });
}
