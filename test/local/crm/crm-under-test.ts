import { crmSeeder } from '../../../local/crm/seed.ts';
import type { CrmSeeder, SeededRep } from '../../../local/crm/seed.ts';
import { createCrmSimulator } from '../../../local/crm/simulator.ts';
import type { CrmSimulator, CrmSimulatorOptions } from '../../../local/crm/simulator.ts';
import { virtualClock } from './virtual-clock.ts';
import type { VirtualClock } from './virtual-clock.ts';

export const INTERFACE = 'http://crm.example.com/interface/request';

export interface CrmUnderTest {
  clock: VirtualClock;
  crm: CrmSimulator;
  seed: CrmSeeder;
  jane: SeededRep;
  john: SeededRep;
  /** Sends a body as it stands. */
  post(body: string, init?: RequestInit): Promise<Response>;
  /** Sends commands as the master user; answers what stands inside `<response>`. */
  send(commands: string, attributes?: string): Promise<string>;
}

/** A CRM in Vienna with a master user and two reps; answers with plain line feeds unless told otherwise. */
export function crmUnderTest(options: Partial<CrmSimulatorOptions> = {}): CrmUnderTest {
  const clock = virtualClock('2026-11-02T09:00:00Z');
  const crm = createCrmSimulator({
    clock,
    random: () => 0.5,
    timeZone: 'Europe/Vienna',
    logins: [
      { user: 'SYNC', password: 'secret-pwd', master: true },
      { user: 'PLAIN', password: 'plain-pwd' },
    ],
    ...options,
    quirks: { lineEnds: 'lf', ...options.quirks },
  });
  const seed = crmSeeder(crm, 'SYNC');
  const house = seed.company({ Company: 'Our House' });
  const jane = seed.rep({ user: 'JDO', firstName: 'Jane', lastName: 'Doe', email: 'jane.doe@example.com' }, house);
  const john = seed.rep({ user: 'JRO', firstName: 'John', lastName: 'Roe', email: 'john.roe@example.com' }, house);
  crm.resetCounters();
  const post = (body: string, init: RequestInit = {}): Promise<Response> =>
    crm.fetch(
      new Request(INTERFACE, { method: 'POST', body, headers: { 'content-type': 'text/xml; charset=utf-8' }, ...init }),
    );
  return {
    clock,
    crm,
    seed,
    jane,
    john,
    post,
    async send(commands, attributes = '') {
      const response = await post(
        `<request user="SYNC" pwd="secret-pwd" catbynum="true" ${attributes}>${commands}</request>`,
      );
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${response.status} ${text}`);
      const inside = /<root><response[^>]*?(?:\/>|>(.*)<\/response>)<\/root>$/s.exec(text);
      if (inside === null) throw new Error(`This is no answer: ${text}`);
      return inside[1] ?? '';
    },
  };
}

/** A query of one table by a condition, as the connector writes it. */
export function query(table: string, fields: string, conds: string[] = [], attributes = '', flags = ''): string {
  const condition = conds.length === 0 ? '' : `<condition>${conds.join('')}</condition>`;
  const flagged = flags === '' ? '' : ` flags="${flags}"`;
  return (
    `<query ${attributes}><tables><table tablename="${table}"${flagged}/></tables>${condition}` +
    `<fields tablename="${table}" fields="${fields}"/></query>`
  );
}

export function cond(table: string, field: string, op: string, value: string, more = ''): string {
  const escape = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  return `<cond tablename="${table}" fieldname="${field}" op="${escape(op)}" value="${escape(value)}" ${more}/>`;
}
