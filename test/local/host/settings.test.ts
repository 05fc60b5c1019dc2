import { describe, expect, it } from 'vitest';
import { isAuthorized, readHostKeys } from '../../../local/host/keys.ts';
import { connectionString, readSettingsDocument, resolveSettings } from '../../../local/host/settings.ts';

describe('a settings file', () => {
  it('is a local.settings.json or a plain object', () => {
    expect(readSettingsDocument({ IsEncrypted: false, Values: { A: 'x', B: 2, C: true } })).toEqual({ A: 'x', B: '2', C: 'true' });
    expect(readSettingsDocument({ A: 'x' })).toEqual({ A: 'x' });
  });

  it('is refused without quoting a value', () => {
    expect(() => readSettingsDocument({ Values: { SECRET: ['hush'] } })).toThrow('The setting SECRET in the settings file has to be a string, a number or a boolean.');
    expect(() => readSettingsDocument([])).toThrow('The settings file has to hold a JSON object');
  });
});

describe('settings named by a function', () => {
  it('are put in the place of %NAME%', () => {
    expect(resolveSettings('%A%-%B%', { A: 'x', B: 'y' }, 'The queue')).toBe('x-y');
    expect(() => resolveSettings('%A%', {}, 'The queue of function "f"')).toThrow('The queue of function "f" names the app setting A, which is not set');
  });

  it('give the connection string, first under the AzureWebJobs prefix', () => {
    expect(connectionString('DATA', { DATA: 'x' }, 'f')).toBe('x');
    expect(connectionString('DATA', { DATA: 'x', AzureWebJobsDATA: 'y' }, 'f')).toBe('y');
    expect(connectionString(undefined, { AzureWebJobsStorage: 'z' }, 'f')).toBe('z');
    expect(() => connectionString('DATA', {}, 'Function "f"')).toThrow('Function "f" needs the app setting DATA with a storage connection string');
  });
});

describe('keys', () => {
  it('are none where none are given, and then only anonymous functions answer', () => {
    const none = readHostKeys(undefined);
    expect(isAuthorized('anonymous', 'f', undefined, undefined, none)).toBe(true);
    expect(isAuthorized('function', 'f', 'x', undefined, none)).toBe(false);
    expect(isAuthorized('function', 'f', '', '', none)).toBe(false);
    expect(isAuthorized('admin', 'f', undefined, undefined, none)).toBe(false);
  });

  it('open only the function they belong to', () => {
    const keys = readHostKeys({ functions: { crmChanged: { crm: 'own' } } });
    expect(isAuthorized('function', 'CrmChanged', undefined, 'own', keys)).toBe(true);
    expect(isAuthorized('function', 'other', undefined, 'own', keys)).toBe(false);
  });

  it('are refused without being quoted', () => {
    expect(() => readHostKeys({ default: '' })).toThrow('The key "default" in HOST_KEYS has to be a string that is not empty.');
    expect(() => readHostKeys(['hush'])).toThrow('HOST_KEYS has to be a JSON object of keys.');
  });
});
