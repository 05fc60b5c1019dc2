/**
 * The block that an online meeting leaves in a body. It belongs to the provider: Graph ends the online meeting of an event whose body comes back
 * without it, so such a body must never be replaced by what the CRM holds of it.
 */
const meetingLinks = [
  /teams\.(?:microsoft|live)\.(?:com|us)\/(?:l\/meetup-join|meet)\//i,
  /\bzoom(?:gov)?\.(?:us|com)\/(?:j|w|s|my)\//i,
  /\bwebex\.com\/(?:meet|join|j\.php|[^\s"'<>/]{1,80}\/j\.php)/i,
  /\bmeet\.google\.com\/[a-z]/i,
  /\b(?:meet\.goto|gotomeet|gotomeeting)\.(?:com|me)\/./i,
  /\bmeet\.lync\.com\/./i,
];

/** Whether a link leads into an online meeting, also inside of a link checker's. */
export function isMeetingLink(href: string): boolean {
  const plain = href.replace(/%2f/gi, '/');
  return meetingLinks.some((link) => link.test(plain));
}

/** Whether a text holds such a block: the line of underscores that Teams and Zoom draw around it, or the Teams link that Exchange looks for. */
export function holdsMeetingBlock(text: string): boolean {
  return text.includes('_'.repeat(40)) || /meetup-join/i.test(text);
}
