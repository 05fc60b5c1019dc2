/** `StatNo * 2^32 + SeqNo` in decimal: 64 bits, so never a number (dialect 6). */
export function recordId(statNo: number, seqNo: number): string {
  return ((BigInt(statNo) << 32n) + BigInt(seqNo)).toString();
}

/** The id in its one spelling, or undefined where the text is none. */
export function readRecordId(text: string): string | undefined {
  if (!/^\d{1,20}$/.test(text)) return undefined;
  const id = BigInt(text);
  return id < 1n << 63n ? id.toString() : undefined;
}
