import { rulesWith } from './world.ts';
import { describe, expect, it } from 'vitest';
import { freeField, schemaProfile } from '../../shared/crm/profile.ts';
import { webLinkOf } from '../../shared/config/web-link.ts';
import { compareRecordIds, recordId, recordKey, webLink } from '../../shared/crm/record-id.ts';
import { settledFrom, readStamp, wallOfVersion } from '../../shared/crm/stamp.ts';
import { readBoolean, readDate, readTime, readWhole, writeTime } from '../../shared/crm/values.ts';
import { createSchema } from '../../local/crm/schema.ts';
import { PortFailure } from '../../shared/sync/failures.ts';

const PLAIN = { profile: {}, lengths: {} };
const mistakeOf = (rules: Parameters<typeof schemaProfile>[0]): string => {
  try {
    schemaProfile(rules);
  } catch (error) {
    if (error instanceof PortFailure && error.reason === 'configuration') return error.message;
    throw error;
  }
  throw new Error('The profile was accepted.');
};

describe('The schema profile', () => {
  it('knows no table, field or length that the simulated CRM does not have', () => {
    const schema = createSchema({ tentativeAnswer: true });
    for (const record of Object.values(schemaProfile(PLAIN))) {
      const table = schema.get(record.table);
      expect(table?.short).toBe(record.infoArea);
      for (const field of Object.values(record.fields)) {
        const known = table?.fields.get(field.name);
        expect(known?.type, `${record.table}.${field.name}`).toBe(field.type);
        if (field.length !== null && (known?.length ?? 0) > 0) expect(field.length).toBeLessThanOrEqual(known?.length ?? 0);
      }
    }
  });

  it('takes names and lengths from the rules', () => {
    const profile = schemaProfile({ profile: { activity: { table: 'Visit', fields: { Location: 'Place' } } }, lengths: { 'activity.Subject': 80, Text: 100 } });
    expect(profile.activity).toMatchObject({ table: 'Visit', infoArea: 'MA', fields: { Location: { name: 'Place', length: 120 }, Subject: { name: 'Subject', length: 80 }, Text: { length: 100 } } });
    expect(profile.task.fields.Text.length).toBe(100);
    expect(profile.task.fields.Subject.length).toBe(120);
  });

  it('names what the rules have wrong in one sentence', () => {
    expect(mistakeOf({ ...PLAIN, profile: { aktivity: { fields: {} } } })).toContain("'aktivity'");
    expect(mistakeOf({ ...PLAIN, profile: { activity: { fields: { Plaice: 'X' } } } })).toContain("'Plaice'");
    expect(mistakeOf({ ...PLAIN, profile: { activity: { fields: { Location: 'no name' } } } })).toContain('crm.profile.activity.fields.Location');
    expect(mistakeOf({ ...PLAIN, lengths: { Subjekt: 5 } })).toContain("'Subjekt'");
  });

  it('takes a marker field for a logical name, or else for the name itself', () => {
    const { activity } = schemaProfile({ ...PLAIN, profile: { activity: { fields: { FreeC1: 'Custom1' } } } });
    expect([freeField(activity, 'FreeC1'), freeField(activity, 'FreeC9')]).toEqual(['Custom1', 'FreeC9']);
  });
});

describe('Record ids', () => {
  it('are 64 bit and never pass through a number', () => {
    expect(recordId({ station: 100, serial: 65 })).toBe('429496729665');
    expect(recordKey('429496729665')).toEqual({ station: 100, serial: 65 });
    expect(recordKey('18446744073709551615')).toEqual({ station: 4_294_967_295, serial: 4_294_967_295 });
    expect([recordKey('18446744073709551616'), recordKey('7a'), recordKey('')]).toEqual([null, null, null]);
    expect(compareRecordIds('9', '429496729665')).toBeLessThan(0);
  });

  it('stand in web links as lower-case hex', () => {
    const crmWeb = webLinkOf(rulesWith({ webUrl: 'https://crm.example.com/' }));
    if (crmWeb === null) throw new Error('There is an address.');
    expect(webLink(crmWeb, '429496729743')).toBe('https://crm.example.com/crm/expand?uid=MA%3Bx000000640000008f&mode=Show&infoAreaId=MA');
  });
});

describe('Field values', () => {
  it('are read strictly: empty is null, nonsense is undefined', () => {
    expect([readDate('2026-02-28'), readDate(''), readDate('2026-02-30'), readDate('28.02.2026')]).toEqual(['2026-02-28', null, undefined, undefined]);
    expect([readTime('09:05'), readTime('09:05:07'), readTime(''), readTime('24:00')]).toEqual(['09:05:00', '09:05:07', null, undefined]);
    expect([readBoolean('true'), readBoolean(''), readBoolean('false')]).toEqual([true, false, false]);
    expect([readWhole('12'), readWhole('-1'), readWhole(''), readWhole('1.5')]).toEqual([12, -1, null, null]);
    expect([writeTime('09:05:00'), writeTime('09:05:07')]).toEqual(['09:05', '09:05:07']);
  });
});

describe('Stamps', () => {
  const BERLIN = 'Europe/Berlin';
  it('are the earlier reading of an hour that occurs twice, and say so', () => {
    expect(readStamp('2026-10-25', '02:30:00', BERLIN)).toEqual({ version: '2026-10-25 02:30:00', instant: Date.parse('2026-10-25T00:30:00Z'), ambiguous: true });
    expect(readStamp('2026-10-25', '03:30:00', BERLIN)?.ambiguous).toBe(false);
    expect(readStamp('', '', BERLIN)).toBeNull();
    expect(wallOfVersion('2026-10-25 02:30:00')).toEqual({ date: '2026-10-25', time: '02:30:00' });
  });

  it('guard a write when they were read at least two seconds after', () => {
    const version = '2026-11-02 09:00:00';
    expect(settledFrom(version, Date.parse('2026-11-02T08:00:01.999Z'), BERLIN, 1_000)).toBe(Date.parse('2026-11-02T08:00:02Z'));
    expect(settledFrom(version, Date.parse('2026-11-02T08:00:02Z'), BERLIN, 1_000)).toBeNull();
  });

  it('are measured by their later reading once that can have been', () => {
    const version = '2026-10-25 02:30:00';
    expect(settledFrom(version, Date.parse('2026-10-25T00:31:00Z'), BERLIN, 120_000)).toBeNull();
    expect(settledFrom(version, Date.parse('2026-10-25T01:30:01Z'), BERLIN, 120_000)).toBe(Date.parse('2026-10-25T01:30:02Z'));
  });

  it('far in the future were not made now', () => {
    expect(settledFrom('2030-01-01 00:00:00', Date.parse('2026-11-02T08:00:00Z'), BERLIN, 120_000)).toBeNull();
  });
});
