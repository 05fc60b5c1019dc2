/** Who and where the people of a world are, unless it says otherwise. */
export const TENANT = '11111111-1111-4111-8111-111111111111';
/** The second tenant of a process: another Graph, another CRM in another zone with another password. */
export const SECOND_TENANT = '33333333-3333-4333-8333-333333333333';
export const ZONE = 'Europe/Berlin';
