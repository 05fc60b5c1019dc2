export function licensesPage(): Promise<string>;
