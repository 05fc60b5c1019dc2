import { isField } from '../config/field-rules.ts';
import { GRAPH_WEB_LINK } from '../config/names.ts';
import type { WebLink } from '../config/web-link.ts';
import type { SideItem, Write } from '../sync/ports.ts';
import type { ReadEvent } from './event-attendees.ts';
import type { EventBody } from './event-body.ts';

/** Where the address of a record in CRM.web goes with a write: into the text, or into a property that nobody sees. Null where the write carries none. */
export function linked(write: Write, body: EventBody, webLink: WebLink | null): { readonly where: 'body' | 'property'; readonly body: EventBody } | null {
  if (write.kind === 'delete' || write.webLink === undefined || webLink === null || webLink.show === 'off') return null;
  const line = webLink.html(write.webLink);
  const text = holdsMore(write) ? null : (body.body?.content ?? (write.kind === 'create' ? '' : htmlOf(write.current)));
  if (webLink.show === 'body' && text !== null && mayShow(write, webLink)) return { where: 'body', body: { ...body, body: { contentType: 'html', content: text.includes(line) ? text : withLine(text, line) } } };
  const property = { id: GRAPH_WEB_LINK, value: write.webLink };
  return { where: 'property', body: { ...body, singleValueExtendedProperties: [...(body.singleValueExtendedProperties ?? []), property] } };
}

/**
 * Whoever is invited would be mailed for a text (graph.md 5.3): so it gets the line only where nobody is, or where the rule lets guests see it and they are
 * told of the update anyway.
 */
function mayShow(write: Exclude<Write, { kind: 'delete' }>, { guests }: WebLink): boolean {
  const comes = Object.keys((write.content['participants'] ?? {}) as object).length > 0;
  if (write.kind === 'create') return guests || !comes;
  if (write.current === null) return false;
  const { attendees = [], content } = write.current as ReadEvent;
  const isAlone = attendees.length === 0 && Object.keys((content['participants'] ?? {}) as object).length === 0 && !comes;
  return isAlone || (guests && Object.keys(write.content).some((group) => !QUIET.includes(group) && !isField(group)));
}

/** What mails nobody, or only those who come and go (event-body.ts). Additional fields mostly mail nobody: none of them takes the line along. */
const QUIET: readonly string[] = ['reminder', 'categories', 'participants'];

/** No line comes into a text with pictures, tables or a meeting block, also where an edit is written into it. */
function holdsMore(write: Exclude<Write, { kind: 'delete' }>): boolean {
  return write.kind === 'update' && write.current?.fuller.includes('body') === true;
}

function htmlOf(current: SideItem | null): string | null {
  return (current as ReadEvent | null)?.html ?? null;
}

/** As the last line of what is shown. */
export function withLine(html: string, line: string): string {
  const end = html.toLowerCase().lastIndexOf('</body>');
  return end < 0 ? `${html}${line}` : `${html.slice(0, end)}${line}${html.slice(end)}`;
}
