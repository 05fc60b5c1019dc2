import { Refused } from './refused.ts';

/** Attributes of the request language itself: understood or skipped, never echoed (connector-se 3.3 to 3.7). */
const KNOWN: Record<string, ReadonlySet<string>> = {
  session: words('user pwd domain auth impersonate lang xml:lang ixslt oxslt log logmode noerrorlog xmlns'),
  command: words(
    'catbynum catexkeys catformat dateformatin dateformatout __iflags maxrecords if transaction ' +
      'matchup force_internal_matchup use_configured_matchup',
  ),
  record: words('id matchup'),
  none: words(''),
};
const INTERNAL = words('tablename table tid fieldname field fields fid fnr name alias');
const PROTECTED = words('text code value label upd null locked');

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}

/**
 * The custom attributes, which come back verbatim. A protected name among them is an error [D: connector-se 3.4].
 * Session and command attributes are known on requests and commands alike.
 */
export function customAttributes(
  attributes: Record<string, string>,
  place: 'request' | 'command' | 'record' | 'field',
): Record<string, string> {
  const kinds = place === 'record' ? ['record'] : place === 'field' ? ['none'] : ['session', 'command'];
  const echoed: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('xmlns:') || INTERNAL.has(name) || kinds.some((kind) => KNOWN[kind]?.has(name))) continue;
    if (PROTECTED.has(name)) throw new Refused(500, `The attribute name ${name} is protected; choose another one.`);
    echoed[name] = value;
  }
  return echoed;
}

/** What can be echoed even where a protected name makes the command fail. */
export function withoutProtected(attributes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !PROTECTED.has(name)));
}
