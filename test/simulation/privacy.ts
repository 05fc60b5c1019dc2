import { shownInCrm, shownInOutlook, type Shown } from '../world/judge.ts';
import { seeded } from '../world/random.ts';
import type { Employee, World } from '../world/world.ts';
import type { Ledger } from './ledger.ts';

export type PrivacyRule = 'off' | 'masked' | 'full';

export const MASK = 'Private appointment';

/** About a third of the seeds have people who keep things private, under one of the three rules. Dice of its own: the other seeds stay the histories they were. */
export function privacyFor(seed: number): PrivacyRule | null {
  const random = seeded((seed ^ 0x7072_6976) >>> 0);
  if (random() >= 0.35) return null;
  return (['off', 'masked', 'masked', 'full'] as const)[Math.floor(random() * 4)] ?? null;
}

/** The same for people who meet: every such history has one of the rules. */
export function meetingPrivacyFor(seed: number): PrivacyRule {
  return (['off', 'masked', 'masked', 'full'] as const)[Math.floor(seeded((seed ^ 0x6d65_6574) >>> 0)() * 4)] ?? 'masked';
}

type Event = Record<string, unknown> & { id: string };

export function isPrivate(event: Record<string, unknown>): boolean {
  return event['sensitivity'] !== 'normal';
}

/**
 * The judge's own history of what people kept private in Outlook. What was typed while the item was private has never been for the CRM: no version of any
 * of its records may ever show it. What was typed before is judged at the end alone: when a pass learnt of the privacy, nobody outside can tell.
 */
export class Secrets {
  readonly rule: PrivacyRule;
  private readonly world: World;
  private readonly ledger: Ledger;
  /** Typed behind the mask, by event. */
  private readonly behind = new Map<string, Set<string>>();
  private readonly seen: string[] = [];
  private readonly scribbled = new Map<string, number>();

  constructor(world: World, ledger: Ledger, rule: PrivacyRule) {
    this.world = world;
    this.ledger = ledger;
    this.rule = rule;
    // Every version that the CRM's store ever holds, not only the last.
    world.crm.onChange(({ record }) => {
      if (record.table !== 'Contact' || rule === 'full') return;
      for (const value of valuesOf(shownInCrm({ id: '', deleted: false, values: record.values }))) {
        if ([...this.behind.values()].some((values) => values.has(value))) this.seen.push(`the CRM was shown ${value}, which was only ever private`);
      }
    });
  }

  /** What was noted before the event had an id. */
  forget(id: string): void {
    this.behind.delete(id);
  }

  get hides(): boolean {
    return this.rule !== 'full';
  }

  /** A person made or changed an event; null: it is new. */
  noteOutlook(before: Event | null, after: Event): void {
    if (!isPrivate(after)) {
      this.behind.delete(after.id);
      return;
    }
    if (this.hides) this.ledger.hide(String((before ?? after)['subject']));
    const was = new Set(before === null ? [] : valuesOf(shownInOutlook(before)));
    const typed = this.behind.get(after.id) ?? new Set<string>();
    for (const value of valuesOf(shownInOutlook(after))) if (!was.has(value)) typed.add(value);
    this.behind.set(after.id, typed);
  }

  isHidden(event: Record<string, unknown>): boolean {
    return this.hides && isPrivate(event);
  }

  /** Three times a day a mask is put right, then not before tomorrow. */
  mayScribble(recordId: string): boolean {
    const count = (this.scribbled.get(recordId) ?? 0) + 1;
    this.scribbled.set(recordId, count);
    return count <= 3;
  }

  isMask(values: Readonly<Record<string, string>>): boolean {
    return this.hides && values['Private'] === 'true';
  }

  /** What must never be, at every moment. */
  breaches(): string[] {
    return this.seen.slice(0, 3);
  }

  /** At the end nothing of a private item is in the CRM or in the conflict log beyond what the rule allows, and what it allows is there. */
  async differences(present: readonly Employee[], everOff: boolean): Promise<string[]> {
    const problems: string[] = [];
    const kept = this.hides ? JSON.stringify((await this.world.conflicts()).map(({ value }) => value)) : '';
    for (const employee of present) {
      const events = this.world.outlook(employee).events().filter((event) => event['isOrganizer'] !== false);
      const records = this.world.crmUser(employee).activities().filter(({ values }) => values['FreeC2'] !== 'published');
      if (!this.hides) {
        for (const event of events) {
          const twin = records.find(({ values }) => this.ledger.rootOf(values['Subject'] ?? '') === this.ledger.rootOf(String(event['subject'])));
          if (twin !== undefined && isPrivate(event) !== (twin.values['Private'] === 'true')) problems.push(`${employee.mail}: ${String(event['subject'])} is private on one side alone`);
        }
        continue;
      }
      const hidden = events.filter(isPrivate);
      const text = JSON.stringify(records.map((record) => valuesOf(shownInCrm(record))));
      for (const value of hidden.flatMap((event) => valuesOf(shownInOutlook(event)))) {
        if (text.includes(JSON.stringify(value))) problems.push(`${employee.mail}: the CRM shows ${value}, which is private in Outlook`);
        if (kept.includes(JSON.stringify(value))) problems.push(`${employee.mail}: the conflict log has ${value}, which is private in Outlook`);
      }
      const masks = records.filter(({ values }) => this.isMask(values)).map((record) => shownInCrm(record));
      // Whose event was deleted while deletion was off is a mask that nobody follows any more.
      const followed = everOff ? masks.filter((mask) => hidden.some((event) => timeOf(shownInOutlook(event)) === timeOf(mask))) : masks;
      for (const mask of followed) if (tellsSomething(mask)) problems.push(`${employee.mail}: a mask shows ${JSON.stringify(mask)}`);
      problems.push(...this.masksMissing(employee, hidden.map(shownInOutlook), masks, everOff));
    }
    return problems;
  }

  /** One mask for every private event that has a record, none beside. */
  private masksMissing(employee: Employee, hidden: readonly Shown[], masks: readonly Shown[], everOff: boolean): string[] {
    if (this.rule === 'off') return masks.length > hidden.length && !everOff ? [`${employee.mail}: ${masks.length} masks for ${hidden.length} private events`] : [];
    const left = masks.map(timeOf);
    const missing = hidden.filter((shown) => {
      const at = left.indexOf(timeOf(shown));
      if (at >= 0) left.splice(at, 1);
      return at < 0 && !this.ledger.maySurviveOn('graph', this.ledger.rootOf(shown.subject), everOff);
    });
    return [...missing.map((shown) => `${employee.mail}: no mask in the CRM for ${shown.subject} (${timeOf(shown)})`), ...(everOff ? [] : left.map((time) => `${employee.mail}: a mask in the CRM for nothing in Outlook (${time})`))];
  }
}

/** More than a mask may: when it is, and how it is shown. */
export function tellsSomething({ subject, place, body, categories, order, caseNo, keyAccount }: Shown): boolean {
  return subject !== MASK || place !== '' || body !== '' || categories.length > 0 || order !== undefined || caseNo !== undefined || keyAccount !== undefined;
}

function timeOf({ when, showAs }: Shown): string {
  return `${when} ${showAs}`;
}

/** The values that people type; each is typed once in a history. */
function valuesOf({ subject, place, body, categories, order = '', caseNo = '' }: Shown): string[] {
  return [subject, place, body, ...categories, order, caseNo].filter((value) => value !== '' && value !== MASK);
}
