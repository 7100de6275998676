/** The view `genre-contexts`, which a file declares (examples/declared-views/genre-contexts.sql). */
import type { Manifest } from '../../domain/manifest.ts';
import type { GenreContexts } from '../../domain/ranking/context.ts';
import { viewName } from '../../domain/views.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import { readParts } from './part-columns.ts';

export const GENRE_CONTEXTS_VIEW = viewName('genre-contexts');
/** As of every declared view. */
const PART = 'rows';
const ROWS_A_TURN = 20_000;

/** Throws VIEW_CORRUPT where the part is not what the view is made of. */
export const createGenreContextsLoader =
  (duckdb: Pick<DuckDb, 'use'>) =>
  (versionDir: string, manifest: Manifest): Promise<GenreContexts> =>
    readParts(duckdb, versionDir, manifest, async (parts) => {
      const source = `(SELECT country, device, hour % 24 AS hour, genre, plays FROM ${parts.source(PART)})`;
      // A country of this name there is not.
      const all = `(FROM ${source} UNION ALL SELECT '', device, hour, genre, sum(plays) FROM ${source} GROUP BY ALL)`;
      const rowCount = await parts.count(all);
      const [devices, genres] = [numberTexts(), numberTexts()];
      const countries = new Map<string, readonly [number, number]>();
      const columns = {
        hours: new Uint8Array(rowCount),
        devices: new Uint32Array(rowCount),
        genres: new Uint32Array(rowCount),
        plays: new Float64Array(rowCount),
      };
      let at = 0;
      await parts.slices(
        `SELECT country, device, CAST(hour AS INTEGER) AS hour, genre, CAST(plays AS DOUBLE) AS plays
         FROM ${all} ORDER BY country, device, hour, genre`,
        ROWS_A_TURN,
        (slice) => {
          const [ofCountry, ofDevice, ofGenre] = [
            slice.texts('country'),
            slice.texts('device'),
            slice.texts('genre'),
          ];
          columns.hours.set(slice.numbers('hour', Int32Array), at);
          columns.plays.set(slice.numbers('plays', Float64Array), at);
          for (let row = 0; row < slice.rowCount; row++, at++) {
            columns.devices[at] = devices.numberOf(ofDevice[row]!);
            columns.genres[at] = genres.numberOf(ofGenre[row]!);
            const country = ofCountry[row]!;
            countries.set(country, [countries.get(country)?.[0] ?? at, at + 1]);
          }
        },
      );
      return { ...columns, countries, deviceNames: devices.texts, genreNames: genres.texts };
    });

/** Numbers texts in the order in which they come. */
function numberTexts(): { readonly texts: readonly string[]; numberOf(text: string): number } {
  const numbers = new Map<string, number>();
  const texts: string[] = [];
  return {
    texts,
    numberOf(text) {
      let number = numbers.get(text);
      if (number === undefined) {
        numbers.set(text, (number = texts.length));
        texts.push(text);
      }
      return number;
    },
  };
}
