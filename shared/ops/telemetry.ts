import type { EventName } from '../config/names.ts';

/** Plain values; never subjects, bodies, addresses or secrets. */
export type Fields = Readonly<Record<string, string | number | boolean | null>>;

/** Where lines go: the invocation's logger in Azure, a collector in tests. */
export type LineSink = (line: string) => void;

/** One line of JSON an event, because objects given to the Functions logger arrive as text (docs/operations.md). */
export function reporter(sink: LineSink): (event: EventName, fields: Fields) => void {
  return (event, fields) => sink(JSON.stringify({ evt: event, ...fields }));
}
