import type { Region } from '../../domain/ids.ts';
import { formatVersion, type ViewName, type ViewVersion } from '../../domain/views.ts';

/** Where the objects of a region's views are kept. */
export type ViewKeys = ReturnType<typeof createViewKeys>;

export function createViewKeys(region: Region) {
  const versions = (view: ViewName): string => `${region}/views/${view}/versions/`;
  const version = (view: ViewName, number: ViewVersion): string =>
    `${versions(view)}${formatVersion(number)}/`;
  return {
    pointer: (view: ViewName): string => `${region}/views/${view}/pointer.json`,
    /** Says which version is tried out, if any. */
    candidate: (view: ViewName): string => `${region}/views/${view}/candidate.json`,
    versions,
    /** What the keys of versions 100 · hundred to 100 · hundred + 99 start with. */
    hundred: (view: ViewName, hundred: number): string =>
      `${versions(view)}${String(hundred).padStart(6, '0')}`,
    claim: (view: ViewName, number: ViewVersion): string => `${version(view, number)}claim.json`,
    manifest: (view: ViewName, number: ViewVersion): string => `${version(view, number)}manifest.json`,
    status: (view: ViewName, number: ViewVersion): string => `${version(view, number)}status.json`,
    /** What its canary came to. */
    canary: (view: ViewName, number: ViewVersion): string => `${version(view, number)}canary.json`,
    /** What the keys of a version's parts start with. */
    parts: (view: ViewName, number: ViewVersion): string => `${version(view, number)}parts/`,
    part: (view: ViewName, number: ViewVersion, name: string): string =>
      `${version(view, number)}parts/${name}.parquet`,
  };
}

/** The version number in a claim's key, or undefined for any other key. */
export function versionOfClaimKey(key: string): ViewVersion | undefined {
  const digits = /\/versions\/(\d{8})\/claim\.json$/.exec(key)?.[1];
  return digits === undefined || Number(digits) < 1 ? undefined : (Number(digits) as ViewVersion);
}
