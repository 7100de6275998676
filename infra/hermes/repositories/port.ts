/** A place that keeps whole versions of views: the object store, a disk, a database. */
import { keyColumnOf } from '../../../domain/key-columns.ts';
import type { PartEntry } from '../../../domain/manifest.ts';
import { corrupt, type ViewName, type ViewVersion } from '../../../domain/views.ts';
import type { StoredManifest } from '../parts.ts';

/** A row by column; numbers are those that JSON can hold. */
export type ViewRow = Readonly<Record<string, unknown>>;

export interface OpenVersion {
  readonly stored: StoredManifest;
  /** The rows of a key, in the order of parts and of rows in them; none for a key that is not there. */
  find(key: string): Promise<readonly ViewRow[]>;
}

/** Verbs may fail with the code of the server that did not answer; the same call may succeed when repeated. */
export interface VersionRepository {
  /**
   * Takes a version in, part by part; it is not here before all of it is. Repeated, or by several at once, it comes to the same
   * end. VIEW_CORRUPT, and not here, where bytes are not those the manifest lists; VIEW_VERSION_TAKEN where another
   * manifest is here under that number.
   */
  put(stored: StoredManifest, readPart: (part: PartEntry) => Promise<Uint8Array>): Promise<void>;
  /** Those that are here whole, newest first. */
  versions(view: ViewName): Promise<readonly ViewVersion[]>;
  /** VIEW_NOT_FOUND where it is not here whole, VIEW_CORRUPT where it cannot be believed. */
  open(view: ViewName, version: ViewVersion): Promise<OpenVersion>;
  /** Takes away all rows, of a version that was put half-way as well; nothing happens where there are none. */
  remove(view: ViewName, version: ViewVersion): Promise<void>;
}

/** VIEW_CORRUPT for a view that has no key. */
export const requireKeyColumn = (view: ViewName, version: ViewVersion): string =>
  keyColumnOf(view) ?? corrupt(view, version)('its rows have no key');
