import { Refused } from './refused.ts';
import type { CrmRecord, Store } from './store.ts';

/**
 * What the CRM's own logic asks of a whole record before it is stored (dialect 9). `values` are the record's values as
 * they would stand; throws a 422 that names the field.
 */
export function checkRecord(store: Store, table: string, values: Record<string, string>): void {
  if (values.RepId !== undefined) checkRep(store, table, 'RepId', values.RepId);
  if (values.CreatedByRep !== undefined) checkRep(store, table, 'CreatedByRep', values.CreatedByRep);
  // A person's and a company's own PeGrp/PeNo and CoGrp/CoNo are their key, no link.
  if (table !== 'Person') checkLink(store, table, 'Person', 'PeGrp', 'PeNo', values);
  if (table !== 'Company') checkLink(store, table, 'Company', 'CoGrp', 'CoNo', values);
  if (table === 'Contact') {
    checkLink(store, table, 'Opportunity', 'OppStatNo', 'OppSeqNo', values);
    if (isEmpty(values.PeNo) && isEmpty(values.CoNo)) {
      throw new Refused(422, 'An activity needs a person or a company; name one of them.', 'PeNo');
    }
  }
  if (table === 'Participant') {
    if (isEmpty(values.ActSeqNo)) throw new Refused(422, 'A participant needs its activity; name it.', 'ActSeqNo');
    checkLink(store, table, 'Contact', 'ActStatNo', 'ActSeqNo', values);
    if (isEmpty(values.PeNo) && isEmpty(values.RepId) && (values.Email ?? '') === '') {
      throw new Refused(422, 'A participant needs a rep, a person or an e-mail address; name one of them.', 'Email');
    }
  }
  if (table === 'DocumentLink') checkDocumentLink(store, values);
  if (table === 'Document' && !isBase64((values.Content ?? '').replace(/\s/g, ''))) {
    throw new Refused(422, 'The content of a document is base64.', 'Content');
  }
}

/** Without a group that repeats: some megabytes of them are too many for the engine. */
function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function isEmpty(number: string | undefined): boolean {
  return number === undefined || number === '' || Number(number) === 0;
}

function checkRep(store: Store, table: string, field: string, repId: string): void {
  if (isEmpty(repId) || alive(store.byNumbers('RepUser', 0, Number(repId)))) return;
  throw new Refused(422, `${field} of ${table} names no rep; write the SeqNo of one.`, field);
}

function checkLink(
  store: Store,
  table: string,
  target: string,
  groupField: string,
  numberField: string,
  values: Record<string, string>,
): void {
  const number = values[numberField];
  if (isEmpty(number)) return;
  if (alive(store.byNumbers(target, Number(values[groupField] ?? ''), Number(number)))) return;
  throw new Refused(422, `${groupField} and ${numberField} of ${table} name no ${target}; name one that exists.`, numberField);
}

function checkDocumentLink(store: Store, values: Record<string, string>): void {
  if (!alive(store.byId('Document', values.DocumentId ?? ''))) {
    throw new Refused(422, 'A document link needs a document that exists; write its id.', 'DocumentId');
  }
  const parent = [...store.schema.values()].find((table) => table.short === values.ParentInfoArea);
  if (parent === undefined) {
    throw new Refused(422, 'A document link needs the info area of its parent; write its code.', 'ParentInfoArea');
  }
  if (!alive(store.byId(parent.name, values.ParentId ?? ''))) {
    throw new Refused(422, 'A document link needs a parent that exists; write its id.', 'ParentId');
  }
}

function alive(record: CrmRecord | undefined): boolean {
  return record !== undefined && !record.deleted;
}
