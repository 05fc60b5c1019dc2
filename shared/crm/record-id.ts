import type { WebLink } from '../config/web-link.ts';

/** A record's id is StatNo * 2^32 + SeqNo, decimal, 64 bit: it never passes through a number (docs/crm-interface-dialect: 6). */

export interface RecordKey {
  readonly station: number;
  readonly serial: number;
}

const SERIALS = 2n ** 32n;
const LARGEST = 2n ** 64n - 1n;

export function recordId(key: RecordKey): string {
  return String(BigInt(key.station) * SERIALS + BigInt(key.serial));
}

/** null where the text is no record id. */
export function recordKey(id: string): RecordKey | null {
  if (!/^\d{1,20}$/.test(id)) return null;
  const value = BigInt(id);
  return value > LARGEST ? null : { station: Number(value / SERIALS), serial: Number(value % SERIALS) };
}

/** Order of the keys, in which pages are read. */
export function compareRecordIds(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Address of a record in CRM.web; null where the id is none. The hex digits must be lower case (connector-se 4.1). */
export function webLink(link: Pick<WebLink, 'address'>, id: string): string | null {
  const key = recordKey(id);
  if (key === null) return null;
  const hex = [key.station, key.serial].map((half) => half.toString(16).padStart(8, '0')).join('');
  return link.address({ hex, id: String(BigInt(id)) });
}
