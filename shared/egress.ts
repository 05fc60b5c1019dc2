import { PortFailure, type PortName } from './sync/failures.ts';

export type Wire = (request: Request) => Promise<Response>;

/**
 * The network as one adapter gets it: it leads to the places that settings and rules name and nowhere else, and follows nobody who points elsewhere.
 * Adapters check links of answers themselves, where they know what to do about a wrong one; here nothing gets by, whatever they overlook.
 */
export function onlyTo(wire: Wire, port: PortName, mayGo: (place: URL) => boolean): Wire {
  // No step of its own on the way: the promise of the network is what the caller gets.
  return (request) => (request.redirect === 'manual' && mayGo(new URL(request.url)) ? wire(request) : Promise.reject(heldBack(port)));
}

/** The places of one address: its scheme, host and port. */
export function originOf(address: string): (place: URL) => boolean {
  const { origin } = new URL(address);
  return (place) => place.origin === origin;
}

function heldBack(port: PortName): PortFailure {
  return new PortFailure(port, 'configuration', 'A request to a place that neither settings nor rules name, or one that would follow a redirect, was held back: it was not sent.', { code: 'foreignHost' });
}
