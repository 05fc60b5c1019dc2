import { Temporal } from 'temporal-polyfill';
import { fieldsInCrm, fieldsInOutlook, KEY_ACCOUNT, type AdditionalFields } from './additional-fields.ts';
import { type Activity } from './people.ts';
import { ZONE } from './places.ts';

/** What a person sees of an appointment, read from the two systems' own stores by the judge's own code: the connector's tables are no witness. */
export interface Shown extends AdditionalFields {
  readonly subject: string;
  readonly when: string;
  readonly place: string;
  readonly body: string;
  readonly showAs: string;
  readonly reminder: number | null;
  readonly priority: string;
  readonly categories: readonly string[];
}

export function shownInOutlook(event: Record<string, unknown>): Shown {
  const at = (member: string): string => String((event[member] as { dateTime: string }).dateTime).slice(0, 19);
  const day = (text: string): string => text.slice(0, 10);
  const lastDay = (text: string): string => Temporal.PlainDate.from(day(text)).subtract({ days: 1 }).toString();
  return {
    subject: String(event['subject'] ?? ''),
    when: event['isAllDay'] === true ? `${day(at('start'))} to ${lastDay(at('end'))}` : `${at('start')}Z to ${at('end')}Z`,
    place: String((event['location'] as { displayName?: string } | null)?.displayName ?? '').trim(),
    body: plain(String((event['body'] as { content?: string } | null)?.content ?? '')),
    showAs: String(event['showAs']),
    reminder: event['isReminderOn'] === true ? Number(event['reminderMinutesBeforeStart']) : null,
    priority: String(event['importance']),
    categories: ((event['categories'] as string[] | undefined) ?? []).filter((name) => name !== KEY_ACCOUNT).sort(),
    ...fieldsInOutlook(event),
  };
}

const SHOW_AS = ['free', 'tentative', 'busy', 'oof', 'workingElsewhere'];
const PRIORITY = ['low', 'normal', 'high'];

export function shownInCrm({ values }: Activity, zone = ZONE): Shown {
  const value = (name: string): string => values[name] ?? '';
  const instant = (date: string, time: string): string => instantOf(`${date}T${time}`, zone);
  return {
    subject: value('Subject'),
    when: value('Time') === '' ? `${value('Date')} to ${value('EndDate') || value('Date')}` : `${instant(value('Date'), value('Time'))} to ${instant(value('EndDate') || value('Date'), value('EndTime') || value('Time'))}`,
    place: value('Location').trim(),
    body: trimmed(value('Text').replace(/\r\n/g, '\n')),
    showAs: SHOW_AS[Number(value('ShowAs') || 2)] ?? '',
    reminder: value('Reminder') === '' ? null : Number(value('Reminder')),
    priority: PRIORITY[Number(value('Priority') || 1)] ?? '',
    categories: value('Categories')
      .split(';')
      .map((name) => name.trim())
      .filter((name) => name !== '')
      .sort(),
    ...fieldsInCrm(values),
  };
}

/** The judge reads the same times at every step. */
const MOST_REMEMBERED = 50_000;
const remembered = new Map<string, string>();

function instantOf(wall: string, zone: string): string {
  const key = `${wall} ${zone}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const instant = Temporal.PlainDateTime.from(wall).toZonedDateTime(zone, { disambiguation: 'compatible' }).toInstant().toString({ smallestUnit: 'second' });
  if (remembered.size >= MOST_REMEMBERED) remembered.clear();
  remembered.set(key, instant);
  return instant;
}

/** Good enough for the simple bodies that tests write. */
function plain(html: string): string {
  const text = html
    .replace(/[\s\S]*<body[^>]*>/i, '')
    .replace(/<\/body>[\s\S]*/i, '')
    .replace(/\r?\n/g, '')
    .replace(/<br\s*\/?>/gi, '\n')
    .replace(/<\/(p|div)>/gi, '\n')
    .replace(/<[^>]+>/g, '')
    .replace(/&nbsp;|\u00a0/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&');
  return trimmed(text);
}

/** Blanks at the ends of lines are seen by nobody. */
function trimmed(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

export function sorted(shown: readonly Shown[]): string[] {
  return shown.map((one) => JSON.stringify(one)).sort();
}
