export interface Sbom {
  readonly bomFormat: string;
  readonly components: readonly { readonly 'bom-ref': string; readonly purl: string; readonly hashes?: readonly object[]; readonly licenses?: readonly object[] }[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}
export function sbom(): Promise<Sbom>;
