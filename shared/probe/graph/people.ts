import { withQuery } from '../../graph/query.ts';
import { judged, type Fact } from '../fact.ts';
import type { ProbedMailbox } from './mailbox.ts';
import { rowsIn, said, textOf } from './way.ts';

export const byProxyAddress: Fact<ProbedMailbox> = {
  line: 'G26',
  says: 'users are found by proxyAddresses, the plain or the advanced way',
  either: { holds: 'a rep may be known by any address of his mailbox', otherwise: 'he is found by mail and sign-in name alone: grant User.Read.All where aliases are in use' },
  async try(mailbox) {
    const own = await mailbox.ask(withQuery('/users', { $filter: `id eq '${mailbox.mailboxId}'`, $select: 'id,mail,userPrincipalName' }));
    const [user] = rowsIn(own);
    const address = textOf(user, 'mail') || textOf(user, 'userPrincipalName');
    if (own.status !== 200 || address === '') return { outcome: 'notTried', why: `the user of the mailbox cannot be looked up (${said(own)})` };
    const $filter = `proxyAddresses/any(p:p eq 'smtp:${address.toLowerCase().replaceAll("'", "''")}')`;
    const plain = await mailbox.ask(withQuery('/users', { $filter, $select: 'id' }));
    const advanced = await mailbox.ask(withQuery('/users', { $filter, $select: 'id', $count: 'true' }), { headers: { ConsistencyLevel: 'eventual' } });
    const found = [plain, advanced].map((answer) => answer.status === 200 && rowsIn(answer).some((row) => textOf(row, 'id').toLowerCase() === mailbox.mailboxId));
    return judged(found.includes(true), `plain ${found[0] === true ? 'found' : said(plain)}, advanced ${found[1] === true ? 'found' : said(advanced)}`);
  },
};

export const readableToken: Fact<ProbedMailbox> = {
  line: 'E2',
  says: 'a token for Graph tells its permissions',
  either: { holds: '`doctor` compares them with what the rules need', otherwise: 'it is used unread, and its permissions are not compared' },
  async try(mailbox) {
    const { roles } = mailbox.options;
    return judged(roles !== null, roles === null ? 'it does not' : `it names ${roles.length} permissions`);
  },
};
