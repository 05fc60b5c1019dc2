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
