const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** An id of Entra as a request names it, in the form in which rows have it; null where it is none. */
export function idIn(value: string | null | undefined): string | null {
  return value != null && GUID.test(value) ? value.toLowerCase() : null;
}

/** What is said where a request does not tell which tenant is meant. */
export const WHICH_TENANT = 'Say which tenant: ?tenantId= and its id in Entra, a GUID.';
