import type { TenantRules } from '../config/rules.ts';
import type { GraphSignIn, GraphTenant } from '../jobs/ports.ts';
import type { Gate } from '../sync/ports.ts';
import { second } from '../model/time/instant.ts';
import { directory } from './directory.ts';
import { withinTenant } from './middleware/reach.ts';
import { subscriber } from './subscriptions.ts';
import { readClaims } from './token-claims.ts';
import { openTransport, type GraphAccess } from './transport.ts';

/** What concerns a whole tenant: its people and its subscriptions. */
export function graphTenant({ rules, ...access }: GraphAccess & { readonly rules: TenantRules; readonly gate?: Gate }): GraphTenant & GraphSignIn {
  const transport = openTransport({ ...access, reach: withinTenant, timeoutMs: rules.graph.timeoutSeconds * second });
  const signIn: GraphSignIn['signIn'] = async (how) => {
    const known = await access.token();
    const token = how?.fresh === true ? await access.token(known) : known;
    return { roles: readClaims(token)?.roles ?? null };
  };
  return { ...directory(transport), ...subscriber(transport), signIn };
}
