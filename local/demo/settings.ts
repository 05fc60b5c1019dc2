import { SETTINGS } from '../../shared/config/names.ts';
import { DEMO_TENANT, DEMO_ZONE, EMPLOYEES, HOUSE } from './people.ts';
import { WINDOW } from './stores.ts';

export type Env = Readonly<Record<string, string | undefined>>;

export interface SimulatedPlaces {
  readonly storage: string;
  readonly graphUrl: string;
  readonly graphToken: string;
  readonly crmPassword: string;
  /** Folder with the tenant's rules. */
  readonly config: string;
  readonly functionKey: string;
  readonly webhookSecret: string;
}

const PASSWORD_SETTING = 'CRM_PASSWORD';

/** Application settings for the simulators. Nothing of the product's own settings is taken over from the shell. */
export function simulatedSettings(env: Env, places: SimulatedPlaces, hostUrl: string): Record<string, string> {
  const own = new Set<string>(Object.values(SETTINGS));
  return {
    ...present(Object.fromEntries(Object.entries(env).filter(([name]) => !own.has(name)))),
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: places.storage,
    HOST_KEYS: JSON.stringify({ default: places.functionKey, master: places.functionKey }),
    [SETTINGS.data]: places.storage,
    [SETTINGS.graphBaseUrl]: places.graphUrl,
    [SETTINGS.graphAuth]: 'local',
    [SETTINGS.graphLocalToken]: places.graphToken,
    [SETTINGS.publicBaseUrl]: hostUrl,
    [SETTINGS.webhookSecret]: places.webhookSecret,
    [SETTINGS.config]: places.config,
    [PASSWORD_SETTING]: places.crmPassword,
  };
}

/** So little that one person sees both guards hold something by hand; the defaults are made for real houses. */
const GUARDS = { deletionGuard: { mailbox: { count: 3, share: 0.05 } }, mailGuard: { recipients: 6 } };

/** The demo tenant's rules, as an operator would write them. */
export function demoRules(crmUrl: string): Record<string, unknown> {
  return {
    tenantId: DEMO_TENANT,
    name: HOUSE,
    crm: { url: `${crmUrl}/interface/request`, user: 'SYNC', passwordSetting: PASSWORD_SETTING, timeZone: DEMO_ZONE },
    appointments: { window: WINDOW },
    // The simulator answers from one copy of the truth, and nobody wants to wait a minute for a deletion that he looks at.
    graph: { readLagSeconds: 2 },
    users: { overrides: EMPLOYEES.map(({ mail, privacy }) => ({ user: mail, appointments: { privacy } })) },
    ...GUARDS,
  };
}

/** Design 7: outside systems are used where both are set. */
export function wantsOutsideSystems(env: Env): boolean {
  return isSet(env[SETTINGS.graphBaseUrl]) && isSet(env[SETTINGS.config]);
}

export interface OutsidePlaces {
  /** The emulator's, where the shell names no storage. */
  readonly storage: string | null;
  readonly functionKey: string;
  readonly webhookSecret: string;
}

/** The shell's settings, with what a first look needs and nobody has to choose. */
export function outsideSettings(env: Env, places: OutsidePlaces, hostUrl: string): Record<string, string> {
  const storage = places.storage ?? env[SETTINGS.data] ?? '';
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    ...(storage === '' ? {} : { AzureWebJobsStorage: storage }),
    ...(places.storage === null ? {} : { [SETTINGS.data]: places.storage }),
    HOST_KEYS: JSON.stringify({ default: places.functionKey, master: places.functionKey }),
    [SETTINGS.publicBaseUrl]: hostUrl,
    [SETTINGS.webhookSecret]: places.webhookSecret,
    ...present(env),
  };
}

export function hasOwnStorage(env: Env): boolean {
  return isSet(env[SETTINGS.data]) || isSet(env[SETTINGS.dataTableServiceUri]);
}

/** The key with which the shell's HOST_KEYS let a function be called; null where the shell has none. */
export function givenFunctionKey(env: Env): string | null {
  const text = env['HOST_KEYS'];
  if (!isSet(text)) return null;
  let keys: unknown;
  try {
    keys = JSON.parse(text);
  } catch {
    keys = null;
  }
  const named = typeof keys === 'object' && keys !== null ? (keys as Record<string, unknown>) : {};
  const key = named['default'] ?? named['master'];
  if (typeof key === 'string' && key !== '') return key;
  throw new Error('HOST_KEYS needs a key named "default", as in {"default": "…", "master": "…"}; unset it and a key is made.');
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function present(env: Env): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => isSet(entry[1])));
}
