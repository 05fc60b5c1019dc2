import type { Kind } from './kind.ts';
import type { KindSides, OutOfScope, PulledPage, Reading, SideItem, Written } from './ports.ts';

/**
 * What a kind takes in of what its sides can tell. The sides translate everything they find; whether it is this kind's, the kind says (`scope`), and groups
 * that it does not merge are left out, so that they are neither compared nor written.
 */
export function scoped(kind: Kind, { graph, crm, ...others }: KindSides): KindSides {
  const groups = new Set(kind.groups.map(({ name }) => name));

  function item(found: SideItem): SideItem {
    const outOfScope: OutOfScope | null = found.outOfScope ?? kind.scope(found);
    const content = Object.fromEntries(Object.entries(found.content).filter(([group]) => groups.has(group)));
    return { ...found, outOfScope, content };
  }
  const reading = (one: Reading): Reading => (one.state === 'present' ? { ...one, item: item(one.item) } : one);
  const readings = (all: ReadonlyMap<string, Reading>): Map<string, Reading> => new Map([...all].map(([id, one]) => [id, reading(one)]));
  const written = (all: readonly Written[]): Written[] => all.map((one) => (one.outcome === 'written' && one.item !== null ? { ...one, item: item(one.item) } : one));
  const page = <T extends Pick<PulledPage, 'items'>>(one: T): T => ({ ...one, items: one.items.map(item) });

  return {
    ...others,
    graph: {
      home: () => graph.home(),
      findElsewhere: (pairIds) => graph.findElsewhere(pairIds),
      holds: (content) => graph.holds(content),
      canEdit: (item, group, value) => graph.canEdit(item, group, value),
      read: async (ids) => readings(await graph.read(ids)),
      findByKey: async (pairIds) => readings(await graph.findByKey(pairIds)),
      write: async (writes) => written(await graph.write(writes)),
      readSeries: async (masterId, span, expected) => {
        const found = await graph.readSeries(masterId, span, expected);
        return found.state === 'present' ? { ...found, items: found.items.map(item) } : found.state === 'single' ? { ...found, item: item(found.item) } : found;
      },
      pull: async (from) => page(await graph.pull(from)),
      list: async (from) => page(await graph.list(from)),
    },
    crm: {
      people: crm.people,
      rowFingerprint: (id) => crm.rowFingerprint(id),
      mainsOfSeries: (ids) => crm.mainsOfSeries(ids),
      linkable: (links) => crm.linkable(links),
      webLink: (id) => crm.webLink(id),
      holds: (content) => crm.holds(content),
      read: async (ids) => readings(await crm.read(ids)),
      findByKey: async (pairIds) => readings(await crm.findByKey(pairIds)),
      write: async (writes) => written(await crm.write(writes)),
      list: async (window, after) => page(await crm.list(window, after)),
    },
  };
}
