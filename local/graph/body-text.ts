const META = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">';

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** Text becomes an HTML document, line by line, as Exchange's own conversion does it. */
export function htmlFromText(text: string): string {
  if (text === '') return '';
  const lines = text.split(/\r\n|\r|\n/).map((line) => escapeHtml(line).replace(/ {2}/g, '&nbsp; '));
  return document(
    `${META}\r\n<meta name="Generator" content="Microsoft Exchange Server">\r\n<!-- converted from text -->`,
    `<div class="PlainText">${lines.join('<br>\r\n')}</div>`,
  );
}

/** HTML that people or apps send is kept, but always inside html, head and body, with a charset and without scripts. */
export function storedHtml(html: string): string {
  if (html === '') return '';
  const clean = html.replace(/<script\b[\s\S]*?<\/script\s*>/gi, '').replace(/\r\n|\r|\n/g, '\r\n');
  const body = /<body\b[^>]*>([\s\S]*?)<\/body\s*>/i.exec(clean);
  const head = /<head\b[^>]*>([\s\S]*?)<\/head\s*>/i.exec(clean);
  const inner = (body?.[1] ?? clean.replace(/<\/?html\b[^>]*>/gi, '').replace(head?.[0] ?? '', '')).replace(/^\s+|\s+$/g, '');
  const kept = (head?.[1] ?? '').replace(/<meta[^>]*charset[^>]*>/gi, '').trim();
  return document(kept === '' ? META : `${META}\r\n${kept}`, inner);
}

const document = (head: string, body: string): string =>
  `<html>\r\n<head>\r\n${head}\r\n</head>\r\n<body>\r\n${body}\r\n</body>\r\n</html>\r\n`;

export function textFromHtml(html: string): string {
  if (html === '') return '';
  const body = /<body\b[^>]*>([\s\S]*?)<\/body\s*>/i.exec(html)?.[1] ?? html;
  const text = body
    .replace(/<!--[\s\S]*?-->|<style\b[\s\S]*?<\/style\s*>/gi, '')
    .replace(/\s*\r?\n\s*/g, ' ')
    .replace(/<br\b[^>]*>\s?/gi, '\r\n')
    .replace(/<\/(p|div|tr|li|h[1-6]|ul|ol|table)\s*>\s?/gi, '\r\n')
    .replace(/<li\b[^>]*>/gi, '* ')
    .replace(/<[^>]+>/g, '');
  return decodeEntities(text).replace(/\u00a0/g, ' ').replace(/[ \t]+(?=\r\n)/g, '').replace(/^\s+|\s+$/g, '');
}

/** The first 255 characters as text, as `bodyPreview` shows them. */
export const previewOf = (html: string): string => textFromHtml(html).slice(0, 255);

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

function decodeEntities(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|[a-z]+);/gi, (whole, name: string) => {
    if (name.startsWith('#')) {
      const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number.parseInt(name.slice(1), 10);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    }
    return ENTITIES[name.toLowerCase()] ?? whole;
  });
}
