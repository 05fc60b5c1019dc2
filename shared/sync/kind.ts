import type { Json } from '../model/content.ts';
import type { OutOfScope, SideItem } from './ports.ts';

/** Which way a field group flows. */
export type Direction = 'both' | 'toCrm' | 'toGraph';

export interface GroupDescription {
  readonly name: string;
  readonly direction: Direction;
  /** A text of which one side may hold only a part (cut, without images). */
  readonly text?: boolean;
  /** Texts by key, merged member by member. */
  readonly members?: boolean;
  /** Nobody is mailed where this is written to Graph, alone or beside other quiet ones (docs/assumptions G32). */
  readonly quiet?: boolean;
  /** When the item takes place. */
  readonly when?: boolean;
  /** Made of what others do (an answer, a person who is not known): where it changed, nobody edited this item. */
  readonly derived?: boolean;
  /** Shown of a private item, too, where the rule masks it. */
  readonly shownMasked?: boolean;
  /** Held by a series as a whole: what one occurrence shows of it cannot be written (graph.md 13). */
  readonly wholeSeries?: boolean;
  /** A field that the rules add to the default mapping: it may come to pairs that are there, and its value may not fit on the other side. */
  readonly additional?: boolean;
  /** What is written to Graph rests on the event as it is: it is read before any of its groups is written. */
  readonly rests?: boolean;
  /** Texts by key that follow this side's own texts, and yield to whatever a person does to them in the CRM (merge-links.ts). */
  readonly yields?: boolean;
  /** The groups of its own side that it is made of. */
  readonly madeOf?: readonly string[];
  /** A value that a person may set on either side, and that only Outlook takes away: where the CRM does, it is put right. */
  readonly kept?: Json;
}

/** A kind is a description, not a copy of the engine (design 4). */
export interface Kind {
  readonly name: string;
  readonly infoArea: string;
  readonly groups: readonly GroupDescription[];
  /** Why an item that its side could translate is none of this kind's; null = it is. */
  scope(item: SideItem): OutOfScope | null;
}
