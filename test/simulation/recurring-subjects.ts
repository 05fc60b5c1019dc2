/** Whether a subject is that of something recurring: what happens to these is judged in recurring.ts, and nowhere else. */
export function isRecurring(subject: unknown): boolean {
  return /^R\d/.test(String(subject));
}

/** What all occurrences of a series have in common, whatever they are called meanwhile. */
export function seriesOf(subject: unknown): string {
  return String(subject).split('.')[0] ?? '';
}
