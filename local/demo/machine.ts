import type { Belongings } from './belongings.ts';
import type { Screen } from './screen.ts';
import type { Env } from './settings.ts';

export interface DemoClock {
  /** Milliseconds since 1970-01-01T00:00Z. */
  now(): number;
  after(ms: number, run: () => void): () => void;
  /** Ends early, and without an error, when the signal does. */
  sleep(ms: number, until: AbortSignal): Promise<void>;
}

/** What a start is given of the machine that it runs on. */
export interface Machine {
  /** Holds `dist/` and `host.json`. */
  readonly root: string;
  readonly env: Env;
  readonly screen: Screen;
  readonly clock: DemoClock;
  readonly fetch: typeof globalThis.fetch;
  /** A new secret of 43 characters each time. */
  readonly secret: () => string;
  /** Somebody wants an end, or the host is gone. */
  readonly stop: AbortSignal;
  /** What must be gone when the start ends. */
  readonly belongings: Belongings;
  /** Told, in one sentence, of a host that is gone; makes `stop` abort where nobody wanted that. */
  readonly onHostEnded: (sentence: string) => void;
}

/** How long the first synchronization may take before the start says that it does not come. */
export const LIMIT_SECONDS = 120;
export const LOOK_EVERY_MS = 500;
/** A users' job that found the CRM's master user busy does nothing; its timer would be back after ten minutes only. */
export const ASK_AGAIN_MS = 10_000;
