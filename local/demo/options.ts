import { parseArgs } from 'node:util';

export interface StartOptions {
  /** End after the first synchronization instead of running on. */
  readonly once: boolean;
}

export const USAGE = 'npm start [-- --once]';

/** Throws one sentence that names what is not understood. */
export function readOptions(args: readonly string[]): StartOptions {
  try {
    const { values } = parseArgs({ args: [...args], options: { once: { type: 'boolean', default: false } } });
    return { once: values.once };
  } catch {
    const unknown = args.find((arg) => arg !== '--once') ?? '--once=…';
    throw new Error(`"${unknown}" is not understood; the only option is --once, which ends after the first synchronization: ${USAGE}.`);
  }
}
