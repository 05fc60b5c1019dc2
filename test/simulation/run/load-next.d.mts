export function loadNext(file: string, failures: object): Promise<unknown>;
