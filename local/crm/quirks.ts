import type { PendingChange } from './records.ts';
import type { LineEnds } from './xml-writer.ts';

/** Where customers' systems differ, or where the documentation leaves two ways open. The defaults come first. */
export interface CrmQuirks {
  /** An empty field is an empty element, or is left out. */
  emptyFields: 'element' | 'absent';
  times: 'hh:mm' | 'hh:mm:ss';
  lineEnds: LineEnds;
  /** The flag of a query that adds deleted records: 64 on SP6 and older; the other one has no effect. */
  deletedFlag: 16384 | 64;
  /** A write that changes no value stamps the record all the same. */
  stampUnchanged: boolean;
  /** The catalog of answers has 4, tentative. */
  tentativeAnswer: boolean;
  /** Only tokens log in; plain passwords fail. */
  forceLoginEncryption: boolean;
  /** Answers carry a `Date` header. */
  dateHeader: boolean;
  /** How far the CRM's clock is ahead of the simulator's, in milliseconds; stamps and `Date` show it. */
  clockSkewMs: number;
  /** A trigger that changes what is being written, or throws to refuse it. */
  beforeStore: ((change: PendingChange) => void) | undefined;
}

export function withDefaults(quirks: Partial<CrmQuirks>): CrmQuirks {
  return {
    emptyFields: 'element',
    times: 'hh:mm',
    lineEnds: 'crlf',
    deletedFlag: 16384,
    stampUnchanged: false,
    tentativeAnswer: true,
    forceLoginEncryption: false,
    dateHeader: true,
    clockSkewMs: 0,
    beforeStore: undefined,
    ...quirks,
  };
}
