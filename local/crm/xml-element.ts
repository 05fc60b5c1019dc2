/** One element of a request or an answer. Text stands among the children, unescaped. */
export interface XmlElement {
  name: string;
  attributes: Record<string, string>;
  children: (XmlElement | string)[];
}

export function element(
  name: string,
  attributes: Record<string, string> = {},
  children: (XmlElement | string)[] = [],
): XmlElement {
  return { name, attributes, children };
}

export function childElements(parent: XmlElement): XmlElement[] {
  return parent.children.filter((child) => typeof child !== 'string');
}

export function textOf(parent: XmlElement): string {
  let text = '';
  for (const child of parent.children) text += typeof child === 'string' ? child : textOf(child);
  return text;
}
