import { createHash } from 'node:crypto';
import { PortFailure, REPEATED_PAGE } from '../sync/failures.ts';

/** A round of changes has an end; Graph's own once had none (msgraph-sdk-dotnet #3070). */
const PAGES_PER_ROUND = 500;

/** Rows are replayed now and then, whole pages of them at times; told so often, it is a circle. */
const TELLINGS = 3;

export interface GuardedPage {
  /** Ids with versions, in whatever order: what the page tells. */
  readonly tells: readonly string[];
  readonly next: string | null;
}

/**
 * Watches one round of pages and throws PortFailure 'gone' when it runs in circles: a page that is told again and again, a link that was
 * given before, too many pages. Empty pages on the way are normal (graph.md 2.1).
 */
export class RoundGuard {
  private readonly limit: number;
  private pages = 0;
  private expected: string | null = null;
  private links = new Set<string>();
  private told = new Map<string, number>();

  constructor(limit: number = PAGES_PER_ROUND) {
    this.limit = limit;
  }

  /** Before a page is asked for: anything but the link that came last begins another round. */
  asks(link: string | null): void {
    if (link === null || link !== this.expected) this.forget();
    if (link !== null) this.links.add(link);
  }

  /** After a page was read. */
  takes({ tells, next }: GuardedPage): void {
    this.pages += 1;
    const page = createHash('sha256').update([...tells].sort().join('\n')).digest('base64');
    const tellings = tells.length === 0 ? 0 : (this.told.get(page) ?? 0) + 1;
    if (next === null) {
      this.forget();
      return;
    }
    const circles = tellings >= TELLINGS || this.links.has(next);
    if (circles || this.pages >= this.limit) {
      this.forget();
      throw circles
        ? new PortFailure('graph', 'gone', 'Graph repeats pages of this round without end: start it anew, or list the calendar instead.', { code: REPEATED_PAGE })
        : new PortFailure('graph', 'gone', `This round of Graph has more than ${this.limit} pages: start it anew, or list the calendar instead.`, { code: 'endlessRound' });
    }
    this.told.set(page, tellings);
    this.links.add(next);
    this.expected = next;
  }

  private forget(): void {
    this.pages = 0;
    this.expected = null;
    this.links = new Set();
    this.told = new Map();
  }
}
