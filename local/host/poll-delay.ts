import type { Random } from './chance.ts';

/** QueuePollingIntervals.Minimum of the storage extension. */
const SHORTEST = 100;
const SPREAD = 0.2;

/** The waits between polls of an empty queue, as RandomizedExponentialBackoffStrategy.cs has them: 100 ms, then doubling, ±20 %, up to `longest`. */
export function createPollDelay(longest: number, random: Random): (foundSinceLastDelay: boolean) => number {
  let current = 0;
  let exponent = 0;
  return (found) => {
    if (found) {
      current = SHORTEST;
      exponent = 1;
    } else if (current !== longest) {
      const increment = exponent === 0 ? 0 : (1 - SPREAD + random() * 2 * SPREAD) * 2 ** (exponent - 1) * SHORTEST;
      if (SHORTEST + increment < longest) {
        current = SHORTEST + increment;
        exponent += 1;
      } else current = longest;
    }
    return current;
  };
}
