/** Servers, folders and processes that end with the start, the last one taken first. */
export interface Belongings {
  /** `kill` is for an end that cannot wait. */
  add(one: { readonly stop: () => Promise<void>; readonly kill?: () => void }): void;
  /** All of them, whatever becomes of one; answers how many could not be ended. */
  stopAll(): Promise<number>;
  killAll(): void;
}

export function belongings(): Belongings {
  const owned: { readonly stop: () => Promise<void>; readonly kill?: () => void }[] = [];
  return {
    add: (one) => void owned.push(one),
    async stopAll() {
      let failed = 0;
      for (const { stop } of [...owned].reverse()) await stop().catch(() => (failed += 1));
      owned.length = 0;
      return failed;
    },
    killAll() {
      for (const { kill } of [...owned].reverse()) kill?.();
    },
  };
}
