/**
 * The fields of an activity in the default profile (docs/crm-interface-dialect 8): logical name -> type and length. They stand here because rules are
 * checked against them before any CRM is asked.
 */

/** B boolean, C text, D date, F decimal number, K variable catalog, L long, S short, T time, X fixed catalog (connector-se 4.6). */
export const FIELD_TYPES = ['B', 'C', 'D', 'F', 'K', 'L', 'S', 'T', 'X'] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

export interface FieldDefault {
  readonly type: FieldType;
  /** Longest text, UTF-16 units; null = not a text, or not limited. */
  readonly length: number | null;
}

const of = (type: FieldType): FieldDefault => ({ type, length: null });
export const text = (length: number | null): FieldDefault => ({ type: 'C', length });
export const [B, D, K, L, S, T, X] = [of('B'), of('D'), of('K'), of('L'), of('S'), of('T'), of('X')];

/** Every table has these. */
export const KEY_FIELDS = { StatNo: S, SeqNo: L, UpdDate: D, UpdTime: T, UpdBy: text(40) };

export const ACTIVITY_FIELDS = {
  ...KEY_FIELDS,
  ...{ Contact: X, Subject: text(120), Text: text(4_000), Date: D, Time: T, EndDate: D, EndTime: T, Location: text(120), RepId: L, Status: X, Priority: X, Private: B, Reminder: L, ShowAs: X, Categories: text(255) },
  ...{ CoGrp: S, CoNo: L, PeGrp: S, PeNo: L, OppStatNo: S, OppSeqNo: L, MainStatNo: S, MainSeqNo: L, ExtSystem: text(10), ExtKey: text(64), CreateToDo: B, FreeC1: text(40), FreeC2: text(40), FreeL1: B, FreeN1: L },
};
export type ActivityFieldName = keyof typeof ACTIVITY_FIELDS;

/** Those that the connector leaves to whoever maps them: all others are written by it, or are the CRM's own. */
export const FREE_FIELDS: readonly ActivityFieldName[] = ['Status', 'FreeC1', 'FreeC2', 'FreeL1', 'FreeN1'];
/** They move with every write, so that a copy of them would never come to rest. */
export const STAMP_FIELDS: readonly ActivityFieldName[] = ['UpdDate', 'UpdTime', 'UpdBy'];
