import { describe, expect, it } from 'vitest';
import type { Shown } from '../../../local/playground/page/appointment.ts';
import { counterpartOf, isCarried, look, noteEdit, NOTHING_SEEN, type BothSides, type Look, type Watch } from '../../../local/playground/page/arrivals.ts';

const item = (id: string, changes: Partial<Shown> = {}): Shown => ({
  id, madeFor: null, organizer: null, own: null, traits: [], looks: [], isAwaited: true, isPrivate: false, invited: [], subject: 'Visit', place: '', body: '', showAs: 'busy', reminder: 15, categories: [], allDay: false,
  start: '2026-11-24T09:00', end: '2026-11-24T10:00', ...changes,
}); // prettier-ignore

/** Looks one second after the other. */
function looks(...sides: BothSides[]): Look[] {
  let watch: Watch = NOTHING_SEEN;
  return sides.map((both, i) => {
    const found = look(watch, both, i * 1_000);
    watch = found.watch;
    return found;
  });
}

const BOTH = { outlook: [item('o')], crm: [item('c')] };

describe('what both sides hold', () => {
  it('is in step where both say the same, whatever the order of categories and the spaces in the text', () => {
    const [found] = looks({ outlook: [item('o', { categories: ['A', 'B'], body: 'one\ntwo ' })], crm: [item('c', { categories: ['B', 'A'], body: 'one two' })] });
    expect([...found!.standings]).toEqual([['outlook:o', 'inStep'], ['crm:c', 'inStep']]);
  });

  it('is linked one to one where two appointments say the same', () => {
    const [found] = looks({ outlook: [item('o1'), item('o2')], crm: [item('c1')] });
    expect(found!.standings.get('outlook:o1')).toBe('inStep');
    expect(found!.standings.get('outlook:o2')).toBe('here');
  });

  it('is awaited by nobody where it stood on one side from the first look', () => {
    const found = looks({ outlook: [item('o')], crm: [] }, { outlook: [item('o')], crm: [] });
    expect(found[1]!.standings.get('outlook:o')).toBe('here');
    expect(found[1]!.watch.transits.size).toBe(0);
  });
});

describe('a new appointment', () => {
  it('is on its way until the other side shows it, and tells how long that took', () => {
    const found = looks({ outlook: [], crm: [] }, { outlook: [item('o')], crm: [] }, { outlook: [item('o')], crm: [] }, { outlook: [item('o')], crm: [item('c', { madeFor: 'p' })] });
    expect(found[2]!.standings.get('outlook:o')).toBe('onItsWay');
    expect(found[3]!.arrivals).toEqual([{ from: 'outlook', what: 'new', subject: 'Visit', since: 1_000, tookMs: 2_000 }]);
    expect(found[3]!.watch.transits.size).toBe(0);
  });

  it('arrives although it was edited while it was created', () => {
    const made = { outlook: [item('o', { subject: 'Later' })], crm: [item('c', { madeFor: 'p' })] };
    const found = looks({ outlook: [], crm: [] }, { outlook: [item('o')], crm: [] }, made, { ...made, crm: [item('c', { madeFor: 'p', subject: 'Later' })] });
    expect(found[2]!.watch.transits.size).toBe(1);
    expect(found[3]!.arrivals).toHaveLength(1);
    expect(found[3]!.standings.get('crm:c')).toBe('inStep');
  });

  it('is awaited by nobody where the other side is not to show it', () => {
    const found = looks({ outlook: [], crm: [] }, { outlook: [item('o', { isAwaited: false })], crm: [] });
    expect(found[1]!.standings.get('outlook:o')).toBe('here');
  });

  it('that was removed before it arrived is forgotten', () => {
    const found = looks({ outlook: [], crm: [] }, { outlook: [item('o')], crm: [] }, { outlook: [], crm: [] });
    expect(found[2]!.watch.transits.size).toBe(0);
    expect(found[2]!.arrivals).toEqual([]);
  });
});

