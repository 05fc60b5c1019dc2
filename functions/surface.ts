import type { ROUTES } from '../shared/config/names.ts';

/** What each endpoint takes and from whom. A route without a row does not compile; what is not listed is refused at the front door. */
export interface Surface {
  /** Who may: whoever has a function key (the host looks at it), whoever brings what we signed, or anybody. */
  readonly proof: 'functionKey' | 'signature' | 'none';
  readonly methods: readonly ('GET' | 'POST' | 'PUT')[];
  /** JSON alone, or nothing that would be read. */
  readonly body: 'json' | 'none';
  /** Longest body in bytes. */
  readonly mostBytes: number;
  /** Endpoints that are counted together. */
  readonly counted: keyof typeof PER_MINUTE;
  /** After so long the caller is told to come again; what was begun goes on. */
  readonly seconds: number;
}

/** Requests per minute and instance: of one function key, or of all who come without one. */
export const PER_MINUTE = { admin: 600, crm: 600, graph: 12_000, health: 300, consent: 120 } as const;

const KB = 1_024;
/** What some clients send where nothing is asked for. */
const LITTLE = KB;

const admin = { proof: 'functionKey', body: 'none', mostBytes: LITTLE, counted: 'admin', seconds: 30 } as const;
/** Thousands of notifications in one POST, at a few hundred bytes each (graph.md 1.7). */
const webhook = { proof: 'signature', methods: ['POST'], body: 'json', mostBytes: 4 * KB * KB, counted: 'graph', seconds: 60 } as const;
/** The browser of somebody who was invited; Entra may be asked for a token behind it. */
const consent = { proof: 'signature', methods: ['GET'], body: 'none', mostBytes: LITTLE, counted: 'consent', seconds: 100 } as const;

export const SURFACE: Record<keyof typeof ROUTES, Surface> = {
  notifications: webhook,
  lifecycle: webhook,
  // Whatever the CRM's program call sends with it is not read.
  crmChanged: { proof: 'functionKey', methods: ['GET', 'POST'], body: 'none', mostBytes: 64 * KB, counted: 'crm', seconds: 30 },
  health: { proof: 'none', methods: ['GET'], body: 'none', mostBytes: LITTLE, counted: 'health', seconds: 30 },
  // Carried out at once; the platform's balancer hangs up after 230 s (azure.md 3.2).
  adminJobs: { ...admin, methods: ['POST'], seconds: 220 },
  adminTenants: { ...admin, methods: ['GET'] },
  adminTenant: { ...admin, methods: ['GET'] },
  adminOffboard: { ...admin, methods: ['POST'], body: 'json' },
  adminMailboxes: { ...admin, methods: ['GET'] },
  adminJournal: { ...admin, methods: ['GET'] },
  // 5,000 users with rules of their own, and room beside them.
  adminRules: { ...admin, methods: ['GET', 'PUT'], body: 'json', mostBytes: 2 * KB * KB },
  adminRulesVersions: { ...admin, methods: ['GET'] },
  adminRulesVersion: { ...admin, methods: ['GET', 'POST'] },
  adminAdoption: { ...admin, methods: ['GET'] },
  adminAdoptionAnswer: { ...admin, methods: ['POST'], seconds: 220 },
  adminGuard: { ...admin, methods: ['GET'] },
  adminGuardAnswer: { ...admin, methods: ['POST'], seconds: 220 },
  adminMailGuard: { ...admin, methods: ['GET'] },
  adminMailGuardAnswer: { ...admin, methods: ['POST'], seconds: 220 },
  adminConsent: { ...admin, methods: ['GET', 'POST'] },
  consentStart: consent,
  consentCallback: consent,
};
