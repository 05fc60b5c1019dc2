import { AsyncLocalStorage } from 'node:async_hooks';
import type { OperationDetails, StorageOperation } from '../../local/state/operation.ts';
import { TABLES } from '../../shared/config/names.ts';
import type { Row } from '../../shared/sync/ports.ts';
import { keys, type Lease } from '../../shared/sync/rows.ts';
import { withProperties } from '../world/additional-fields.ts';
import { shownInCrm, shownInOutlook, type Shown } from '../world/judge.ts';
import { isRecurring } from './recurring-subjects.ts';
import type { World } from '../world/world.ts';

/** One delivery of a message to one worker, from its beginning to its end. */
export interface Delivery {
  readonly instance: string;
  /** The mailbox's partition, once this delivery has taken it. */
  partition: string | null;
}

/** Values that the people of a history make unique: what was replaced by one of them is over. Additional fields are emptied, too, and may be empty again. */
const TELLING = ['subject', 'place', 'body', 'categories', 'order', 'caseNo'] as const;

/**
 * Looks on while a history goes on, because most damage is mended by whatever comes next:
 * - two workers are never at work in one mailbox: whoever sends a request for it is the one who took its lease last and has not released it, and no
 *   request of another is still on its way;
 * - what was replaced on a side never comes back there: only an old reading that counts as new, or a write without a guard, brings it.
 */
export class Watch {
  readonly problems: string[] = [];
  private readonly deliveries = new AsyncLocalStorage<Delivery>();
  private readonly holders = new Map<string, Delivery>();
  /** By mailbox, one entry per request. */
  private readonly onTheWay = new Map<string, Delivery[]>();
  /** By mailbox, how many changes its store had seen when it was looked at last. */
  private readonly looked = new Map<string, number>();
  /** Whether anything in the CRM changed since it was looked at last; null before the first look. */
  private crmMoved: boolean | null = null;
  private readonly values = new Map<string, { now: string; readonly before: Set<string> }>();

  /** Everything that comes of one delivery runs in here. */
  readonly during = <T>(instance: string, work: () => Promise<T>): Promise<T> => this.deliveries.run({ instance, partition: null }, work);

  /** The delivery that what happens now belongs to. */
  current(): Delivery | undefined {
    return this.deliveries.getStore();
  }

  /** The storage's own order of things: who took the lease of which mailbox, and who let it go. */
  stored(op: StorageOperation, { place, partition, changes }: OperationDetails): void {
    const delivery = this.deliveries.getStore();
    if (op !== 'tables.transact' || place !== TABLES.mailbox || partition === undefined || delivery === undefined) return;
    for (const change of changes ?? []) {
      if (change.op === 'delete' || change.row.rowKey !== keys.lease) continue;
      const lease = leaseIn(change.row);
      delivery.partition = partition;
      if (lease.holder === '') this.holders.delete(partition);
      else this.holders.set(partition, delivery);
    }
  }

  /** A request to one of the two systems leaves, and is on its way until it is answered or its connection is closed. */
  async sent<T>(request: Request, send: () => Promise<T>): Promise<T> {
    const delivery = this.deliveries.getStore();
    if (delivery === undefined || delivery.partition === null) return send();
    const { partition } = delivery;
    const holder = this.holders.get(partition);
    const told = `${delivery.instance} sends ${request.method} for the mailbox ${partition.split('|')[1]}`;
    if (holder !== delivery) this.problems.push(`two at work: ${told}, which ${holder === undefined ? 'it has let go' : `${holder.instance} has taken over`}`);
    const onTheirWay = this.onTheWay.get(partition) ?? [];
    const other = onTheirWay.find((one) => one !== delivery);
    if (other !== undefined) this.problems.push(`two at work: ${told}, while a request of ${other.instance} for it is on its way`);
    this.onTheWay.set(partition, onTheirWay);
    onTheirWay.push(delivery);
    try {
      return await send();
    } finally {
      onTheirWay.splice(onTheirWay.indexOf(delivery), 1);
    }
  }

  /** Both systems as they stand now. @param masks where records are masked and shown again, values come back in the CRM by rule. */
  look(world: World, masks: boolean): void {
    const inCrm = this.hasMoved(world);
    for (const employee of world.employees) {
      const changes = world.graph.changes(employee.id);
      if (this.looked.get(employee.id) !== changes) for (const event of world.graph.events(employee.id)) if (event.row['isOrganizer'] !== false) this.compare('Outlook', String(event.row['id']), shownInOutlook(withProperties(event)));
      this.looked.set(employee.id, changes);
      if (!masks && inCrm) for (const activity of world.crmUser(employee).all()) if (activity.values['FreeC2'] !== 'published') this.compare('the CRM', activity.id, shownInCrm(activity));
    }
  }

  private hasMoved(world: World): boolean {
    if (this.crmMoved === null) world.crm.onChange(() => (this.crmMoved = true));
    const moved = this.crmMoved ?? true;
    this.crmMoved = false;
    return moved;
  }

  private compare(where: string, id: string, shown: Shown): void {
    // A series gives its occurrences its own values again, where a client resets its exceptions.
    if (isRecurring(shown.subject)) return;
    for (const member of TELLING) {
      const value = String(shown[member] ?? '');
      const key = `${where} ${id} ${member}`;
      const known = this.values.get(key);
      if (known === undefined) this.values.set(key, { now: value, before: new Set() });
      else if (known.now !== value) {
        if (known.before.has(value) && shown[member] !== undefined) this.problems.push(`a value came back: the ${member} ${JSON.stringify(value)} had been replaced in ${where} and stands there again instead of ${JSON.stringify(known.now)}`);
        known.before.add(known.now);
        known.now = value;
      }
    }
  }
}

/** Of any version: the next one's rows have another shape (run/next.mjs). */
export function leaseIn(row: Row): Lease {
  const value = JSON.parse(String(row.cells['data'])) as Lease & { readonly next?: Lease };
  return value.next ?? value;
}
