import type { CrmSimulator } from '../../local/crm/simulator.ts';
import { withProperties } from './additional-fields.ts';
import { ZONE } from './places.ts';
import type { Employee, World } from './world.ts';

type Event = Record<string, unknown> & { id: string };

/** A person at his Outlook: plain Graph requests as himself, in his own calendar or in that of somebody who lets him. */
export class Outlook {
  private readonly world: World;
  private readonly employee: Employee;
  private readonly actor: Employee;

  constructor(world: World, employee: Employee, actor: Employee) {
    this.world = world;
    this.employee = employee;
    this.actor = actor;
  }

  async create(event: Record<string, unknown> = {}): Promise<Event> {
    return (await this.send('POST', '/events', { ...timed('2026-11-25T09:00:00', '2026-11-25T10:00:00'), subject: 'From Outlook', ...event })) as Event;
  }

  async patch(id: string, change: Record<string, unknown>): Promise<Event> {
    return (await this.send('PATCH', `/events/${encodeURIComponent(id)}`, change)) as Event;
  }

  async remove(id: string): Promise<void> {
    await this.send('DELETE', `/events/${encodeURIComponent(id)}`);
  }

  /** As an attendee. */
  async answer(id: string, how: 'accept' | 'decline' | 'tentativelyAccept', sendResponse = true, more: Record<string, unknown> = {}): Promise<void> {
    await this.send('POST', `/events/${encodeURIComponent(id)}/${how}`, { sendResponse, ...more });
  }

  async forward(id: string, addresses: readonly string[]): Promise<void> {
    await this.send('POST', `/events/${encodeURIComponent(id)}/forward`, { toRecipients: addresses.map((address) => ({ emailAddress: { address, name: address } })) });
  }

  /** As the organizer. */
  async cancel(id: string): Promise<void> {
    await this.send('POST', `/events/${encodeURIComponent(id)}/cancel`, {});
  }

  /** The answer is the attachment's id. */
  async attach(eventId: string, name: string, content: string, more: Record<string, unknown> = {}): Promise<string> {
    const file = { '@odata.type': '#microsoft.graph.fileAttachment', name, contentType: 'text/plain', contentBytes: Buffer.from(content).toString('base64'), ...more };
    return ((await this.send('POST', `/events/${encodeURIComponent(eventId)}/attachments`, file)) as Event).id;
  }

  /** Anything that is no file. */
  async attachOther(eventId: string, type: 'itemAttachment' | 'referenceAttachment', name: string): Promise<void> {
    await this.send('POST', `/events/${encodeURIComponent(eventId)}/attachments`, { '@odata.type': `#microsoft.graph.${type}`, name, ...(type === 'itemAttachment' ? { item: { '@odata.type': 'microsoft.graph.message', subject: name } } : {}) });
  }

  async detach(eventId: string, attachmentId: string): Promise<void> {
    await this.send('DELETE', `/events/${encodeURIComponent(eventId)}/attachments/${encodeURIComponent(attachmentId)}`);
  }

  /** An extended property of an event; undefined where it has none. */
  async property(id: string, name: string): Promise<string | undefined> {
    const expand = `singleValueExtendedProperties($filter=id eq '${name}')`;
    const event = (await this.send('GET', `/events/${encodeURIComponent(id)}?$select=id&$expand=${encodeURIComponent(expand)}`)) as { singleValueExtendedProperties?: { value: string }[] };
    return event.singleValueExtendedProperties?.[0]?.value;
  }

  /** Opened and saved unchanged: a new change key and stamp, the same content. */
  touch(id: string): void {
    this.world.graph.touchEvent(this.employee.id, id);
  }

  /** Everything in the default calendar, alive. */
  events(): Event[] {
    return this.world.graph
      .events(this.employee.id)
      .filter((event) => event.place === 'calendar' && event.isInDefaultCalendar)
      .map((event) => withProperties(event) as Event);
  }

  private async send(method: string, path: string, body?: unknown): Promise<unknown> {
    const request = new Request(`${this.world.graph.baseUrl}/v1.0/users/${this.employee.id}${path}`, {
      method,
      headers: { authorization: `Bearer person:${this.actor.id}`, 'content-type': 'application/json', prefer: 'IdType="ImmutableId"' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await this.world.clock.drive(this.world.graph.fetch(request));
    if (answer === null) throw new Error('Graph never answered.');
    const text = await answer.text();
    if (!answer.ok) throw new Error(`Graph refused a person's ${method}: ${answer.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }
}

export function timed(start: string, end: string, timeZone = ZONE): Record<string, unknown> {
  return { start: { dateTime: start, timeZone }, end: { dateTime: end, timeZone } };
}

export interface Activity {
  readonly id: string;
  readonly deleted: boolean;
  readonly values: Record<string, string>;
}

/** A person at the CRM. */
export class CrmPerson {
  private readonly world: World;
  private readonly employee: Employee;

  constructor(world: World, employee: Employee) {
    this.world = world;
    this.employee = employee;
  }

  create(values: Record<string, string | number | boolean | null> = {}): Activity {
    const { rep } = this.employee;
    return this.user().create('Contact', {
      Contact: 1,
      Subject: 'From the CRM',
      Date: '2026-11-26',
      Time: '14:00',
      EndDate: '2026-11-26',
      EndTime: '15:00',
      ShowAs: 2,
      Priority: 1,
      RepId: rep.repId,
      PeGrp: rep.person.statNo,
      PeNo: rep.person.seqNo,
      ...values,
    });
  }

  update(id: string, values: Record<string, string | number | boolean | null>): Activity {
    return this.user().update('Contact', id, values);
  }

  mark(id: string): void {
    this.user().markActivity(id);
  }

  remove(id: string): void {
    this.user().delete('Contact', id);
  }

  /** All activities of this rep that nobody deleted or marked. */
  activities(): Activity[] {
    return this.all().filter((record) => !record.deleted && record.values['FreeC1'] !== 'gelöscht');
  }

  all(): Activity[] {
    return this.world.crm.records('Contact').filter((record) => record.values['RepId'] === String(this.employee.rep.repId));
  }

  /** Adds a document and links it to an activity; the answer is the document's id. */
  file(activityId: string, name: string, content: string, values: Record<string, string | number | boolean | null> = {}): string {
    const { id } = this.user().create('Document', { Title: name, FileName: name, MimeType: 'text/plain', Private: false, Content: Buffer.from(content).toString('base64'), ...values });
    this.link(activityId, id);
    return id;
  }

  link(activityId: string, documentId: string): void {
    this.user().create('DocumentLink', { ParentInfoArea: 'MA', ParentId: activityId, DocumentId: documentId });
  }

  /** Stores a new version of a document, or changes what is told of it. */
  refile(documentId: string, content: string | null, values: Record<string, string | number | boolean | null> = {}): void {
    this.user().update('Document', documentId, { ...(content === null ? {} : { Content: Buffer.from(content).toString('base64') }), ...values });
  }

  /** Takes a document off an activity; the document stays. */
  unlink(activityId: string, documentId: string): void {
    for (const { id, deleted, values } of this.world.crm.records('DocumentLink')) if (!deleted && values['ParentId'] === activityId && values['DocumentId'] === documentId) this.user().delete('DocumentLink', id);
  }

  removeDocument(documentId: string): void {
    this.user().delete('Document', documentId);
  }

  private user(): ReturnType<CrmSimulator['act']> {
    return this.world.crm.act(this.employee.rep.user);
  }
}
