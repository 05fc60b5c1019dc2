import type { CrmRecord, Store } from './store.ts';

/**
 * Which field pairs tie two tables: the left record's fields point to the right record's key. The last pair is the one
 * that must not be empty. A relation is read in both directions.
 */
const RELATIONS: [pointing: string, target: string, pairs: [string, string][]][] = [
  ['Contact', 'Person', [['PeGrp', 'StatNo'], ['PeNo', 'SeqNo']]],
  ['Contact', 'Company', [['CoGrp', 'StatNo'], ['CoNo', 'SeqNo']]],
  ['Contact', 'RepUser', [['RepId', 'SeqNo']]],
  ['Contact', 'Opportunity', [['OppStatNo', 'StatNo'], ['OppSeqNo', 'SeqNo']]],
  ['Contact', 'Contact', [['MainStatNo', 'StatNo'], ['MainSeqNo', 'SeqNo']]],
  ['Participant', 'Contact', [['ActStatNo', 'StatNo'], ['ActSeqNo', 'SeqNo']]],
  ['Participant', 'Person', [['PeGrp', 'StatNo'], ['PeNo', 'SeqNo']]],
  ['Participant', 'RepUser', [['RepId', 'SeqNo']]],
  ['Person', 'Company', [['CoGrp', 'StatNo'], ['CoNo', 'SeqNo']]],
  ['Favorite', 'Person', [['PeGrp', 'StatNo'], ['PeNo', 'SeqNo']]],
  ['Favorite', 'RepUser', [['RepId', 'SeqNo']]],
  ['RepUser', 'Person', [['PeGrp', 'StatNo'], ['PeNo', 'SeqNo']]],
  ['Task', 'RepUser', [['RepId', 'SeqNo']]],
  ['Absence', 'RepUser', [['RepId', 'SeqNo']]],
];

type Pairs = [string, string][];

/** The records of `target` that belong to `record`, in no order; undefined where the two tables are not related. */
export function related(store: Store, record: CrmRecord, target: string): CrmRecord[] | undefined {
  if (record.table === 'DocumentLink' || target === 'DocumentLink') return relatedByLink(store, record, target);
  for (const [pointing, pointed, pairs] of RELATIONS) {
    if (pointing === record.table && pointed === target) return pointedAt(store, record, target, pairs);
  }
  for (const [pointing, pointed, pairs] of RELATIONS) {
    if (pointed === record.table && pointing === target) return pointingAt(store, record, target, pairs);
  }
  return undefined;
}

function pointedAt(store: Store, record: CrmRecord, target: string, pairs: Pairs): CrmRecord[] {
  const numbers = pairs.map(([name]) => Number(record.values[name] ?? '') || 0);
  const seqNo = numbers.at(-1) ?? 0;
  if (seqNo === 0) return [];
  // A rep is named by its SeqNo alone: reps live on station 0 (dialect 9).
  const found = store.byNumbers(target, pairs.length === 1 ? 0 : (numbers[0] ?? 0), seqNo);
  return found === undefined ? [] : [found];
}

function pointingAt(store: Store, record: CrmRecord, target: string, pairs: Pairs): CrmRecord[] {
  const [seqField] = pairs.at(-1) ?? [''];
  const [groupField] = pairs.length === 1 ? [undefined] : (pairs[0] ?? [undefined]);
  if (groupField === undefined && record.statNo !== 0) return [];
  const candidates = store.equal(target, seqField, String(record.seqNo)) ?? store.all(target);
  return [...candidates].filter(
    (other) =>
      Number(other.values[seqField] ?? '') === record.seqNo &&
      (groupField === undefined || (Number(other.values[groupField] ?? '') || 0) === record.statNo),
  );
}

/** A document link names its parent by info area and id, its document by id (dialect 9). */
function relatedByLink(store: Store, record: CrmRecord, target: string): CrmRecord[] | undefined {
  if (target === 'DocumentLink') {
    const short = store.schema.get(record.table)?.short ?? '';
    const field = record.table === 'Document' ? 'DocumentId' : 'ParentId';
    const links = [...(store.equal('DocumentLink', field, record.id) ?? [])];
    return field === 'DocumentId' ? links : links.filter((link) => link.values.ParentInfoArea === short);
  }
  if (target === 'Document') return present(store.byId('Document', record.values.DocumentId ?? ''));
  const short = store.schema.get(target)?.short;
  return record.values.ParentInfoArea === short ? present(store.byId(target, record.values.ParentId ?? '')) : [];
}

function present(record: CrmRecord | undefined): CrmRecord[] {
  return record === undefined ? [] : [record];
}

/** What a child made behind its parent in one `<fields>` takes over from it (dialect 4, 9); undefined: it is no child. */
export function inheritedKey(child: string, parent: CrmRecord): Record<string, string> | undefined {
  const statNo = String(parent.statNo);
  const seqNo = String(parent.seqNo);
  switch (`${child} of ${parent.table}`) {
    case 'Participant of Contact':
      return { ActStatNo: statNo, ActSeqNo: seqNo };
    case 'DocumentLink of Document':
      return { DocumentId: parent.id };
    case 'Person of Company':
      return { CoGrp: statNo, CoNo: seqNo };
    case 'Contact of Person':
      return { PeGrp: statNo, PeNo: seqNo, CoGrp: parent.values.CoGrp ?? '', CoNo: parent.values.CoNo ?? '' };
    case 'Contact of Company':
      return { CoGrp: statNo, CoNo: seqNo };
    case 'Favorite of Person':
      return { PeGrp: statNo, PeNo: seqNo };
    default:
      return undefined;
  }
}

/** Tables whose records may stand in front of a child as its parent. */
export function mayBeParent(child: string, table: string): boolean {
  return (
    (child === 'Participant' && table === 'Contact') ||
    (child === 'DocumentLink' && table === 'Document') ||
    (child === 'Person' && table === 'Company') ||
    (child === 'Contact' && (table === 'Person' || table === 'Company')) ||
    (child === 'Favorite' && table === 'Person')
  );
}
