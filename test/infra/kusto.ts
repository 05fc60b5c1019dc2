import { createRequire } from 'node:module';

/** The little of Kusto's language service that is used. It is a translation of a .NET library: it puts itself into the global scope, and its overloads are numbered. */
interface LanguageService {
  readonly KustoCode: { ParseAndAnalyze(text: string, globals: Globals): { GetDiagnostics(): { readonly Count: number; getItem(index: number): { readonly Message: string; readonly Start: number; readonly Length: number } } } };
  readonly GlobalState: { readonly Default: Globals };
  readonly Symbols: {
    readonly TableSymbol: { readonly $ctor7: new (name: string, schema: string, description: string | null) => object };
    readonly DatabaseSymbol: { readonly ctor: new (name: string, members: readonly object[]) => object };
  };
}

interface Globals {
  WithDatabase(database: object): Globals;
}

/** Columns that our queries may use, of tables of Application Insights and of a workspace. */
const TABLES: Readonly<Record<string, string>> = {
  traces: '(timestamp: datetime, message: string, severityLevel: int, itemCount: int, operation_Name: string, operation_Id: string, customDimensions: dynamic, cloud_RoleInstance: string)',
  requests: '(timestamp: datetime, name: string, success: bool, resultCode: string, duration: real, itemCount: int, operation_Name: string, operation_Id: string)',
  StorageQueueLogs: '(TimeGenerated: datetime, AccountName: string, OperationName: string, StatusCode: int, Uri: string)',
};

let ready: { readonly language: LanguageService; readonly globals: Globals } | null = null;

function service(): NonNullable<typeof ready> {
  if (ready !== null) return ready;
  const load = createRequire(import.meta.url);
  load('@kusto/language-service-next/bridge.min.js');
  load('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
  const language = (globalThis as unknown as { Kusto: { Language: LanguageService } }).Kusto.Language;
  const { TableSymbol, DatabaseSymbol } = language.Symbols;
  const tables = Object.entries(TABLES).map(([name, schema]) => new TableSymbol.$ctor7(name, schema, null));
  ready = { language, globals: language.GlobalState.Default.WithDatabase(new DatabaseSymbol.ctor('logs', tables)) };
  return ready;
}

/** What is wrong with a query, each with the text that it is about. */
export function diagnosticsOf(query: string): string[] {
  const { language, globals } = service();
  const found = language.KustoCode.ParseAndAnalyze(query, globals).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, index) => {
    const { Message, Start, Length } = found.getItem(index);
    return `${Message} (${query.slice(Start, Start + Length)})`;
  });
}
