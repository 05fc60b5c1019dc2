import type { SimClock } from './clock.ts';
import type { RecordChange } from './records.ts';

/** The CRM's program call: an HTTP GET when a record changes (connector-se 3.9). */
export interface PushOptions {
  /** Query options that stand in it already (a key) are kept. */
  url: string;
  fetch: (url: string) => Promise<Response>;
  /** Tables whose changes are told. Default: activities and participants. */
  tables?: string[];
  /** How long after the change, in milliseconds. Default 0. */
  delayMs?: number;
  /** Tell only what people changed, not what came in through the interface. Default false. */
  onlyPeople?: boolean;
}

export interface PushCounters {
  sent: number;
  /** No answer, or none of the 200s; the CRM does not try again. */
  failed: number;
}

export class Push {
  readonly #clock: SimClock;
  #options: PushOptions | undefined;
  #counters: PushCounters = { sent: 0, failed: 0 };

  constructor(clock: SimClock, options: PushOptions | undefined) {
    this.#clock = clock;
    this.#options = options;
  }

  configure(options: PushOptions | undefined): void {
    this.#options = options;
  }

  read(): PushCounters {
    return { ...this.#counters };
  }

  reset(): void {
    this.#counters = { sent: 0, failed: 0 };
  }

  tell(change: RecordChange, tableshort: string, byPeople: boolean): void {
    const options = this.#options;
    if (options === undefined || (options.onlyPeople === true && !byPeople)) return;
    if (!(options.tables ?? ['Contact', 'Participant']).includes(change.record.table)) return;
    const url = new URL(options.url);
    url.searchParams.set('infoArea', tableshort);
    url.searchParams.set('StatNo', String(change.record.statNo));
    url.searchParams.set('SeqNo', String(change.record.seqNo));
    this.#clock.after(options.delayMs ?? 0, () => void this.#send(options, url.href));
  }

  /** The CRM does not wait for the answer, and a failure changes nothing for it. */
  async #send(options: PushOptions, url: string): Promise<void> {
    this.#counters.sent += 1;
    try {
      const response = await options.fetch(url);
      if (!response.ok) this.#counters.failed += 1;
      await response.body?.cancel();
    } catch {
      this.#counters.failed += 1;
    }
  }
}
