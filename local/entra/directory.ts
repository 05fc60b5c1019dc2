import type { KeyObject } from 'node:crypto';

/** A Microsoft cloud: its login, and the resources (audiences) that its tokens are for. Nothing of one is known in another. */
export interface EntraCloud {
  /** E.g. `https://login.microsoftonline.com`. */
  readonly loginHost: string;
  readonly graph: string;
  readonly exchangeAudience: string;
}

export interface ClientSecret {
  readonly value: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

export interface RegisteredCertificate {
  /** SHA-256 over the DER form, base64url, and its SHA-1: the two thumbprints that an assertion may name. */
  readonly sha256: string;
  readonly sha1: string;
  readonly publicKey: KeyObject;
  expiresAt: number;
}

export interface FederatedCredential {
  issuer: string;
  subject: string;
  audience: string;
}

export interface Application {
  readonly appId: string;
  readonly homeTenant: string;
  multiTenant: boolean;
  /** What a consent to `.default` grants: names of application permissions of Graph. */
  requiredRoles: string[];
  redirectUris: string[];
  secrets: ClientSecret[];
  certificates: RegisteredCertificate[];
  federated: FederatedCredential[];
}

/** An application in a tenant, there since somebody consented (`Enterprise application`). */
export interface ServicePrincipal {
  readonly appId: string;
  readonly objectId: string;
  enabled: boolean;
  /** Application permissions of Graph that were granted. */
  roles: string[];
}

export interface EntraTenant {
  readonly id: string;
  readonly servicePrincipals: Map<string, ServicePrincipal>;
}

export interface ManagedIdentity {
  readonly clientId: string;
  readonly principalId: string;
  readonly tenantId: string;
  /** Application permissions of Graph that were granted to it directly. */
  roles: string[];
}

export interface EntraDirectory {
  readonly cloud: EntraCloud;
  readonly tenants: Map<string, EntraTenant>;
  readonly applications: Map<string, Application>;
  readonly identities: Map<string, ManagedIdentity>;
}

export function tenantOf(directory: EntraDirectory, id: string): EntraTenant | null {
  return directory.tenants.get(id.toLowerCase()) ?? null;
}
