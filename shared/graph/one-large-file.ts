import { PortFailure } from '../sync/failures.ts';

/** A worker that meets the turn of another one comes again. */
const AGAIN_MS = 15_000;

/** One large content per process at a time (design 7). Nobody waits for his turn: whoever does not get it comes again. */
export class OneLargeFile {
  private busy = false;

  async alone<T>(work: () => Promise<T>): Promise<T> {
    if (this.busy) throw new PortFailure('graph', 'transient', 'This process is busy with another large file: it is taken a little later.', { code: 'largeFile', retryAfterMs: AGAIN_MS });
    this.busy = true;
    try {
      return await work();
    } finally {
      this.busy = false;
    }
  }
}
