const CUT_SIGN = '…';

/**
 * What a text is after its short form was edited: the edit in place of what was shown, behind it what was cut off. Null where the short form is not the
 * beginning of the text, or where the sign that says so is gone: then nobody knows whether the rest was to go, too.
 */
export function unabridged(full: string, shown: string, edited: string): string | null {
  if (shown === full) return edited;
  if (!shown.endsWith(CUT_SIGN) || !edited.endsWith(CUT_SIGN)) return null;
  const kept = shown.slice(0, -CUT_SIGN.length);
  return full.startsWith(kept) ? edited.slice(0, -CUT_SIGN.length) + full.slice(kept.length) : null;
}
