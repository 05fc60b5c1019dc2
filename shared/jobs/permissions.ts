import { comparePermissions, type ComparedPermissions } from '../config/permissions.ts';
import type { TenantRules } from '../config/rules.ts';
import { ok, warning, wrong, type Finding } from './doctor-findings.ts';
import type { GraphSignIn } from './ports.ts';

/** What a token of this tenant carries, held against what its rules need; null = the token does not tell. A token that lacks something may be older than the consent: then a fresh one decides. */
export async function permissionsOf(graph: GraphSignIn, rules: TenantRules): Promise<ComparedPermissions | null> {
  const { roles } = await graph.signIn();
  if (roles === null) return null;
  const compared = comparePermissions(rules, roles);
  if (compared.missing.length === 0 && compared.lesser.length === 0) return compared;
  const fresh = await graph.signIn({ fresh: true });
  return fresh.roles === null ? null : comparePermissions(rules, fresh.roles);
}

/** One finding per thing to do. */
export function permissionFindings(check: string, compared: ComparedPermissions | null): Finding[] {
  if (compared === null) return [ok(check, 'Not compared: the token does not tell its permissions.')];
  const { missing, lesser, surplus, opensAll } = compared;
  const findings: Finding[] = [];
  if (missing.length > 0) findings.push(wrong(check, `The tenant did not grant ${missing.map(({ name, what }) => `${name} (${what})`).join(', ')}: let its admin consent (POST /api/admin/consent), or grant it to the managed identity where that signs in by itself.`));
  for (const { permission, without } of lesser) findings.push(warning(check, `The tenant did not grant ${permission.name}, so ${without}: let its admin consent (POST /api/admin/consent) if that is not meant.`));
  if (opensAll.length > 0) findings.push(warning(check, `Entra grants ${opensAll.join(', ')} for all mailboxes of the tenant, although graph.mailboxAccess says that Exchange opens some of them: take it away under Enterprise applications, or say entra there.`));
  const idle = surplus.filter((role) => !opensAll.includes(role));
  if (idle.length > 0) findings.push(warning(check, `The tenant granted more than its rules need: take ${idle.join(', ')} from the app under Enterprise applications, and from what its registration asks for.`));
  return findings.length > 0 ? findings : [ok(check, 'The tenant granted what its rules need, and nothing more.')];
}
