import type { AppointmentContent } from '../model/appointment.ts';
import type { Json } from '../model/content.ts';
import type { SideItem, Write } from '../sync/ports.ts';
import type { ReadEvent } from './event-attendees.ts';

/** Whether a body that holds pictures, tables or a meeting block can be given this text without losing them. */
export function canEditBody(item: SideItem, group: string, value: Json): boolean {
  return group === 'body' && typeof value === 'string' && withText(item, value) !== null;
}

/** The body's HTML for an update of an event whose body holds more than its text; nothing for others, null where it must not be written. */
export function editedBody(write: Write & { readonly kind: 'update' }): { readonly html?: string } | null {
  const { body } = write.content as Partial<AppointmentContent>;
  if (body === undefined || write.current?.fuller.includes('body') !== true) return {};
  const html = withText(write.current, body);
  return html === null ? null : { html };
}

function withText(item: SideItem, text: string): string | null {
  return (item as ReadEvent).withText?.(text) ?? null;
}
