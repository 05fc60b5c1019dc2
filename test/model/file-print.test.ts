import { describe, expect, it } from 'vitest';
import { filePrint } from '../../shared/model/file-print.ts';

describe('the fingerprint of what is seen of a file', () => {
  it('is the same in every release: what was kept of an attachment before an upgrade still tells whether a person changed it', () => {
    expect(filePrint('offer.pdf')).toBe('ttpyTHKRXj3DGJ1daa0NYz');
    expect(filePrint(['offer.pdf', 'application/pdf', 12, null, true])).toBe('GWZ2KzEUkCYJIMsyEXdOM_');
  });
});
