import { CASE, categoriesOf, KEY_ACCOUNT, ORDER, type AdditionalFields } from '../world/additional-fields.ts';
import { shownInCrm, shownInOutlook, type Shown } from '../world/judge.ts';
import type { Employee, WorldOptions } from '../world/world.ts';
import type { Side } from '../../shared/sync/ports.ts';
import { loadTransforms } from '../../shared/model/transform.ts';
import type { Change, Office } from './people.ts';
import { isRecurring } from './recurring-subjects.ts';
import type { Companion } from './sorts.ts';

export const CRM_FIELDS: NonNullable<WorldOptions['crmFields']> = {
  'Contact.OrderNo': { type: 'C', length: 20 },
  'Contact.CaseNo': { type: 'L' },
  'Contact.KeyAccount': { type: 'B' },
};

const RULES = [
  { outlook: { property: ORDER }, crm: { field: 'OrderNo', type: 'C', length: 20 } },
  { outlook: { property: CASE }, crm: { field: 'CaseNo', type: 'L' }, transform: '$number($substringAfter($, "T-"))', transformBack: '"T-" & $string($)' },
  { outlook: { category: KEY_ACCOUNT }, crm: { field: 'KeyAccount', type: 'B' } },
];

const MEMBERS = ['order', 'caseNo', 'keyAccount'] as const satisfies readonly (keyof AdditionalFields)[];

interface LastEdit {
  readonly side: Side;
  readonly value: string;
  /** People of the other side had a hand in it, too. */
  readonly contested: boolean;
}

/**
 * People fill in additional fields on both sides. They are judged like others: what both sides show, what an edit replaced and what came back (judge.ts, ledger.ts,
 * watch.ts). What is emptied, and a yes or no, cannot be told apart for ever: where only people of one side changed it, it is there as they left it.
 */
export class Additional implements Companion {
  private readonly office: () => Office;
  private readonly last = new Map<string, LastEdit>();

  constructor(office: () => Office) {
    this.office = office;
    const { rules } = office().world;
    rules['appointments'] = { ...(rules['appointments'] as object | undefined), fields: RULES };
  }

  /** It comes from disk, in real time: virtual time must not run ahead of it. */
  async ready(): Promise<void> {
    await loadTransforms();
  }

  /** How many kinds of changes there are (`change`). */
  readonly kinds = 4;

  /** What a person changes. Every value but a yes or no is unique. */
  change(kind: number, n: number, dice: () => number): Change {
    const order = (value: string): Change => ({ patch: { singleValueExtendedProperties: [{ id: ORDER, value }] }, values: { OrderNo: value } });
    const caseNo = (value: string): Change => ({ patch: { singleValueExtendedProperties: [{ id: CASE, value: value === '' ? '' : `T-${value}` }] }, values: { CaseNo: value } });
    switch (kind) {
      case 0:
        return order(`O${n} & <ü>`);
      case 1:
        return caseNo(String(n));
      case 2: {
        const set = dice() < 0.6;
        return { patch: { keyAccount: set }, values: { KeyAccount: set ? 'true' : 'false' } };
      }
      default:
        return dice() < 0.5 ? order('') : caseNo('');
    }
  }

  /** The patch as Outlook sends it: a category is set or taken away beside the others that are there, and whoever types others leaves it. */
  asPatch(event: Record<string, unknown>, { keyAccount, ...patch }: Readonly<Record<string, unknown>>): Record<string, unknown> {
    if (keyAccount === undefined && patch['categories'] === undefined) return patch;
    const others = categoriesOf(patch['categories'] === undefined ? event : patch).filter((name) => name !== KEY_ACCOUNT);
    const isSet = keyAccount ?? categoriesOf(event).includes(KEY_ACCOUNT);
    return { ...patch, categories: isSet === true ? [...others, KEY_ACCOUNT] : others };
  }

  edited(side: Side, before: Shown, after: Shown): void {
    for (const member of MEMBERS) {
      if (before[member] === after[member]) continue;
      const name = `${this.office().ledger.rootOf(before.subject)} ${member}`;
      const known = this.last.get(name);
      this.last.set(name, { side, value: after[member] ?? '', contested: known !== undefined && (known.contested || known.side !== side) });
    }
  }

  step(): void {
    // They are changed by whoever changes anything (people.ts).
  }

  heal(): void {
    // Nothing was broken.
  }

  differences(present: readonly Employee[]): string[] {
    const { world, ledger, meetings } = this.office();
    return present.flatMap((employee) => {
      const shown = {
        graph: world.outlook(employee).events().filter((event) => event['isOrganizer'] !== false).map(shownInOutlook),
        crm: world.crmUser(employee).activities().filter(({ values }) => values['FreeC2'] !== 'published').map((activity) => shownInCrm(activity)),
      };
      return (['graph', 'crm'] as const).flatMap((side) =>
        shown[side].filter(({ subject }) => !isRecurring(subject)).flatMap((one) => {
          const item = ledger.rootOf(one.subject);
          if (ledger.wasHidden(item) || world.employees.some((other) => (meetings?.timesGiven(other, item) ?? 0) > 0)) return [];
          return MEMBERS.flatMap((member) => {
            const last = this.last.get(`${item} ${member}`);
            if (last === undefined || last.contested || last.side !== side || last.value === (one[member] ?? '')) return [];
            return [`${employee.mail}: the ${member} of ${item} was left as ${JSON.stringify(last.value)} in ${side === 'graph' ? 'Outlook' : 'the CRM'}, nobody else changed it, and ${JSON.stringify(one[member] ?? '')} stands there`];
          });
        }),
      );
    });
  }

  judge(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }
}
