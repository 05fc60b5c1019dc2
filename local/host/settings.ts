/** App settings: names and values, as in Azure the environment of the process. */
export type Settings = Readonly<Record<string, string>>;

/** Reads a document in the form of local.settings.json (`{ "Values": { "NAME": "value" } }`), or the same without `Values`. Throws one sentence. */
export function readSettingsDocument(document: unknown): Record<string, string> {
  const values = isObject(document) && 'Values' in document ? document['Values'] : document;
  if (!isObject(values)) throw new Error('The settings file has to hold a JSON object of names and values, at the top or under "Values".');
  const settings: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === 'string') settings[name] = value;
    else if (typeof value === 'number' || typeof value === 'boolean') settings[name] = String(value);
    else throw new Error(`The setting ${name} in the settings file has to be a string, a number or a boolean.`);
  }
  return settings;
}

/** Puts app settings in the place of `%NAME%`, as Azure does in schedules and queue names. Throws where one is missing. */
export function resolveSettings(text: string, settings: Settings, where: string): string {
  return text.replace(/%([^%]+)%/g, (_, name: string) => {
    const value = settings[name];
    if (value === undefined) throw new Error(`${where} names the app setting ${name}, which is not set; add it to the environment or the settings file.`);
    return value;
  });
}

/**
 * The connection string behind a binding's `connection`. Azure looks for `AzureWebJobs<name>` before `<name>`, and takes AzureWebJobsStorage where a
 * binding names none. Only connection strings are understood here: an identity needs HTTPS, which the emulator does not speak (azure.md 8).
 */
export function connectionString(connection: unknown, settings: Settings, where: string): string {
  const name = typeof connection === 'string' && connection !== '' ? connection : 'AzureWebJobsStorage';
  const value = settings[`AzureWebJobs${name}`] ?? settings[name];
  if (value !== undefined && value !== '') return value;
  throw new Error(`${where} needs the app setting ${name} with a storage connection string, which is not set; add it to the environment or the settings file.`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
