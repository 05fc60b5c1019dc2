import { PortFailure } from './failures.ts';
import { smtpAddress, strongerRole, type Answers, type Participant, type Participants, type Role } from '../model/participants.ts';
import type { Content, Json } from '../model/content.ts';
import type { ColleagueList, Colleagues, KindSides, PulledPage, Reading, SideItem, Write, Written } from './ports.ts';
import { copiesOfColleagues } from './whose-meeting.ts';

/**
 * The people of both sides under common keys, so that the engine can merge person by person: the CRM's own key (`rep:`, `person:`) wherever an address
 * is one human being's there, else the key of the side that knows him. What is compared is the role alone; names and addresses are looked up again for
 * a write, so that a changed address changes no meeting (design 4).
 */
export type Members = Readonly<Record<string, string>>;

export function membersOf(value: Json | undefined): Members {
  return (value ?? {}) as Members;
}

/** What can be invited or resolved: everything that is a rep or a person of the CRM. */
export function isResolved(key: string): boolean {
  return key.startsWith('rep:') || key.startsWith('person:');
}

export function withPeople({ graph, crm, ...others }: KindSides, colleagues: Colleagues, kind: string): KindSides {
  const { people } = crm;
  /** By event: under which keys Graph shows the person of a common key; more than one where he is invited under several of his addresses. */
  const shownAs = new Map<string, ReadonlyMap<string, readonly Shown[]>>();

  const addressesIn = ({ content }: SideItem): string[] => Object.values((content['participants'] ?? {}) as Participants).flatMap(({ address }) => address ?? []);
  const keysIn = ({ content }: SideItem): string[] => Object.keys((content['participants'] ?? {}) as Participants);

  /** Known where somebody stands under an inner address alone. */
  let list: ColleagueList | null = null;

  function commonKey(key: string, { address }: Participant): string {
    const inner = key.startsWith(X500) ? list?.addresses.get(key.slice(X500.length)) : undefined;
    if (inner !== undefined) return `rep:${inner}`;
    if (address === null) return key;
    const found = people.byAddress(address);
    return typeof found === 'object' ? found.key : key;
  }

  function fromGraph(item: SideItem): SideItem {
    const { participants, answers, ...others } = item.content as Content & { readonly participants?: Participants; readonly answers?: Answers };
    if (participants === undefined) return item;
    if (item.meeting?.role === 'attendee') return { ...item, content: others };
    const known = new Map<string, Shown[]>();
    const missing: string[] = [];
    for (const [key, participant] of Object.entries(participants)) {
      const common = commonKey(key, participant);
      known.set(common, [...(known.get(common) ?? []), { key, participant }]);
      if (!isResolved(common)) missing.push(participant.address ?? participant.name);
    }
    shownAs.set(item.id, known);
    const members = Object.fromEntries([...known].map(([common, shown]) => [common, roleOf(shown)]));
    const answered = Object.fromEntries([...known].flatMap(([common, shown]) => shown.flatMap(({ key }) => answers?.[key] ?? []).slice(0, 1).map((answer) => [common, answer])));
    return { ...item, content: { ...others, participants: members, answers: answered, missing: missing.sort() } };
  }

  function fromCrm(item: SideItem): SideItem {
    const { participants, ...others } = item.content as Content & { readonly participants?: Participants };
    if (participants === undefined) return item;
    return { ...item, content: { ...others, participants: Object.fromEntries(Object.entries(participants).map(([key, { role }]) => [key, role])) } };
  }

  async function graphItems(items: readonly SideItem[]): Promise<SideItem[]> {
    // Of somebody else's meeting nobody is taken over.
    const invited = items.flatMap((item) => (item.meeting?.role === 'attendee' ? [] : addressesIn(item)));
    if (invited.length > 0) await people.acquaint(invited, []);
    if (items.some((item) => keysIn(item).some((key) => key.startsWith(X500)))) list = await colleagues.list();
    return copiesOfColleagues(items.map(fromGraph), colleagues, kind);
  }

  /** Whoever could be invited because of these items: his address must be known before anything is planned. */
  async function crmItems(items: readonly SideItem[]): Promise<SideItem[]> {
    const keys = items.flatMap(keysIn).filter(isResolved);
    if (keys.length > 0) await people.acquaint([], keys);
    const translated = items.map(fromCrm);
    if (!translated.some(({ outOfScope }) => outOfScope === 'otherRep')) return translated;
    const { reps } = await colleagues.list();
    return translated.map((item) => (item.outOfScope === 'otherRep' ? { ...item, repSynchronized: item.rep != null && reps.has(item.rep) } : item));
  }

  async function readings(found: ReadonlyMap<string, Reading>, translate: (items: readonly SideItem[]) => Promise<SideItem[]>): Promise<Map<string, Reading>> {
    const present = [...found].flatMap(([id, reading]) => (reading.state === 'present' ? [{ id, item: reading.item }] : []));
    const items = await translate(present.map(({ item }) => item));
    const translated = new Map(present.map(({ id }, index) => [id, items[index]]));
    return new Map([...found].map(([id, reading]) => {
      const item = translated.get(id);
      return [id, item === undefined ? reading : { state: 'present', item }];
    }));
  }

  async function written(results: readonly Written[], translate: (items: readonly SideItem[]) => Promise<SideItem[]>): Promise<Written[]> {
    const stored = results.flatMap((result) => (result.outcome === 'written' && result.item !== null ? [result.item] : []));
    let items: SideItem[];
    try {
      items = await translate(stored);
    } catch (failure) {
      if (!(failure instanceof PortFailure)) throw failure;
      // Written it is, whatever became of the questions behind it: it is looked up like every write whose answer was lost.
      return results.map((result): Written => (result.outcome === 'written' && result.item !== null ? { outcome: 'lost', failure } : result));
    }
    return results.map((result) => (result.outcome === 'written' && result.item !== null ? { ...result, item: items[stored.indexOf(result.item)] ?? result.item } : result));
  }

  function toGraph(write: Write): Write {
    if (write.kind === 'delete' || write.content['participants'] === undefined) return write;
    const known = write.kind === 'update' ? shownAs.get(write.id) : undefined;
    const participants = Object.fromEntries(
      Object.entries(membersOf(write.content['participants'])).flatMap(([key, role]) => {
        const shown = known?.get(key);
        if (shown !== undefined) return shown.map(({ key: as, participant }) => [as, role === roleOf(shown) ? participant : { ...participant, role }]);
        const address = addressOf(key);
        return address === null ? [] : [[`mail:${address}`, { role, address, name: people.nameOf(key) }]];
      }),
    );
    const content = { ...write.content, participants };
    return write.kind === 'update' ? { ...write, content, current: asShown(write.current) } : { ...write, content };
  }

  /** As Graph showed it, under its own keys: what is kept of a list of attendees is found by them. */
  function asShown(current: SideItem | null): SideItem | null {
    const known = current === null ? undefined : shownAs.get(current.id);
    if (current === null || known === undefined) return current;
    return { ...current, content: { ...current.content, participants: Object.fromEntries([...known.values()].flat().map(({ key, participant }) => [key, participant])) } };
  }

  function toCrm(write: Write): Write {
    if (write.kind === 'delete' || write.content['participants'] === undefined) return write;
    const content = { ...write.content, participants: inFull(write.content['participants']) };
    if (write.kind === 'create') return { ...write, content };
    // As the CRM showed it: whose role changed is told by what it was.
    const { current } = write;
    return { ...write, content, current: current?.content['participants'] === undefined ? current : { ...current, content: { ...current.content, participants: inFull(current.content['participants']) } } };
  }

  function inFull(members: Json | undefined): Json {
    return Object.fromEntries(Object.entries(membersOf(members)).map(([key, role]) => [key, { role, address: addressOf(key), name: people.nameOf(key) }]));
  }

  function addressOf(key: string): string | null {
    return isResolved(key) ? people.addressOf(key) : key.startsWith('mail:') ? smtpAddress(key.slice('mail:'.length)) : null;
  }

  const pages = async <T extends Pick<PulledPage, 'items'>>(page: T, translate: (items: readonly SideItem[]) => Promise<SideItem[]>): Promise<T> => ({ ...page, items: await translate(page.items) });

  return {
    ...others,
    graph: {
      home: () => graph.home(),
      findElsewhere: (pairIds) => graph.findElsewhere(pairIds),
      canEdit: (item, group, value) => graph.canEdit(item, group, value),
      /** Whom Graph could invite, in the roles that it has. */
      holds(content) {
        const { participants, answers, missing, ...others } = content;
        const held: Record<string, Json> = { ...graph.holds(others), ...(answers === undefined ? {} : { answers }), ...(missing === undefined ? {} : { missing }) };
        if (participants !== undefined) held['participants'] = Object.fromEntries(Object.entries(membersOf(participants)).flatMap(([key, role]) => (addressOf(key) === null ? [] : [[key, graphRole(role)]])));
        return held;
      },
      read: async (ids) => readings(await graph.read(ids), graphItems),
      findByKey: async (pairIds) => readings(await graph.findByKey(pairIds), graphItems),
      write: async (writes) => written(await graph.write(writes.map(toGraph)), graphItems),
      readSeries: async (masterId, span, expected) => {
        const found = await graph.readSeries(masterId, span, expected);
        switch (found.state) {
          case 'present':
            return { ...found, items: await graphItems(found.items) };
          case 'single': {
            const [item] = await graphItems([found.item]);
            return { state: 'single', item: item ?? found.item };
          }
          default:
            return found;
        }
      },
      pull: async (from) => pages(await graph.pull(from), graphItems),
      list: async (from) => pages(await graph.list(from), graphItems),
    },
    crm: {
      people,
      rowFingerprint: (id) => crm.rowFingerprint(id),
      mainsOfSeries: (ids) => crm.mainsOfSeries(ids),
      linkable: (links) => crm.linkable(links),
      webLink: (id) => crm.webLink(id),
      /** Whom the CRM knows. */
      holds(content) {
        const { participants, ...others } = content;
        const resolved = (value: Json): Json => Object.fromEntries(Object.entries(membersOf(value)).filter(([key]) => isResolved(key)));
        const held: Record<string, Json> = { ...crm.holds({ ...others, ...(others['answers'] === undefined ? {} : { answers: resolved(others['answers']) }) }) };
        if (participants === undefined) return held;
        const known = resolved(participants) as Members;
        // Never its owner, whatever address he was invited under.
        const named = crm.holds({ participants: Object.fromEntries(Object.entries(known).map(([key, role]) => [key, { role, address: addressOf(key), name: people.nameOf(key) }])) })['participants'];
        held['participants'] = Object.fromEntries(Object.entries(known).filter(([key]) => key in Object(named)));
        return held;
      },
      read: async (ids) => readings(await crm.read(ids), crmItems),
      findByKey: async (pairIds) => readings(await crm.findByKey(pairIds), crmItems),
      write: async (writes) => written(await crm.write(writes.map(toCrm)), crmItems),
      list: async (window, after) => pages(await crm.list(window, after), crmItems),
    },
  };
}

interface Shown {
  readonly key: string;
  readonly participant: Participant;
}

/** Whoever is there several times has the strongest of his roles. */
function roleOf(shown: readonly Shown[]): Role {
  return shown.map(({ participant }) => participant.role).reduce(strongerRole);
}

/** Stands before a participant's inner address (model/participants.ts). */
const X500 = 'x500:';

/** Outlook knows nobody who is told only for information: he is invited as optional. */
export function graphRole(role: string): string {
  return role === 'informational' ? 'optional' : role;
}
