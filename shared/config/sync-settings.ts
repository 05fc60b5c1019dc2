import { plainElements, XmlMistake } from './plain-xml.ts';

/** What the predecessor let differ from user to user (connector-se 1.18): XML in the field UserSettings of his rep. Left out = as the tenant has it. */
export interface SyncSettings {
  readonly emailAttachments?: 'message' | 'yes' | 'no';
  /** KB; 0 = no limit. */
  readonly emailAttachmentLimit?: number;
  readonly appointmentAttachments?: boolean;
  /** KB; 0 = no limit. */
  readonly appointmentAttachmentLimit?: number;
  readonly syncPrivate?: boolean;
  /** '' = none, though the tenant has one. */
  readonly contactCategory?: string;
}

export interface ReadSettings {
  readonly settings: SyncSettings;
  /** What of it does not count, in words that quote no value: entries that nobody knows, and values that are none. */
  readonly odd: readonly string[];
}

const NONE: ReadSettings = { settings: {}, odd: [] };

type Attribute = (value: string) => Partial<SyncSettings> | null;

const boolean = (make: (yes: boolean) => Partial<SyncSettings>): Attribute => (value) => (value === 'true' || value === 'false' ? make(value === 'true') : null);
const size = (make: (kilobytes: number) => Partial<SyncSettings>): Attribute => (value) => (/^\d{1,9}$/.test(value) ? make(Number(value)) : null);

const KNOWN: Readonly<Record<string, Readonly<Record<string, Attribute>>>> = {
  EmailSync: {
    SyncAttach: (value) => (value === 'save_whole_msg' ? { emailAttachments: 'message' } : value === 'true' ? { emailAttachments: 'yes' } : value === 'false' ? { emailAttachments: 'no' } : null),
    AttachSizeLimit: size((emailAttachmentLimit) => ({ emailAttachmentLimit })),
  },
  AppointSync_Ex2Up: {
    SyncAttach: boolean((appointmentAttachments) => ({ appointmentAttachments })),
    AttachSizeLimit: size((appointmentAttachmentLimit) => ({ appointmentAttachmentLimit })),
    SyncPrivate: boolean((syncPrivate) => ({ syncPrivate })),
  },
  AppointSync_Up2Ex: {},
  ContactSync: { Category: (contactCategory) => (contactCategory.length <= 255 ? { contactCategory } : null) },
};

/**
 * Strict: an entry counts as it is documented or not at all, and whatever does not count is told. A text that cannot be read sets nothing; an empty one
 * is no mistake.
 */
export function parseSyncSettings(text: string): ReadSettings {
  if (text.trim() === '') return NONE;
  try {
    return read(text);
  } catch (error) {
    if (error instanceof XmlMistake) return { settings: {}, odd: [error.message] };
    throw error;
  }
}

function read(text: string): ReadSettings {
  const odd: string[] = [];
  const seen = new Set<string>();
  let settings: SyncSettings = {};
  for (const { name, attributes, depth } of plainElements(text.trim(), 'holds something besides elements and attributes: leave only those')) {
    if (depth === 0) {
      if (name !== 'SyncSettings' || seen.has('')) throw new XmlMistake('must have one root element SyncSettings');
      seen.add('');
      for (const attribute of attributes.keys()) odd.push(`SyncSettings/@${shown(attribute)} is not known`);
      continue;
    }
    const known = depth === 1 && Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
    if (known === undefined || seen.has(name)) {
      odd.push(known === undefined ? `${shown(name)} is not known there` : `${name} stands twice: the first counts`);
      continue;
    }
    seen.add(name);
    for (const [attribute, value] of attributes) {
      const take = Object.hasOwn(known, attribute) ? known[attribute] : undefined;
      const taken = take?.(value.trim());
      if (take === undefined) odd.push(`${name}/@${shown(attribute)} is not known`);
      else if (taken == null) odd.push(`${name}/@${attribute} has a value that it cannot have`);
      else settings = { ...settings, ...taken };
    }
  }
  if (!seen.has('')) throw new XmlMistake('must have one root element SyncSettings');
  return { settings, odd };
}

/** A name out of a foreign text is shown only where it looks like one of a setting. */
function shown(name: string): string {
  return /^[A-Za-z_]\w{0,39}$/.test(name) ? name : 'a name';
}

/** Entries that are understood and change nothing, because nothing of their kind is synchronized yet. */
export function unusedIn({ syncPrivate: _used, ...others }: SyncSettings): string[] {
  const names: Readonly<Record<keyof typeof others, string>> = {
    emailAttachments: 'EmailSync/@SyncAttach',
    emailAttachmentLimit: 'EmailSync/@AttachSizeLimit',
    appointmentAttachments: 'AppointSync_Ex2Up/@SyncAttach',
    appointmentAttachmentLimit: 'AppointSync_Ex2Up/@AttachSizeLimit',
    contactCategory: 'ContactSync/@Category',
  };
  return (Object.keys(names) as (keyof typeof names)[]).filter((name) => others[name] !== undefined).map((name) => names[name]);
}
