/**
 * Every event the product tells of, by its closed name. One line of JSON each, because objects given to the Functions logger arrive as text
 * (docs/operations.md); queries and alerts name these and nothing else. Fields are plain; never subjects, bodies, addresses or secrets.
 */
export const EVENTS = ['pass', 'pass.mistake', 'notifications', 'crm.poll', 'users', 'subscribed', 'due', 'job', 'job.failed', 'message.unreadable', 'rules.wrong', 'heartbeat'] as const;
export type EventName = (typeof EVENTS)[number];

export type Fields = Readonly<Record<string, string | number | boolean | null>>;

/** Where lines go: the invocation's logger in Azure, a collector in tests. */
export type LineSink = (line: string) => void;

export function reporter(sink: LineSink): (event: string, fields: Fields) => void {
  return (event, fields) => sink(JSON.stringify({ evt: event, ...fields }));
}
