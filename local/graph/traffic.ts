import type { SimClock } from './clock.ts';
import { GraphFailure } from './failure.ts';
import type { Quirks } from './quirks.ts';

const TEN_MINUTES = 600_000;
const TWENTY_SECONDS = 20_000;

export interface Violation {
  kind: 'peakInFlight' | 'retryAfterIgnored' | 'mailboxNotAllowed' | 'linkAltered';
  at: number;
  mailbox: string;
  request: string;
  /** `retryAfterIgnored`: when the client was told to wait. */
  toldAt?: number;
}

export interface MailboxTraffic {
  requests: number;
  inFlight: number;
  peakInFlight: number;
  throttled: number;
}

export interface TrafficCounts {
  /** Method and route template -> number; `$batch` parts count as requests of their own. */
  app: Record<string, number>;
  people: Record<string, number>;
  /** Applications' requests by mailbox id; '' for those that name none. */
  mailboxes: Record<string, MailboxTraffic>;
  violations: Violation[];
}

export interface Visit {
  appToken: string;
  mailbox: string;
  request: string;
}

/** Counts requests and holds them to the limits of one app and mailbox (graph.md 3.1). */
export class Traffic {
  private readonly clock: SimClock;
  private readonly quirks: () => Quirks;
  private readonly recent = new Map<string, number[]>();
  private readonly inFlight = new Map<string, number>();
  private readonly notBefore = new Map<string, number>();
  private readonly toldAt = new Map<string, number>();
  counts: TrafficCounts = { app: {}, people: {}, mailboxes: {}, violations: [] };

  constructor(clock: SimClock, quirks: () => Quirks) {
    this.clock = clock;
    this.quirks = quirks;
  }

  reset(): void {
    const mailboxes: Record<string, MailboxTraffic> = {};
    for (const [id, one] of Object.entries(this.counts.mailboxes)) {
      if (one.inFlight > 0) mailboxes[id] = { requests: 0, inFlight: one.inFlight, peakInFlight: one.inFlight, throttled: 0 };
    }
    this.counts = { app: {}, people: {}, mailboxes, violations: [] };
  }

  count(kind: 'app' | 'people', route: string): void {
    this.counts[kind][route] = (this.counts[kind][route] ?? 0) + 1;
  }

  violation(kind: Violation['kind'], visit: Pick<Visit, 'mailbox' | 'request'>, toldAt?: number): void {
    this.counts.violations.push({ kind, at: this.clock.now(), mailbox: visit.mailbox, request: visit.request, ...(toldAt === undefined ? {} : { toldAt }) });
  }

  /** A request of an application arrives; the answer is called when it was answered or closed. */
  enter(visit: Visit): () => void {
    const key = keyOf(visit);
    const one = this.mailbox(visit.mailbox);
    const now = this.clock.now();
    one.requests++;
    const flying = (this.inFlight.get(key) ?? 0) + 1;
    this.inFlight.set(key, flying);
    one.inFlight++;
    one.peakInFlight = Math.max(one.peakInFlight, one.inFlight);
    if (now < (this.notBefore.get(key) ?? 0)) this.violation('retryAfterIgnored', visit, this.toldAt.get(key));
    let open = true;
    return () => {
      if (!open) return;
      open = false;
      this.inFlight.set(key, (this.inFlight.get(key) ?? 1) - 1);
      this.mailbox(visit.mailbox).inFlight--;
    };
  }

  /** Throws the 429 that the limits demand; a throttled request counts against them all the same. */
  refuseExcess(visit: Visit): void {
    if (visit.mailbox === '') {
      this.refuseSubscriptionExcess(visit);
      return;
    }
    const key = keyOf(visit);
    const { concurrentRequests, requestsPerTenMinutes, concurrencyRetryAfterSeconds } = this.quirks();
    const now = this.clock.now();
    const recent = this.recentOf(key, TEN_MINUTES);
    if ((this.inFlight.get(key) ?? 0) > concurrentRequests) {
      this.violation('peakInFlight', visit);
      throw this.throttled('Application is over its MailboxConcurrency limit.', concurrencyRetryAfterSeconds);
    }
    if (recent.length > requestsPerTenMinutes) {
      // Throttled calls count too, so one more than the excess has to grow old before the next request fits.
      const free = recent[recent.length - requestsPerTenMinutes] ?? now;
      throw this.throttled('Application is over its request rate limit for this mailbox.', Math.max(1, Math.ceil((free + TEN_MINUTES - now) / 1_000)));
    }
  }

  /** Limits of /subscriptions per app and tenant (graph.md 3.1); reading one has the writes' limit and reauthorizing the double, each by itself. */
  private refuseSubscriptionExcess(visit: Visit): void {
    const kind = subscriptionKind(visit.request);
    if (kind === null) return;
    const { subscriptionWritesPer20s: writes, subscriptionListsPer20s: lists } = this.quirks();
    const most = { list: lists, one: writes, write: writes, reauthorize: writes * 2 }[kind];
    const recent = this.recentOf(keyOf(visit), TWENTY_SECONDS);
    if (recent.length <= most) return;
    const free = recent[recent.length - most] ?? this.clock.now();
    throw this.throttled('Application is over its request rate limit for subscriptions.', Math.max(1, Math.ceil((free + TWENTY_SECONDS - this.clock.now()) / 1_000)));
  }

  /** The times of the requests under a key within the last `span` ms, this one included. */
  private recentOf(key: string, span: number): number[] {
    const now = this.clock.now();
    const recent = this.recent.get(key) ?? [];
    const oldest = recent.findIndex((at) => at > now - span);
    recent.splice(0, oldest < 0 ? recent.length : oldest);
    recent.push(now);
    this.recent.set(key, recent);
    return recent;
  }

  /** Remembers what a 429 or 503 told this app about this mailbox. */
  answered(visit: Visit, status: number, retryAfterSeconds: number | null): void {
    if (status === 429) this.mailbox(visit.mailbox).throttled++;
    if (retryAfterSeconds === null || Number.isNaN(retryAfterSeconds)) return;
    const until = this.clock.now() + retryAfterSeconds * 1_000;
    this.toldAt.set(keyOf(visit), this.clock.now());
    this.notBefore.set(keyOf(visit), Math.max(this.notBefore.get(keyOf(visit)) ?? 0, until));
  }

  private throttled(message: string, retryAfterSeconds: number | null): GraphFailure {
    return new GraphFailure(429, 'ApplicationThrottled', message, retryAfterSeconds === null ? {} : { 'retry-after': String(retryAfterSeconds) });
  }

  private mailbox(id: string): MailboxTraffic {
    return (this.counts.mailboxes[id] ??= { requests: 0, inFlight: 0, peakInFlight: 0, throttled: 0 });
  }
}

/** Limits and Retry-After hold for an app and a mailbox, or for its requests about subscriptions of one kind. */
const keyOf = (visit: Visit): string => `${visit.appToken}\n${visit.mailbox === '' ? (subscriptionKind(visit.request) ?? '') : visit.mailbox}`;

function subscriptionKind(request: string): 'list' | 'one' | 'write' | 'reauthorize' | null {
  const [method, template = ''] = request.split(' ');
  if (!template.startsWith('/subscriptions')) return null;
  if (template.endsWith('/reauthorize')) return 'reauthorize';
  if (method !== 'GET') return 'write';
  return template === '/subscriptions' ? 'list' : 'one';
}
