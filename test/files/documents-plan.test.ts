import { describe, expect, it } from 'vitest';
import { documentsMoved, eventDecidesAnew, planDocuments, type DocumentsInput, type PairDocument } from '../../shared/sync/documents-plan.ts';
import type { FileRules } from '../../shared/sync/files-plan.ts';
import type { LinkedDocument, SideItem } from '../../shared/sync/ports.ts';

const RULES: FileRules = { largest: 1_000, types: [], exceptTypes: ['exe'], mark: 'm' };

const document = (id: string, more: Partial<LinkedDocument> = {}): LinkedDocument => ({ id, state: 'there', name: 'a.txt', type: null, isPrivate: false, version: '1', ...more });
const attached: PairDocument = { seen: '1', name: 'n', content: 'c', attachment: 'A', shown: 's', at: 0 };

const plan = (documents: readonly LinkedDocument[], members: Readonly<Record<string, PairDocument>> = {}, more: Partial<DocumentsInput> = {}): string[] =>
  planDocuments({ members, documents, rules: RULES, isMeeting: false, isPrivate: false, anew: false, ...more }).map((step) => ('why' in step ? `${step.kind} ${step.why}` : step.kind));

describe('the plan for documents', () => {
  it('puts what is new or has moved, does nothing where all is as it was, and takes away what is gone', () => {
    expect(plan([document('1')])).toEqual(['put']);
    expect(plan([document('1')], { 1: attached })).toEqual([]);
    expect(plan([document('1', { version: '2' })], { 1: attached })).toEqual(['put']);
    expect(plan([document('1', { state: 'gone' })], { 1: attached })).toEqual(['remove']);
    expect(plan([document('1', { state: 'gone' })])).toEqual([]);
  });

  it('leaves alone what the record does not show: only a mark says that a document is gone', () => {
    expect(plan([], { 1: attached })).toEqual([]);
  });

  it('waits for what may have been attached already', () => {
    const reserved = { ...attached, reserved: { at: 0, content: 'd', name: 'n', seen: '2' } };
    expect(plan([document('1', { version: '2' })], { 1: reserved })).toEqual([]);
    expect(plan([document('1', { state: 'gone' })], { 1: reserved })).toEqual([]);
  });

  it('keeps documents in the CRM where others are invited, whatever becomes of them, and lets them come afterwards', () => {
    expect(plan([document('1')], {}, { isMeeting: true })).toEqual(['keep meeting']);
    expect(plan([document('1', { version: '2' })], { 1: attached }, { isMeeting: true })).toEqual(['keep meeting']);
    expect(plan([document('1', { state: 'gone' })], { 1: attached }, { isMeeting: true })).toEqual(['keep meeting']);
    expect(plan([document('1')], { 1: attached }, { isMeeting: true })).toEqual([]);
    const kept = { ...attached, left: 'meeting' as const };
    expect(plan([document('1')], { 1: kept }, { isMeeting: true })).toEqual([]);
    expect(plan([document('1')], { 1: kept })).toEqual(['put']);
    expect(plan([document('1', { state: 'gone' })], { 1: kept })).toEqual(['remove']);
  });

  it('lets what a person did in Outlook stand, and forgets it with the document', () => {
    const his = { seen: '1', name: 'n', left: 'deletedInOutlook' as const };
    expect(plan([document('1')], { 1: his }, { anew: true })).toEqual([]);
    expect(plan([document('1', { version: '2' })], { 1: his })).toEqual(['keep deletedInOutlook']);
    expect(plan([document('1', { state: 'gone' })], { 1: his })).toEqual(['forget']);
  });

  it('attaches private documents to private appointments only', () => {
    expect(plan([document('1', { isPrivate: true })])).toEqual(['keep private']);
    expect(plan([document('1', { isPrivate: true })], {}, { isPrivate: true })).toEqual(['put']);
    expect(plan([document('1', { isPrivate: true })], { 1: attached })).toEqual(['withdraw private']);
    expect(plan([document('1', { isPrivate: true })], { 1: attached }, { isMeeting: true })).toEqual([]);
  });

  it('looks at what the rules kept when they are others, and at what was refused when it is another version', () => {
    const kept = { seen: '1', name: 'n', left: 'type' as const };
    expect(plan([document('1', { name: 'a.exe' })])).toEqual(['keep type']);
    expect(plan([document('1', { name: 'a.exe' })], { 1: kept }, { anew: true })).toEqual([]);
    expect(plan([document('1')], { 1: kept }, { anew: true })).toEqual(['put']);
    expect(plan([document('1')], { 1: { ...kept, left: 'refused' } })).toEqual([]);
    expect(plan([document('1', { version: '2' })], { 1: { ...kept, left: 'refused' } })).toEqual(['put']);
  });

  it('gives up a version that took too long five times', () => {
    const late = { seen: '1', name: 'n', late: { version: '2', count: 5 } };
    expect(plan([document('1', { version: '2' })], { 1: late })).toEqual(['keep refused']);
    expect(plan([document('1', { version: '3' })], { 1: late })).toEqual(['put']);
  });
});

describe('whether documents are looked at', () => {
  it('says the record: other documents, other versions, other rules', () => {
    const moved = (documents: readonly LinkedDocument[], members: Readonly<Record<string, PairDocument>>, mark = 'm') => documentsMoved({ members, mark }, documents, RULES);
    expect(moved([document('1')], { 1: attached })).toBe(false);
    expect(moved([], { 1: attached }, 'other')).toBe(false);
    expect(moved([document('1')], { 1: attached }, 'other')).toBe(true);
    expect(moved([document('1'), document('2')], { 1: attached })).toBe(true);
    expect(moved([document('1', { state: 'gone' })], { 1: attached })).toBe(true);
    expect(moved([document('1', { state: 'gone' })], {})).toBe(false);
  });

  it('says the event: nobody is invited any more, or it is private, or no more', () => {
    const event = (privacy: string, isMeeting: boolean): SideItem => ({ content: { privacy }, ...(isMeeting ? { meeting: {} } : {}) }) as unknown as SideItem;
    const anew = (member: PairDocument, of: SideItem) => eventDecidesAnew({ members: { 1: member } }, of);
    expect(anew(attached, event('normal', false))).toBe(false);
    expect([true, false].map((isMeeting) => anew({ ...attached, left: 'meeting' }, event('normal', isMeeting)))).toEqual([false, true]);
    expect(['normal', 'private'].map((privacy) => anew({ ...attached, left: 'private' }, event(privacy, false)))).toEqual([false, true]);
    expect(['normal', 'private'].map((privacy) => anew({ ...attached, secret: true }, event(privacy, false)))).toEqual([true, false]);
  });
});
