import type { DemoClock } from './machine.ts';

export function machineClock(): DemoClock {
  const after = (ms: number, run: () => void): (() => void) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  };
  return {
    now: () => Date.now(),
    after,
    sleep: (ms, until) =>
      new Promise((resolve) => {
        if (until.aborted) {
          resolve();
          return;
        }
        const end = (): void => {
          cancel();
          until.removeEventListener('abort', end);
          resolve();
        };
        const cancel = after(ms, end);
        until.addEventListener('abort', end, { once: true });
      }),
  };
}
