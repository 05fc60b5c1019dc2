import type { PendingChange } from './records.ts';
import type { ErrorCode } from './refused.ts';
import type { LineEnds } from './xml-writer.ts';

/** A trigger of the CRM that wants one field to hold one value, whoever writes another. */
export interface FightBack {
  /** XML name. */
  table: string;
  field: string;
  /** As the store holds values: dates `yyyy-mm-dd`, times `hh:mm:ss`, catalog values by number. */
  value: string;
  /** Put back that long after the write, as a change of its own with its own stamp; without it the write itself is changed. */
  delayMs?: number;
}

/** Where customers' systems differ, or where the documentation leaves two ways open. The defaults come first. */
export interface CrmQuirks {
  /** An empty field is an empty element, or is left out. */
  emptyFields: 'element' | 'absent';
  times: 'hh:mm' | 'hh:mm:ss';
  /** What a request's content type must be; anything else is a 415. */
  contentType: string;
  /** A text that is longer than its field is refused with 422, or cut. External keys are never cut. */
  longTexts: 'refuse' | 'cut';
  /** Blanks and line ends at both ends of a text are stored, or lost. */
  outerBlanks: 'keep' | 'trim';
  /** Several conditions on one table are ORed, or ANDed ("OR syntax unknown": connector-se 3.6). */
  conditionBlocks: 'or' | 'and';
  /** Behind a break whose XPath cannot be judged the commands run, or they do not. */
  failedBreak: 'goesOn' | 'stops';
  /** An `<import>` whose keys fit only a deleted record makes a new one, or is refused with 409 (connector-se 3.7). */
  deletedMatch: 'ignore' | 'refuse';
  /** A refused login is answered on every command, or by HTTP 401. */
  loginFailure: 'command' | 'http';
  /** Codes that this CRM gives other numbers, e.g. `{ 509: '500' }`: the texts stay. */
  codes: Partial<Record<ErrorCode, string>>;
  lineEnds: LineEnds;
  /** The flag of a query that adds deleted records: 64 on SP6 and older; the other one has no effect. */
  deletedFlag: 16384 | 64;
  /** A write that changes no value stamps the record all the same. */
  stampUnchanged: boolean;
  /** Marking as deleted stamps the record, and so does restoring it. */
  stampDeleted: boolean;
  /** A change of a participant stamps its activity, too. */
  stampParent: boolean;
  /** The interface makes to-dos for participants whose activity asks for none ("Generate ToDo records", connector-se 1.7). */
  generateToDos: boolean;
  /** The main record of a series names no main record, or itself. */
  seriesMain: 'empty' | 'itself';
  /** The catalog of answers has 4, tentative. */
  tentativeAnswer: boolean;
  /** Only tokens log in; plain passwords fail. */
  forceLoginEncryption: boolean;
  /** Answers carry a `Date` header. */
  dateHeader: boolean;
  /** How far the CRM's clock is ahead of the simulator's, in milliseconds; stamps and `Date` show it. */
  clockSkewMs: number;
  fightsBack: FightBack | undefined;
  /** A trigger that changes what is being written, or throws to refuse it. */
  beforeStore: ((change: PendingChange) => void) | undefined;
}

export function withDefaults(quirks: Partial<CrmQuirks>): CrmQuirks {
  return {
    emptyFields: 'element',
    times: 'hh:mm',
    contentType: 'text/xml; charset=utf-8',
    longTexts: 'refuse',
    outerBlanks: 'keep',
    conditionBlocks: 'or',
    failedBreak: 'goesOn',
    deletedMatch: 'ignore',
    loginFailure: 'command',
    codes: {},
    lineEnds: 'crlf',
    deletedFlag: 16384,
    stampUnchanged: false,
    stampDeleted: true,
    stampParent: false,
    generateToDos: false,
    seriesMain: 'empty',
    tentativeAnswer: true,
    forceLoginEncryption: false,
    dateHeader: true,
    clockSkewMs: 0,
    fightsBack: undefined,
    beforeStore: undefined,
    ...quirks,
  };
}
