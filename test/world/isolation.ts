import type { World, WorldOptions } from './world.ts';

/** What must never stand in a request that is meant for another tenant's systems. */
interface Own {
  readonly origins: readonly string[];
  readonly marks: readonly RegExp[];
}

/**
 * Reads every request of the product on its way out (design 6.9): one to a tenant's Graph or CRM names no mailbox, address, password, tenant or value of another.
 * @param worlds one after the other; values of people are told apart by `values`, in the same order
 */
export function watchIsolation(worlds: () => readonly World[], values: readonly RegExp[], tell: (problem: string) => void): NonNullable<WorldOptions['wire']> {
  let known: readonly Own[] | null = null;
  return async (request, send) => {
    known ??= worlds().map((world, index) => ownOf(world, values[index] ?? /(?!)/));
    const { origin } = new URL(request.url);
    const text = `${request.url}\n${request.body === null ? '' : await request.clone().text()}`;
    for (const other of known) {
      if (other.origins.includes(origin)) continue;
      const mark = other.marks.find((one) => one.test(text));
      if (mark !== undefined) tell(`isolation: a request to ${origin} carries ${String(mark.exec(text)?.[0])}, which is another tenant's`);
    }
    return send(request);
  };
}

function ownOf(world: World, value: RegExp): Own {
  const { crm } = world.rules as { crm: { url: string; passwordSetting: string } };
  const exactly = (text: string): RegExp => new RegExp(`(?<![\\w-])${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w-])`, 'i');
  const names = [world.tenantId, world.env[crm.passwordSetting] ?? '', ...world.employees.flatMap(({ id, mail }) => [id, mail])].filter((name) => name !== '');
  return { origins: [world.graph.baseUrl, new URL(crm.url).origin], marks: [...names.map(exactly), value] };
}
