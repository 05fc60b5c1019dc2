import { describe, it, expect } from 'vitest';
import { RoundGuard } from '../../shared/graph/round-guard.ts';
import { PortFailure } from '../../shared/sync/failures.ts';

/** Walks through pages as the engine does; the number of pages taken before the guard said stop, or all of them. */
function walk(guard: RoundGuard, pages: readonly { readonly tells: readonly string[]; readonly next: string | null }[]): number {
  let link: string | null = null;
  for (const [index, page] of pages.entries()) {
    guard.asks(link);
    try {
      guard.takes(page);
    } catch (failure) {
      if (failure instanceof PortFailure && failure.reason === 'gone') return index;
      throw failure;
    }
    link = page.next;
  }
  return pages.length;
}

describe('a round of pages', () => {
  it('may be long, with empty pages in between', () => {
    const pages = Array.from({ length: 50 }, (_, index) => ({ tells: index % 2 === 0 ? [] : [`a${index}`], next: index === 49 ? null : `l${index}` }));
    expect(walk(new RoundGuard(), pages)).toBe(50);
  });

  it('may replay a page once', () => {
    const pages = [
      { tells: ['a', 'b'], next: 'l1' },
      { tells: ['c'], next: 'l2' },
      { tells: ['b', 'a'], next: 'l3' },
      { tells: ['c'], next: null },
    ];
    expect(walk(new RoundGuard(), pages)).toBe(4);
  });

  it('runs in circles when a page is told for the third time, in whatever order', () => {
    const pages = Array.from({ length: 9 }, (_, index) => ({ tells: index % 2 === 0 ? ['a', 'b'] : ['b', 'a'], next: `l${index}` }));
    expect(walk(new RoundGuard(), pages)).toBe(2);
  });

  it('runs in circles when a link comes back', () => {
    const pages = ['l1', 'l2', 'l1', 'l2'].map((next, index) => ({ tells: [`a${index}`], next }));
    expect(walk(new RoundGuard(), pages)).toBe(2);
  });

  it('runs in circles when the link it came by comes back', () => {
    const guard = new RoundGuard();
    guard.asks('l1');
    expect(() => guard.takes({ tells: ['a'], next: 'l1' })).toThrow(PortFailure);
  });

  it('has an end, whatever its pages tell', () => {
    const pages = Array.from({ length: 20 }, (_, index) => ({ tells: [], next: `l${index}` }));
    expect(walk(new RoundGuard(5), pages)).toBe(4);
  });

  it('is counted anew after its end', () => {
    const guard = new RoundGuard();
    for (let round = 0; round < 5; round += 1) {
      guard.asks(`delta${round}`);
      guard.takes({ tells: ['a'], next: `next${round}` });
      guard.asks(`next${round}`);
      guard.takes({ tells: ['a'], next: null });
    }
    expect(guard).toBeInstanceOf(RoundGuard);
  });

  it('may be asked for the same page again when its answer was lost, and begun again from a saved link', () => {
    const guard = new RoundGuard();
    guard.asks('saved');
    guard.takes({ tells: ['a'], next: 'l1' });
    guard.asks('l1');
    guard.asks('l1');
    guard.takes({ tells: ['b'], next: 'l2' });
    guard.asks('saved');
    guard.takes({ tells: ['a'], next: 'l1' });
    guard.asks('l1');
    expect(() => guard.takes({ tells: ['b'], next: 'l2' })).not.toThrow();
  });
});
