import type { Fleet } from '../world/fleet.ts';
import type { World } from '../world/world.ts';

/** Of the rule's default window. */
const DAYS_AHEAD = 180;
/** After so long every instance has read its rules again. */
export const RULES_READ_MS = 35_000;

/**
 * An admin takes in a day more: every mailbox is looked at as a whole, once each instance has read its rules again. Nobody's day is over in a history of
 * hours, so that nothing else casts the nets.
 */
export function castNets(world: World, fleet: Fleet): void {
  widenWindow(world);
  world.clock.after(RULES_READ_MS, () => fleet.runJob('reconcile'));
}

export function widenWindow({ rules }: World): void {
  const appointments = rules['appointments'] as { readonly window?: { readonly daysAhead: number } } | undefined;
  rules['appointments'] = { ...appointments, window: { daysAhead: (appointments?.window?.daysAhead ?? DAYS_AHEAD) + 1 } };
}
