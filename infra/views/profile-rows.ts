/** The view `profile-rows`: rows made ahead, in memory for many profiles in few bytes, or in a store by key for more. */
import { hashProfile } from '../../domain/hash.ts';
import { serialiseManifest, type Manifest } from '../../domain/manifest.ts';
import { corrupt, viewName } from '../../domain/views.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import { sha256Of } from '../hermes/text-objects.ts';
import type { VersionRepository, ViewRow } from '../hermes/repositories/port.ts';
import { readParts } from './part-columns.ts';

export const PROFILE_ROWS_VIEW = viewName('profile-rows');
/** The row of that view. */
const TOP_PICKS = 'top-picks';
const TEXTS_A_TURN = 2000;
const ROWS_A_TURN = 100_000;
/** Titles kept of a profile's row: what a first screen and its paging need. */
const MOST_TITLES = 60;

/**
 * Top picks by profile: places in `ids`, the best first. It takes 4 bytes a title and some 24 a profile: 100,000 profiles
 * of 60 titles take 26 MB.
 */
export interface ProfileRowColumns {
  readonly ids: readonly string[];
  readonly profiles: number;
  /** Places of a profile's titles in `ids`; undefined for one without a row. */
  find(profile: string): Int32Array | undefined;
}

/** The same by key, of a store that is asked each time: it takes no memory, whatever the number of profiles. */
export interface StoredProfileRows {
  /** Title ids, the best first; none for a profile without a row. CASSANDRA_UNAVAILABLE. */
  ask(profile: string): Promise<readonly string[]>;
}

/**
 * Parts of the version are not read. VIEW_NOT_FOUND where the store does not have it whole, VIEW_CORRUPT where it has another
 * under that number.
 */
export const createStoredRowsLoader = (versions: Pick<VersionRepository, 'open'>) =>
  Object.assign(
    async (_versionDir: string, manifest: Manifest): Promise<StoredProfileRows> => {
      const { view, version } = manifest;
      const { stored, find } = await versions.open(view, version);
      if (stored.sha256 !== sha256Of(serialiseManifest(manifest)))
        corrupt(view, version)('its rows are of another manifest');
      return { ask: async (profile) => titlesOf(await find(profile)) };
    },
    { keepsParts: false },
  );

const titlesOf = (rows: readonly ViewRow[]): readonly string[] =>
  rows
    .filter((row) => row['row'] === TOP_PICKS && Number(row['rank']) <= MOST_TITLES)
    .toSorted((a, b) => Number(a['rank']) - Number(b['rank']))
    .map((row) => String(row['title_id']));

/** Throws VIEW_CORRUPT where the parts are not what the view is made of. */
export const createProfileRowsLoader =
  (duckdb: Pick<DuckDb, 'use'>) =>
  (versionDir: string, manifest: Manifest): Promise<ProfileRowColumns> =>
    readParts(duckdb, versionDir, manifest, async (parts) => {
      const rows = `(SELECT * FROM ${parts.sources('rows-')} WHERE "row" = '${TOP_PICKS}' AND rank <= ${MOST_TITLES})`;
      const number = (table: string, column: string): Promise<void> =>
        parts.run(
          `CREATE OR REPLACE TEMP TABLE ${table} AS
             SELECT id, CAST(row_number() OVER (ORDER BY id) - 1 AS INTEGER) AS place
             FROM (SELECT DISTINCT ${column} AS id FROM ${rows})`,
        );
      await number('row_titles', 'title_id');
      await number('row_profiles', 'profile_id');
      const ids: string[] = [];
      await parts.slices('SELECT id FROM row_titles ORDER BY place', TEXTS_A_TURN, (slice) =>
        ids.push(...slice.texts('id')),
      );
      const hashes: number[] = [];
      await parts.slices('SELECT id FROM row_profiles ORDER BY place', TEXTS_A_TURN, (slice) => {
        for (const id of slice.texts('id')) hashes.push(hashProfile(id));
      });
      const rowCount = await parts.count(rows);
      const titles = new Int32Array(rowCount);
      const starts = new Uint32Array(hashes.length + 1);
      let at = 0;
      await parts.slices(
        `SELECT p.place AS profile, t.place AS title FROM ${rows} AS made
           JOIN row_profiles AS p ON made.profile_id = p.id JOIN row_titles AS t ON made.title_id = t.id
         ORDER BY p.place, made.rank`,
        ROWS_A_TURN,
        (slice) => {
          titles.set(slice.numbers('title', Int32Array), at);
          for (const profile of slice.numbers('profile', Int32Array)) starts[profile + 1] = ++at;
        },
      );
      await parts.run('DROP TABLE row_titles; DROP TABLE row_profiles');
      return profileRowColumns(ids, hashes, titles, starts);
    });

/** `titles[starts[p] .. starts[p + 1])` are those of the profile with the hash `hashes[p]`. */
export function profileRowColumns(
  ids: readonly string[],
  hashes: ArrayLike<number>,
  titles: Int32Array,
  starts: Uint32Array,
): ProfileRowColumns {
  const slots = slotsFor(hashes);
  const mask = slots.length - 1;
  return {
    ids,
    profiles: hashes.length,
    find(profile) {
      const hash = hashProfile(profile);
      for (let slot = hash % slots.length; slots[slot]! >= 0; slot = (slot + 1) & mask) {
        const place = slots[slot]!;
        if (hashes[place] === hash) return titles.subarray(starts[place], starts[place + 1]);
      }
      return undefined;
    },
  };
}

/** Places by hash, in open addressing at most half full; −1 where there is none. */
function slotsFor(hashes: ArrayLike<number>): Int32Array {
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * hashes.length + 2))).fill(-1);
  for (let place = 0; place < hashes.length; place++) {
    let slot = hashes[place]! % slots.length;
    while (slots[slot]! >= 0) slot = (slot + 1) & (slots.length - 1);
    slots[slot] = place;
  }
  return slots;
}
