import { parseArgs } from 'node:util';

export interface ProbeOptions {
  readonly tenantId: string;
  /** Entra object id of the mailbox that may be spoilt. */
  readonly mailboxId: string;
  /** The one address that may be invited. */
  readonly guest: string | null;
  /** E-mail address 1 of the test rep; without it nothing is asked of the CRM. */
  readonly rep: string | null;
  /** A mailbox with more events than this is taken for somebody's. */
  readonly most: number;
  /** Lines of docs/assumptions.md; empty = all. */
  readonly only: readonly string[];
  readonly json: boolean;
  /** Where the adapted rules go. */
  readonly rulesFile: string | null;
  /** A token for Graph in place of the connector's identity. */
  readonly tokenFile: string | null;
}

/** Not a mistake of the program: the command cannot be carried out as it was given. One sentence. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export const USAGE = `npm run probe -- --tenant <tenant id> --mailbox <object id> --disposable <the same object id> [--guest <address>] [--rep <address>]
  [--events <number>] [--only <lines>] [--json] [--rules <file>] [--token-file <file>]`;

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ADDRESS = /^[^\s;="<>']+@[^\s;="<>']+$/;
/** Nobody lives in a calendar with fewer. */
const MOST = 25;

/** Throws Refused. */
export function readOptions(args: readonly string[]): ProbeOptions {
  const values = parsed(args);
  const tenantId = guid(values.tenant, '--tenant');
  const mailboxId = guid(values.mailbox, '--mailbox');
  // Said twice, because everything in it may be lost and a wrong letter is soon typed.
  if (values.disposable?.toLowerCase() !== mailboxId) throw new Refused('The probe writes into the mailbox and deletes there: say --disposable with the same object id as --mailbox, if nobody needs what is in it.');
  const most = values.events === undefined ? MOST : Number(values.events);
  if (!Number.isInteger(most) || most < 0) throw new Refused('--events is a whole number.');
  return {
    tenantId,
    mailboxId,
    guest: address(values.guest, '--guest'),
    rep: address(values.rep, '--rep'),
    most,
    only: (values.only ?? '').split(',').map((line) => line.trim()).filter((line) => line !== ''),
    json: values.json === true,
    rulesFile: values.rules ?? null,
    tokenFile: values['token-file'] ?? null,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        tenant: { type: 'string' },
        mailbox: { type: 'string' },
        disposable: { type: 'string' },
        guest: { type: 'string' },
        rep: { type: 'string' },
        events: { type: 'string' },
        only: { type: 'string' },
        json: { type: 'boolean' },
        rules: { type: 'string' },
        'token-file': { type: 'string' },
      },
    }).values;
  } catch {
    throw new Refused(`An option is not understood. ${USAGE}`);
  }
}

function guid(value: string | undefined, option: string): string {
  const id = value?.toLowerCase() ?? '';
  if (!GUID.test(id)) throw new Refused(`${option} is missing, or no id as Entra shows it. ${USAGE}`);
  return id;
}

function address(value: string | undefined, option: string): string | null {
  if (value === undefined) return null;
  if (!ADDRESS.test(value)) throw new Refused(`${option} is no mail address.`);
  return value;
}
