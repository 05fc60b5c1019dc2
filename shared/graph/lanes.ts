/**
 * Works through the items in a few lanes, results in order. After a failure nothing more is started; what is under way is waited for, then the
 * first failure is thrown: no request outlives its call.
 */
export async function inLanes<T, R>(lanes: number, items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const failures: unknown[] = [];
  let next = 0;

  async function lane(): Promise<void> {
    while (next < items.length && failures.length === 0) {
      const index = next;
      next += 1;
      const item = items[index] as T;
      try {
        results[index] = await work(item);
      } catch (failure) {
        failures.push(failure);
      }
    }
  }

  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  const [first] = failures;
  if (first !== undefined) throw first instanceof Error ? first : new Error('A request to Graph failed without saying why.');
  return results;
}
