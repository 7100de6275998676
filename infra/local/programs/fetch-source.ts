/** Where fetched programs are kept, and how they get there. */
export interface FetchSource {
  readonly cacheDir: string;
  /** The folders that Maven and Python are looked for in. */
  readonly searchPath: readonly string[];
  /** Called when something is about to be fetched, not when it is there already. */
  readonly onFetch: () => void;
}
