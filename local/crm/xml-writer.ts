import type { XmlElement } from './xml-element.ts';

/** How a line end inside a text leaves: `crlf` raw (a reader makes `\n` of it), `crlf-entity` as `&#xD;` and a line feed. */
export type LineEnds = 'lf' | 'crlf' | 'crlf-entity';

/** Most values hold nothing that must be told otherwise: one look at them is enough. */
const TOLD_OTHERWISE = /[^ !#-%'-;=?-\ud7ff\ue000-\ufffd]/;
const ILLEGAL = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

export function writeXml(root: XmlElement, lineEnds: LineEnds): string {
  const parts: string[] = ['<?xml version="1.0" encoding="utf-8"?>'];
  write(root, lineEnds, parts);
  return parts.join('');
}

function write(element: XmlElement, lineEnds: LineEnds, parts: string[]): void {
  parts.push('<', element.name);
  for (const [name, value] of Object.entries(element.attributes)) parts.push(' ', name, '="', attribute(value), '"');
  if (element.children.length === 0) {
    parts.push('/>');
    return;
  }
  parts.push('>');
  for (const child of element.children) {
    if (typeof child === 'string') parts.push(text(child, lineEnds));
    else write(child, lineEnds, parts);
  }
  parts.push('</', element.name, '>');
}

function text(value: string, lineEnds: LineEnds): string {
  if (!TOLD_OTHERWISE.test(value)) return value;
  const escaped = value
    .replace(ILLEGAL, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/\r\n?/g, '\n');
  if (lineEnds === 'lf') return escaped;
  return escaped.replace(/\n/g, lineEnds === 'crlf' ? '\r\n' : '&#xD;\n');
}

function attribute(value: string): string {
  if (!TOLD_OTHERWISE.test(value)) return value;
  return value
    .replace(ILLEGAL, '')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;')
    .replace(/\t/g, '&#9;')
    .replace(/\r/g, '&#13;')
    .replace(/\n/g, '&#10;');
}
