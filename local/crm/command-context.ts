import type { CrmQuirks } from './quirks.ts';
import type { Records } from './records.ts';
import { Refused } from './refused.ts';
import type { Session } from './logins.ts';
import type { CrmRecord, Store } from './store.ts';
import type { DateOrder, ValueFormat } from './values.ts';

/** What a rep may do with a record: `read` refuses its writes with 403, `none` hides it from queries as well. */
export type Right = 'write' | 'read' | 'none';

/** `rep` is the SeqNo of the acting login's rep; a login without a rep (the master user) has undefined. */
export type Rights = (rep: number | undefined, record: CrmRecord) => Right;

/** What a command needs to run. */
export interface CommandContext {
  store: Store;
  records: Records;
  quirks: CrmQuirks;
  build: string;
  rights: Rights;
  session: Session;
  format: ValueFormat;
}

/** Reads the attributes that every command understands; those of the command win over those of the request (connector-se 3.5). */
export function readFormat(attributes: Record<string, string>, quirks: CrmQuirks): ValueFormat {
  for (const name of ['catexkeys', 'catformat', '__iflags']) {
    if (attributes[name] !== undefined) throw new Refused(500, `The attribute ${name} is not modelled; use catbynum.`);
  }
  return {
    byNumber: readFlag(attributes.catbynum, 'catbynum'),
    dateIn: readOrder(attributes.dateformatin, 'dateformatin'),
    dateOut: readOrder(attributes.dateformatout, 'dateformatout'),
    times: quirks.times,
    longTexts: quirks.longTexts,
    outerBlanks: quirks.outerBlanks,
  };
}

export function readFlag(text: string | undefined, name: string): boolean {
  if (text === undefined || text === 'false' || text === '0') return false;
  if (text === 'true' || text === '1') return true;
  throw new Refused(500, `The attribute ${name} takes true or false.`);
}

function readOrder(text: string | undefined, name: string): DateOrder {
  if (text === undefined) return 'ymd';
  if (text === 'ymd' || text === 'ydm' || text === 'dmy' || text === 'mdy') return text;
  throw new Refused(500, `The attribute ${name} takes ymd, ydm, dmy or mdy.`);
}

export function readCount(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count < 1) throw new Refused(500, `The attribute ${name} takes a number from 1.`);
  return count;
}
