export function bundleNext(outfile: string): Promise<void>;