describe('a change', () => {
  it('is on its way from the side that changed', () => {
    const found = looks(BOTH, { ...BOTH, crm: [item('c', { place: 'Kiel' })] }, { outlook: [item('o', { place: 'Kiel' })], crm: [item('c', { place: 'Kiel' })] });
    expect([...found[1]!.watch.transits.values()]).toEqual([{ from: 'crm', what: 'change', subject: 'Visit', since: 1_000 }]);
    expect(found[2]!.arrivals).toEqual([{ from: 'crm', what: 'change', subject: 'Visit', since: 1_000, tookMs: 1_000 }]);
  });

  it('made on this page counts from the moment it was made', () => {
    const first = look(NOTHING_SEEN, BOTH, 0);
    const noted = noteEdit(first.watch, 'outlook', 'o', { what: 'change', subject: 'Visit', since: 400 });
    const changed = { start: '2026-11-24T11:00', end: '2026-11-24T12:00' };
    const found = look(noted, { outlook: [item('o', changed)], crm: [item('c', changed)] }, 1_000);
    expect(found.arrivals).toEqual([{ from: 'outlook', what: 'change', subject: 'Visit', since: 400, tookMs: 600 }]);
  });
});

describe('a deletion', () => {
  it('is on its way until the other side has let go', () => {
    const found = looks(BOTH, { outlook: [], crm: [item('c')] }, { outlook: [], crm: [] });
    expect(found[1]!.standings.get('crm:c')).toBe('onItsWay');
    expect(found[2]!.arrivals).toEqual([{ from: 'outlook', what: 'deletion', subject: 'Visit', since: 1_000, tookMs: 1_000 }]);
  });

  it('of what stood alone is awaited by nobody', () => {
    const found = looks({ outlook: [item('o')], crm: [] }, { outlook: [], crm: [] });
    expect(found[1]!.watch.transits.size).toBe(0);
  });
});

describe('a private appointment', () => {
  const own = item('o', { isPrivate: true, isAwaited: false, place: 'Elsewhere' });
  const mask = item('c', { isPrivate: true, isAwaited: false, madeFor: 'p', subject: 'Private appointment', place: '' });

  it('is in step with a mask of the same times, and with no other record', () => {
    const [found] = looks({ outlook: [own], crm: [item('other', { isPrivate: true, start: '2026-11-24T08:00' }), mask] });
    expect([...found!.standings]).toEqual([['outlook:o', 'inStep'], ['crm:c', 'inStep'], ['crm:other', 'here']]);
    expect(counterpartOf(found!.watch, { outlook: [own], crm: [mask] }, 'outlook', 'o')).toEqual(mask);
  });

  it('is on its way until the record is private, although both say the same as before', () => {
    const noted = noteEdit(look(NOTHING_SEEN, BOTH, 0).watch, 'outlook', 'o', { what: 'change', subject: 'Visit', since: 100 });
    const hidden = item('o', { isPrivate: true, isAwaited: false });
    const first = look(noted, { outlook: [hidden], crm: [item('c')] }, 1_000);
    expect([first.standings.get('outlook:o'), first.arrivals]).toEqual(['onItsWay', []]);
    const second = look(first.watch, { outlook: [hidden], crm: [mask] }, 2_000);
    expect([second.standings.get('outlook:o'), second.arrivals]).toMatchObject(['inStep', [{ tookMs: 1_900 }]]);
  });

  it('whose record differs is awaited by nobody: the rule may let it rest', () => {
    const found = looks({ outlook: [own], crm: [mask] }, { outlook: [{ ...own, start: '2026-11-24T08:30' }], crm: [mask] });
    expect(found[1]!.standings.get('outlook:o')).toBe('here');
    expect(found[1]!.watch.transits.size).toBe(0);
  });
});

describe('an edit made on this page', () => {
  it('is awaited where the other side is to say something else', () => {
    expect(isCarried('crm', item('c'), item('c', { place: 'Kiel' }))).toBe(true);
    expect(isCarried('outlook', item('o'), item('o', { isPrivate: true }))).toBe(true);
    expect(isCarried('crm', item('c'), item('c', { isPrivate: true }))).toBe(false);
    expect(isCarried('outlook', item('o', { isPrivate: true }), item('o', { isPrivate: true, place: 'Kiel' }))).toBe(false);
    expect(isCarried('crm', item('c'), item('c', { invited: [{ key: null, name: '', address: 'a@b.example.com', role: 'required', answer: null }] }))).toBe(false);
  });
});
