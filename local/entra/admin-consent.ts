import { tenantOf, type EntraDirectory } from './directory.ts';
import { Refusal } from './refusal.ts';

/** Who sits before the page: the tenant he signs in to, whether he may consent, and what he says. */
export interface SignedInAdmin {
  readonly tenantId: string;
  readonly mayConsent: boolean;
  readonly says: 'yes' | 'no';
}

/** `GET /{tenant}/adminconsent`: what the browser is sent back with. What Entra shows on a page of its own instead is a Refusal. */
export function adminConsent(directory: EntraDirectory, asked: string, query: URLSearchParams, admin: SignedInAdmin, newId: () => string): Response {
  const application = directory.applications.get(query.get('client_id') ?? '');
  if (application === undefined) throw new Refusal(400, 'unauthorized_client', 700016, 'Application was not found in the directory.');
  const redirectUri = query.get('redirect_uri') ?? '';
  if (!application.redirectUris.includes(redirectUri)) throw new Refusal(400, 'invalid_request', 50011, `The redirect URI '${redirectUri}' specified in the request does not match the redirect URIs configured for the application '${application.appId}'.`);
  const tenant = tenantOf(directory, asked);
  if (tenant === null) throw new Refusal(400, 'invalid_request', 90002, `Tenant '${asked}' not found.`);
  if (admin.tenantId !== tenant.id) throw new Refusal(400, 'interaction_required', 50020, 'User account from identity provider does not exist in tenant and cannot access the application in that tenant.');
  if (!application.multiTenant && application.homeTenant !== tenant.id) throw new Refusal(400, 'unauthorized_client', 50194, 'Application is not configured as a multi-tenant application.');
  if (!admin.mayConsent) throw new Refusal(400, 'access_denied', 90094, 'Admin consent is required for the permissions requested by this application.');

  const back = new URL(redirectUri);
  const state = query.get('state');
  if (admin.says === 'no') {
    back.searchParams.set('error', 'permission_denied');
    back.searchParams.set('error_description', 'The admin canceled the request');
    if (state !== null) back.searchParams.set('state', state);
    return Response.redirect(back.href, 302);
  }
  const principal = tenant.servicePrincipals.get(application.appId) ?? { appId: application.appId, objectId: newId(), enabled: true, roles: [] };
  tenant.servicePrincipals.set(application.appId, principal);
  // Consent adds: what was granted before and is not asked for any more stays.
  principal.roles = [...new Set([...principal.roles, ...application.requiredRoles])];
  back.searchParams.set('admin_consent', 'True');
  back.searchParams.set('tenant', tenant.id);
  if (state !== null) back.searchParams.set('state', state);
  return Response.redirect(back.href, 302);
}
