import { mappedFields } from '../config/field-rules.ts';
import type { TenantRules } from '../config/rules.ts';
import { webLinkOf } from '../config/web-link.ts';
import type { Content } from '../model/content.ts';
import type { GraphSide, MailboxRef, Reading } from '../sync/ports.ts';
import { heldByGraph } from './event-body.ts';
import type { ReadRules } from './event-content.ts';
import { canEditBody } from './event-edit.ts';
import { eventFields, withHeldFields } from './event-fields.ts';
import { eventPages } from './event-pages.ts';
import { eventReader } from './event-reading.ts';
import { seriesReader } from './event-series.ts';
import { eventWriter } from './event-writes.ts';
import type { Transport } from './transport.ts';

/** The events of one mailbox's default calendar. Its guards against endless rounds live as long as this object: one pass. */
export function graphAppointments(transport: Transport, mailbox: MailboxRef, tenant: TenantRules): GraphSide {
  const { showAsWhenUnknown, privacy, maskedSubject, links } = tenant.appointments;
  const webLink = webLinkOf(tenant);
  const mapped = mappedFields(tenant.appointments.fields);
  const fields = mapped.length === 0 ? undefined : eventFields(mapped);
  const rules: ReadRules = { mailbox, showAsWhenUnknown, privacy, maskedSubject, links, webLink, ...(fields === undefined ? {} : { fields }) };
  const withoutLine = (content: Content): Content => (typeof content['body'] === 'string' && webLink !== null ? { ...content, body: webLink.strip(content['body']) } : content);
  const held = (content: Content): Content => heldByGraph(withoutLine(content), mailbox.addresses);
  const reader = eventReader(transport, rules);
  const readOne = async (id: string): Promise<Reading> => (await reader.read([id])).get(id) ?? { state: 'unknown' };
  const write = eventWriter({ transport, rules, zone: tenant.crm.timeZone, readOne, looksFirst: tenant.graph.ifMatch === 'ignored' });
  return {
    ...eventPages({ transport, rules, pageSize: tenant.graph.pageSize }),
    ...reader,
    ...seriesReader(transport, rules, readOne),
    write,
    holds: (content) => (fields === undefined ? held(content) : withHeldFields(held(content), fields)),
    canEdit: canEditBody,
  };
}
