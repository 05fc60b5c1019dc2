import { describe, expect, it } from 'vitest';
import { planFiles, type FileRules, type PairFile } from '../../shared/sync/files-plan.ts';
import type { Attachment } from '../../shared/sync/ports.ts';

const RULES: FileRules = { largest: 1_000, types: [], exceptTypes: [], mark: '' };

const file = (id: string, more: Partial<Attachment> = {}): Attachment => ({ id, kind: 'file', name: 'a.txt', type: 'text/plain', size: 10, modified: '2026-11-23T08:00:00Z', inline: false, ...more });

const plan = (attachments: readonly Attachment[], members: Readonly<Record<string, PairFile>> = {}, more: { withheld?: boolean; isPrivate?: boolean; rules?: Partial<FileRules> } = {}) =>
  planFiles({ pairId: 'pair', members, attachments, withheld: more.withheld ?? false, isPrivate: more.isPrivate ?? false, rules: { ...RULES, ...more.rules } });

/** What is known of these attachments once their documents are made. */
const made = (...attachments: readonly Attachment[]): Record<string, PairFile> =>
  Object.fromEntries(plan(attachments).steps.map(({ id, member }, index) => [id, { ...member, document: String(index), link: String(100 + index) }]));

const kinds = (result: ReturnType<typeof plan>): string[] => result.steps.map((step) => step.kind);

describe('the plan for attachments', () => {
  it('makes what is new, does nothing where all is as it was, and takes away what is gone', () => {
    expect(kinds(plan([file('1'), file('2')]))).toEqual(['create', 'create']);
    expect(plan([file('1')], made(file('1')))).toEqual({ steps: [], forgotten: [] });
    expect(kinds(plan([], made(file('1'))))).toEqual(['unlink']);
  });

  it('takes one that is gone with a successor of the same name for changed, in any letters, and each successor once', () => {
    const result = plan([file('3', { name: 'A.TXT' })], made(file('1'), file('2')));
    expect(kinds(result)).toEqual(['update', 'unlink']);
  });

  it('gives each document a key of its own that stays with it', () => {
    const [one, two] = plan([file('1'), file('2')]).steps;
    expect(one?.member.key).toMatch(/^[0-9a-f]{40}$/);
    expect(one?.member.key).not.toBe(two?.member.key);
    expect(plan([file('3')], made(file('1'))).steps[0]?.member.key).toBe(one?.member.key);
  });

  it('repeats what was reserved and never confirmed, and looks for it where its attachment is gone', () => {
    const [step] = plan([file('1')]).steps;
    const reserved = { [step?.id ?? '']: { ...(step?.member as PairFile), reserved: true as const } };
    expect(kinds(plan([file('1')], reserved))).toEqual(['create']);
    expect(kinds(plan([], reserved))).toEqual(['unlink']);
  });

  it('gives up what took too long five times, until it is another one', () => {
    const [step] = plan([file('1')]).steps;
    const late = { [step?.id ?? '']: { ...(step?.member as PairFile), reserved: true as const, late: 5 } };
    expect(plan([file('1')], late).steps).toMatchObject([{ kind: 'leave', why: 'refused' }]);
    expect(kinds(plan([file('1', { size: 11 })], late))).toEqual(['create']);
  });

  it('leaves what the rules leave: endings in any letters, none at all, and what is larger', () => {
    const why = (attachment: Attachment, rules: Partial<FileRules>): unknown => {
      const [step] = plan([attachment], {}, { rules }).steps;
      return step?.kind === 'leave' ? step.why : step?.kind;
    };
    expect(why(file('1', { name: 'SETUP.EXE' }), { exceptTypes: ['exe'] })).toBe('type');
    expect(why(file('1', { name: 'readme' }), { types: ['pdf'] })).toBe('type');
    expect(why(file('1', { name: 'offer.PDF ' }), { types: ['pdf'] })).toBe('create');
    expect(why(file('1', { size: 1_001 }), {})).toBe('tooLarge');
    expect(why(file('1', { kind: 'reference' }), {})).toBe('reference');
    expect(kinds(plan([file('1', { inline: true })]))).toEqual([]);
  });

  it('hides what has a document where nothing may be shown, once, and brings it back', () => {
    const members = made(file('1'));
    expect(kinds(plan([], members, { withheld: true }))).toEqual(['hide']);
    const hidden = Object.fromEntries(Object.entries(members).map(([id, member]) => [id, { ...member, hidden: true as const }]));
    expect(kinds(plan([], hidden, { withheld: true }))).toEqual([]);
    expect(kinds(plan([file('1')], hidden))).toEqual(['update']);
    expect(plan([], hidden).forgotten).toHaveLength(1);
  });

  it('sets the flag of a document alone where only the privacy moved', () => {
    expect(kinds(plan([file('1')], made(file('1')), { isPrivate: true }))).toEqual(['flag']);
  });
});
