import { patternMistakes } from '../../shared/config/link-patterns.ts';
import type { Activity } from '../world/people.ts';
import type { Employee } from '../world/world.ts';
import { Hand, type Office } from './people.ts';
import { isRecurring } from './recurring-subjects.ts';
import type { Companion } from './sorts.ts';

/** A field that no appointment uses: what a condition asks for. */
const HIDDEN = 7;

/**
 * People change types of activities and what a condition asks of them, so that records leave the filter and come back while everything fails. In the
 * evening all of them have come back: then everything must be as if they had never been away. Beside that nothing of theirs may be deleted.
 */
export class Filtered implements Companion {
  private readonly office: Office;
  /** Types as they were, by record. */
  private readonly types = new Map<string, string>();

  constructor(office: Office) {
    this.office = office;
    const { rules } = office.world;
    rules['appointments'] = { ...(rules['appointments'] as object | undefined), types: [1, 3], conditions: [{ field: 'FreeN1', op: '!=', value: String(HIDDEN) }] };
  }

  step(dice: () => number): void {
    if (dice() >= 0.3) return;
    const { world } = this.office;
    const employee = world.employees[Math.floor(dice() * world.employees.length)] ?? world.employee;
    const record = pick(world.crmUser(employee).activities().filter(isOrdinary), dice);
    if (record === undefined) return;
    const { say } = this.office;
    const by = world.crmUser(employee);
    const type = this.types.get(record.id);
    if (type !== undefined) {
      say(`${name(record)} is an appointment again`);
      this.types.delete(record.id);
      by.update(record.id, { Contact: type });
    } else if (record.values['FreeN1'] === String(HIDDEN)) {
      say(`${name(record)} is shown again`);
      by.update(record.id, { FreeN1: '' });
    } else if (dice() < 0.5) {
      say(`${name(record)} becomes a call`);
      this.types.set(record.id, record.values['Contact'] ?? '1');
      by.update(record.id, { Contact: 0 });
    } else {
      say(`${name(record)} is not shown any more`);
      by.update(record.id, { FreeN1: HIDDEN });
    }
  }

  heal(): void {
    const { world } = this.office;
    for (const employee of world.employees) {
      for (const record of world.crmUser(employee).activities()) {
        const type = this.types.get(record.id);
        if (type !== undefined || record.values['FreeN1'] === String(HIDDEN)) world.crmUser(employee).update(record.id, { FreeN1: '', ...(type === undefined ? {} : { Contact: type }) });
      }
    }
    this.types.clear();
  }

  judge(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }
}

const OPPORTUNITIES = [100, 101, 102, 103];

/**
 * People put ids of opportunities into places of appointments, take them out and put in others, some of which do not exist; others link records by hand.
 * What must be in the end follows from the place that the event shows and from what people did to the record by hand.
 */
export class Linked implements Companion {
  private readonly office: Office;
  /** Records that somebody linked by hand: what he wanted may stand there. */
  private readonly byHand = new Map<string, Set<string>>();

  constructor(office: Office) {
    this.office = office;
    const { world } = office;
    for (const seqNo of OPPORTUNITIES) world.crm.act('SYNC').create('Opportunity', { Name: `Opportunity ${seqNo}` }, { statNo: 1, seqNo });
    const { rules } = world;
    rules['appointments'] = { ...(rules['appointments'] as object | undefined), links: [{ from: 'location', infoArea: 'Y1' }] };
  }

  /** What looks for ids comes from disk, in real time: virtual time must not run ahead of it. */
  async ready(): Promise<void> {
    await patternMistakes([{ from: 'location', infoArea: 'Y1' }]);
  }

  async step(dice: () => number): Promise<void> {
    if (dice() >= 0.35) return;
    const { world, say, next } = this.office;
    const employee = world.employees[Math.floor(dice() * world.employees.length)] ?? world.employee;
    if (dice() < 0.25) {
      const record = pick(world.crmUser(employee).activities().filter(isOrdinary), dice);
      if (record === undefined) return;
      const seqNo = dice() < 0.3 ? '' : String(OPPORTUNITIES[Math.floor(dice() * OPPORTUNITIES.length)]);
      say(`${name(record)} is linked by hand to ${seqNo === '' ? 'nothing' : seqNo}`);
      this.byHand.set(record.id, (this.byHand.get(record.id) ?? new Set()).add(seqNo));
      world.crmUser(employee).update(record.id, { OppStatNo: seqNo === '' ? '' : 1, OppSeqNo: seqNo });
      return;
    }
    const event = pick(world.outlook(employee).events().filter((one) => one['isOrganizer'] !== false && one['sensitivity'] === 'normal' && !isRecurring(one['subject'])), dice);
    if (event === undefined) return;
    const seqNo = dice() < 0.2 ? 999 : (OPPORTUNITIES[Math.floor(dice() * OPPORTUNITIES.length)] ?? 0);
    const place = dice() < 0.25 ? `P${next()}` : `P${next()} Y1-1-${seqNo}`;
    await new Hand(this.office, employee, dice).editInOutlook(event.id, { patch: { location: { displayName: place } }, values: {} });
  }

  heal(): void {
    // Nothing was broken.
  }

  judge(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  differences(present: readonly Employee[]): string[] {
    const { world } = this.office;
    const existing = new Set(OPPORTUNITIES.map(String));
    return present.flatMap((employee) => {
      const named = new Map(world.outlook(employee).events().map((event) => [String(event['subject']), idIn(String((event['location'] as { displayName?: string } | null)?.displayName ?? ''))]));
      return world.crmUser(employee).activities().filter(isOrdinary).flatMap((record) => {
        const subject = record.values['Subject'] ?? '';
        // A record that is given to another while its text is edited takes the link along that it has: in the new calendar that was there before.
        const isGiven = world.employees.some((one) => (this.office.meetings?.timesGiven(one, this.office.ledger.rootOf(subject)) ?? 0) > 0);
        if (!named.has(subject) || isGiven) return [];
        const wanted = named.get(subject) ?? '';
        const target = existing.has(wanted) ? wanted : '';
        const there = record.values['OppSeqNo'] === '0' ? '' : (record.values['OppSeqNo'] ?? '');
        return there === target || this.byHand.get(record.id)?.has(there) === true ? [] : [`${employee.mail}: ${subject} names ${wanted || 'nothing'} and leads to ${there || 'nothing'}`];
      });
    });
  }
}

function idIn(place: string): string {
  return /Y1-1-(\d+)/.exec(place)?.[1] ?? '';
}

function isOrdinary({ values }: Activity): boolean {
  return values['FreeC2'] !== 'published' && !isRecurring(values['Subject']) && values['Private'] !== 'true';
}

function pick<T>(from: readonly T[], dice: () => number): T | undefined {
  return from[Math.floor(dice() * from.length)];
}

function name({ id, values }: Activity): string {
  return `${values['Subject'] ?? ''} (${id})`;
}
