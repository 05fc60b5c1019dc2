export interface WallReading {
  /** `yyyy-mm-dd` */
  date: string;
  /** `hh:mm:ss` */
  time: string;
}

/**
 * Reads an instant as the CRM's wall shows it: one second of resolution, and an hour that happens twice a year
 * (dialect 3, 5). `timeZone` is an IANA name; an unknown one throws a RangeError at once.
 */
export function wallClock(timeZone: string): (epochMs: number) => WallReading {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  let lastSecond = Number.NaN;
  let last: WallReading = { date: '', time: '' };
  return (epochMs) => {
    const second = Math.floor(epochMs / 1000);
    if (second === lastSecond) return last;
    const part: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
    for (const { type, value } of format.formatToParts(second * 1000)) part[type] = value;
    last = {
      date: `${(part.year ?? '').padStart(4, '0')}-${part.month ?? ''}-${part.day ?? ''}`,
      time: `${part.hour ?? ''}:${part.minute ?? ''}:${part.second ?? ''}`,
    };
    lastSecond = second;
    return last;
  };
}
