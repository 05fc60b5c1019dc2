import type { World } from '../world/world.ts';

export interface ShownDocument {
  readonly id: string;
  readonly name: string;
  readonly content: string;
  readonly isPrivate: boolean;
}

/** The documents that a record shows in the CRM, by name. */
export function documentsOf(world: World, activityId: string): ShownDocument[] {
  const linked = world.crm.records('DocumentLink').filter((link) => !link.deleted && link.values['ParentInfoArea'] === 'MA' && link.values['ParentId'] === activityId);
  return linked
    .flatMap((link) => world.crm.records('Document').filter((document) => !document.deleted && document.id === link.values['DocumentId']))
    .map(({ id, values }) => ({ id, name: values['FileName'] ?? '', content: Buffer.from(values['Content'] ?? '', 'base64').toString(), isPrivate: values['Private'] === 'true' }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

export const namesAndContents = (world: World, activityId: string): [string, string][] => documentsOf(world, activityId).map(({ name, content }) => [name, content]);

/** The attachments that an event shows in Outlook, by name. */
export function attachedTo(world: World, eventId: string, employee = world.employee): [string, string][] {
  return world.graph
    .attachments(employee.id, eventId)
    .map(({ name, bytes }): [string, string] => [name, Buffer.from(bytes).toString()])
    .sort(([a, b], [c, d]) => (`${a} ${b}` < `${c} ${d}` ? -1 : 1));
}

/** What the journal tells of attachments and documents, oldest first. */
export async function told(world: World): Promise<string[]> {
  return (await world.journal()).filter(({ groups }) => groups?.includes('attachments') === true).map(({ action, detail }) => `${action}${detail === undefined ? '' : ` ${detail}`}`).reverse();
}
