/**
 * Milliseconds of a .NET TimeSpan as host.json writes it: `[-][d.]hh:mm:ss[.fraction]`. A bare number means seconds here.
 * Answers undefined for anything else.
 */
export function parseTimeSpan(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value * 1000 : undefined;
  if (typeof value !== 'string') return undefined;
  const parts = /^(-)?(?:(\d+)\.)?(\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,7})?)?$/.exec(value.trim());
  if (!parts) return undefined;
  const [hours, minutes, seconds] = [Number(parts[3]), Number(parts[4]), Number(parts[5] ?? 0)];
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined;
  const days = Number(parts[2] ?? 0);
  const total = ((days * 24 + hours) * 60 + minutes) * 60_000 + seconds * 1000 + Number(parts[6] ?? 0) * 1000;
  return parts[1] ? -total : total;
}
