import { z } from 'zod';
import type { DirectoryUser, GraphTenant } from '../jobs/ports.ts';
import { lower } from '../model/participants.ts';
import { PortFailure } from '../sync/failures.ts';
import { pageSchema } from './event-schema.ts';
import { notUnderstood } from './mailbox-level.ts';
import { userPath, withQuery } from './query.ts';
import type { Transport } from './transport.ts';

const user = z.object({
  id: z.string().min(1),
  mail: z.string().nullish(),
  userPrincipalName: z.string().nullish(),
  proxyAddresses: z.array(z.string()).nullish(),
});
type User = z.output<typeof user>;

const settings = z.object({ userPurpose: z.string().nullish() });

/** Finds people by any of their addresses. */
export function directory(transport: Transport): Pick<GraphTenant, 'findUser'> {
  async function ask(filter: string, members: string, advanced: boolean): Promise<readonly User[]> {
    const path = withQuery('/users', { $filter: filter, $select: members, $top: 10, ...(advanced ? { $count: 'true' } : {}) });
    const parsed = pageSchema.extend({ value: z.array(user) }).safeParse(await transport.send({ path, ...(advanced ? { headers: { ConsistencyLevel: 'eventual' } } : {}) }));
    if (!parsed.success) throw notUnderstood();
    return parsed.data.value;
  }

  /** `User.ReadBasic.All` gives mail and UPN but no proxy addresses (graph.md 13): then those two must do. */
  async function find(address: string): Promise<readonly User[]> {
    const value = `'${address.replaceAll("'", "''")}'`;
    const own = `mail eq ${value} or userPrincipalName eq ${value}`;
    const any = `${own} or proxyAddresses/any(p:p eq 'smtp:${value.slice(1)})`;
    for (const advanced of [false, true]) {
      try {
        return await ask(any, 'id,mail,userPrincipalName,proxyAddresses', advanced);
      } catch (failure) {
        if (!(failure instanceof PortFailure)) throw failure;
        if (failure.reason === 'permission') break;
        if (failure.reason !== 'recordRejected') throw failure;
      }
    }
    return ask(own, 'id,mail,userPrincipalName', false);
  }

  async function purposeOf(id: string): Promise<DirectoryUser['purpose']> {
    try {
      const parsed = settings.safeParse(await transport.send({ path: withQuery(userPath(id, 'mailboxSettings'), { $select: 'userPurpose' }) }));
      return known(parsed.data?.userPurpose);
    } catch (failure) {
      const unanswerable = failure instanceof PortFailure && (failure.reason === 'permission' || failure.reason === 'mailboxUnavailable' || failure.reason === 'notFound' || failure.reason === 'recordRejected');
      if (unanswerable) return 'unknown';
      throw failure;
    }
  }

  return {
    async findUser(address, people) {
      const wanted = address.trim().toLowerCase();
      const found = await find(wanted);
      // An address belongs to one mailbox; a sign-in name may look like the address of another.
      const owners = found.filter((one) => addressesOf(one).includes(wanted));
      const [owner, ...others] = owners.length > 0 ? owners : found;
      if (owner === undefined) return null;
      // Nobody's mailbox is touched where nobody can tell whose is meant.
      if (others.length > 0) return { id: owner.id, addresses: addressesOf(owner), purpose: 'unknown', others: others.map(({ id }) => id) };
      return { id: owner.id, addresses: addressesOf(owner), purpose: people?.has(owner.id.toLowerCase()) === true ? 'user' : await purposeOf(owner.id) };
    },
  };
}

/** `SMTP:` in capitals is the primary one; behind the mail addresses stand Exchange's inner ones, under which old invitations name people. Others (SIP) are nobody's here. */
function addressesOf({ mail, userPrincipalName, proxyAddresses }: User): string[] {
  const proxies = (proxyAddresses ?? []).filter((proxy) => /^smtp:/i.test(proxy));
  const primary = proxies.filter((proxy) => proxy.startsWith('SMTP:'));
  const others = proxies.filter((proxy) => !proxy.startsWith('SMTP:'));
  const all = [...primary.map(bare), ...(mail == null || mail === '' ? [] : [mail]), ...others.map(bare)].map((one) => one.trim().toLowerCase());
  if (all.length === 0 && userPrincipalName != null) all.push(userPrincipalName.toLowerCase());
  return [...new Set([...all, ...(proxyAddresses ?? []).filter((proxy) => /^x500:\//i.test(proxy)).map((proxy) => lower(proxy.slice('x500:'.length).trim()))])];
}

function bare(proxy: string): string {
  return proxy.slice('smtp:'.length);
}

function known(purpose: string | null | undefined): DirectoryUser['purpose'] {
  switch (purpose) {
    case 'user':
    case 'shared':
    case 'room':
    case 'equipment':
      return purpose;
    case 'linked':
      // The mailbox of a person whose account lives in another forest.
      return 'user';
    default:
      return 'unknown';
  }
}
