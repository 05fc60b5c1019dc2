import type { Json } from '../model/content.ts';
import { heldThere, type FieldTranslation } from './field-translation.ts';
import type { KindSides, PulledPage, Reading, Side, SideItem, Written } from './ports.ts';

/** Sides whose additional fields are translated as they are read, so that a plan can compare them (design 4: translation comes before it). */
export function withFields({ graph, crm, ...others }: KindSides, translation: FieldTranslation): KindSides {
  async function items(side: Side, found: readonly SideItem[]): Promise<void> {
    for (const { content } of found) await translation.prepare(side, content);
  }
  async function readings(side: Side, found: ReadonlyMap<string, Reading>): Promise<ReadonlyMap<string, Reading>> {
    await items(side, [...found.values()].flatMap((reading) => (reading.state === 'present' ? [reading.item] : [])));
    return found;
  }
  async function written(side: Side, found: readonly Written[]): Promise<readonly Written[]> {
    await items(side, found.flatMap((one) => (one.outcome === 'written' && one.item !== null ? [one.item] : [])));
    return found;
  }
  async function page<T extends Pick<PulledPage, 'items'>>(side: Side, found: T): Promise<T> {
    await items(side, found.items);
    return found;
  }

  return {
    ...others,
    graph: {
      ...graph,
      holds: (content) => heldThere(translation, 'graph', content, (shown) => graph.holds(shown)),
      read: async (ids) => readings('graph', await graph.read(ids)),
      findByKey: async (pairIds) => readings('graph', await graph.findByKey(pairIds)),
      write: async (writes) => written('graph', await graph.write(writes)),
      readSeries: async (masterId, span, expected) => {
        const found = await graph.readSeries(masterId, span, expected);
        await items('graph', found.state === 'present' ? found.items : found.state === 'single' ? [found.item] : []);
        return found;
      },
      pull: async (from) => page('graph', await graph.pull(from)),
      list: async (from) => page('graph', await graph.list(from)),
    },
    crm: {
      ...crm,
      holds: (content) => heldThere(translation, 'crm', content, (shown) => crm.holds(shown)),
      read: async (ids) => readings('crm', await crm.read(ids)),
      findByKey: async (pairIds) => readings('crm', await crm.findByKey(pairIds)),
      write: async (writes) => written('crm', await crm.write(writes)),
      list: async (window, after) => page('crm', await crm.list(window, after)),
    },
    unfit: (from, group, value: Json) => {
      const there = translation.translated(from, group, value);
      return there !== undefined && 'why' in there ? there.why : null;
    },
  };
}
