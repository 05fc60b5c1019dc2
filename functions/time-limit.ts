import type { HttpResponseInit } from '@azure/functions';
import { refusal } from './refusal.ts';

/** What is being answered, or after so many seconds a sentence that says to come again: what was begun goes on. */
export async function inTime<T>(clock: { sleep(ms: number, signal?: AbortSignal): Promise<void> }, seconds: number, answering: Promise<T>): Promise<T | HttpResponseInit> {
  const answered = new AbortController();
  const late = clock.sleep(seconds * 1_000, answered.signal).then(
    () => refusal(503, 'This takes longer than an answer may: what was begun goes on; ask again later.', { 'retry-after': '30' }),
    () => answering,
  );
  try {
    return await Promise.race([answering, late]);
  } finally {
    answered.abort('answered');
  }
}
