import { canonicalText } from '../model/text/canonical-text.ts';
import type { TenantRules } from './rules.ts';

/**
 * The line by which an event leads to its activity in CRM.web (scope G4). It is ours and nobody's text: where it is read it is taken out, whether or not
 * the rule still adds it.
 */
export interface WebLink {
  readonly show: 'off' | 'property' | 'body';
  readonly guests: boolean;
  /** The address of a record in CRM.web; `hex`: 16 lower-case digits, `id`: decimal. */
  address(record: { readonly hex: string; readonly id: string }): string;
  /** The line as an element of HTML. */
  html(address: string): string;
  /** Canonical text without the line; what somebody wrote around it stays. */
  strip(text: string): string;
}

type Rules = { readonly crm: Pick<TenantRules['crm'], 'webUrl' | 'profile'>; readonly appointments: Pick<TenantRules['appointments'], 'webLink'> };

/** Null where no address of CRM.web is known: there is no such line anywhere. */
export function webLinkOf({ crm, appointments: { webLink: { show, guests, label, template: given } } }: Rules): WebLink | null {
  const infoArea = crm.profile['activity']?.infoArea ?? 'MA';
  const template = given ?? (crm.webUrl === undefined ? undefined : `${crm.webUrl.replace(/\/+$/, '')}/crm/expand?uid=${infoArea}%3Bx{hex}&mode=Show&infoAreaId=${infoArea}`);
  if (template === undefined) return null;
  // An editor may write the address's signs otherwise, and put the address behind its own words.
  const address = escapePattern(template).replaceAll('%3B', '(?:%3B|;)').replaceAll('\\{hex\\}', '[0-9a-f]{16}').replaceAll('\\{id\\}', '\\d{1,20}');
  const line = new RegExp(`${escapePattern(label).replace(/ +/g, '[ \\u00a0]+')}[ \\u00a0]?:[ \\u00a0]*<?${address}>?(?:[ \\u00a0]*<${address}>)?`, 'giu');
  return {
    show,
    guests,
    address: ({ hex, id }) => template.replaceAll('{hex}', hex).replaceAll('{id}', id),
    html: (link) => `<div>${escapeHtml(label)}: <a href="${escapeHtml(link)}">${escapeHtml(link)}</a></div>`,
    strip(text) {
      if (text.search(line) < 0) return text;
      const lines = text.split('\n').flatMap((one) => {
        const rest = one.replace(line, '');
        return rest !== one && rest.trim() === '' ? [] : [rest];
      });
      return canonicalText(lines.join('\n'));
    },
  };
}

function escapePattern(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
