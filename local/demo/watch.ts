import { DEMO_ZONE } from './people.ts';
import type { Shown, Stores } from './stores.ts';

/** What changed between two looks at one employee's calendars, in words. Changes that leave subject and time alone are not told. */
export function newsBetween(before: Stores, after: Stores): string[] {
  const was = { outlook: keysOf(before.outlook), crm: keysOf(before.crm) };
  const is = { outlook: keysOf(after.outlook), crm: keysOf(after.crm) };
  const news: string[] = [];
  const told = new Set<string>();
  for (const [items, here, there, side, other] of [
    [after.outlook, was.outlook, 'crm', 'in Outlook', 'the CRM'],
    [after.crm, was.crm, 'outlook', 'in the CRM', 'Outlook'],
  ] as const) {
    for (const item of items) {
      const { key, leftAlone } = item;
      if (here.has(key) || told.has(key)) continue;
      told.add(key);
      if (is[there].has(key)) news.push(`${named(item)} is on both sides`);
      else if (leftAlone === null) news.push(`${named(item)} is ${side}, on its way to ${other}`);
      else news.push(`${named(item)} stays ${side}: ${leftAlone}`);
    }
  }
  for (const [items, here, there, side] of [
    [before.outlook, is.outlook, is.crm, 'Outlook'],
    [before.crm, is.crm, is.outlook, 'the CRM'],
  ] as const) {
    for (const item of items) {
      if (here.has(item.key) || told.has(item.key)) continue;
      told.add(item.key);
      news.push(there.has(item.key) ? `${named(item)} left ${side}` : `${named(item)} is gone from ${was.outlook.has(item.key) && was.crm.has(item.key) ? 'both sides' : side}`);
    }
  }
  return news;
}

function keysOf(items: readonly Shown[]): Set<string> {
  return new Set(items.map(({ key }) => key));
}

function named({ subject, time }: Shown): string {
  const at = time.allDay ? dayOf(Date.parse(time.firstDay), 'UTC') : `${dayOf(time.start, DEMO_ZONE)} ${new Date(time.start).toLocaleTimeString('en-GB', { timeZone: DEMO_ZONE, hour: '2-digit', minute: '2-digit' })}`;
  return `"${subject}" (${at})`;
}

function dayOf(instant: number, timeZone: string): string {
  return new Date(instant).toLocaleDateString('en-GB', { timeZone, weekday: 'short', day: 'numeric', month: 'short' });
}
