import { GENRE_SEPARATOR } from '../../domain/catalogue.ts';
import type { ProfileId, TitleId } from '../../domain/ids.ts';
import type { ColumnSet } from '../../infra/duckdb/columns.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import type { Interactions, SparseRows, TitleFeatures, TrainingData } from '../models/model.ts';
import { partSql } from '../parts.ts';
import type { TRAINING_PARTS } from './job.ts';

/** Reads a training set from its parts on local disk, by name. */
export async function loadTrainingSet(
  duckdb: DuckDb,
  paths: Readonly<Record<(typeof TRAINING_PARTS)[number], string>>,
): Promise<TrainingData> {
  return duckdb.use(async (connection) => {
    const part = (name: keyof typeof paths, columns: string) =>
      connection.query(`SELECT ${columns} FROM ${partSql(paths[name])}`);
    const profiles = texts(await part('profiles', 'profile_id'), 'profile_id') as ProfileId[];
    const titleRows = await part('titles', '*');
    const entries = await part('entries', '*');
    const interactions: Interactions = {
      profiles,
      titles: texts(titleRows, 'title_id') as TitleId[],
      ...sparseRows(entries, profiles.length),
      times: Float64Array.from(numbers(entries, 'time'), Number),
    };
    const passedOver = sparseRows(await part('passed_over', '*'), profiles.length);
    return { interactions, passedOver, features: featuresOf(titleRows) };
  });
}

/** Parts of a training set that histories are read from. */
export const HISTORY_PARTS = ['profiles', 'titles', 'entries'] as const;

/** The interactions of profiles [from, to) alone, over all titles: memory grows with the range and with the titles. */
export async function loadHistories(
  duckdb: DuckDb,
  paths: Readonly<Record<(typeof HISTORY_PARTS)[number], string>>,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Interactions> {
  return duckdb.use(async (connection) => {
    const profiles = await connection.query(
      `SELECT profile_id FROM ${partSql(paths.profiles)} LIMIT ${to - from} OFFSET ${from}`,
    );
    const titles = await connection.query(`SELECT title_id FROM ${partSql(paths.titles)}`);
    const entries = await connection.query(
      `SELECT profile - ${from} AS profile, title, weight, time FROM ${partSql(paths.entries)}
       WHERE profile >= ${from} AND profile < ${to}`,
    );
    return {
      profiles: texts(profiles, 'profile_id') as ProfileId[],
      titles: texts(titles, 'title_id') as TitleId[],
      ...sparseRows(entries, to - from),
      times: Float64Array.from(numbers(entries, 'time'), Number),
    };
  });
}

/** `profile` rises along the rows. */
function sparseRows(rows: ColumnSet, profileCount: number): SparseRows {
  const rowStarts = new Uint32Array(profileCount + 1);
  for (const profile of numbers(rows, 'profile')) rowStarts[Number(profile) + 1]! += 1;
  for (let p = 0; p < profileCount; p += 1) rowStarts[p + 1]! += rowStarts[p]!;
  return {
    rowStarts,
    columns: Uint32Array.from(numbers(rows, 'title'), Number),
    weights: Float32Array.from(numbers(rows, 'weight'), Number),
  };
}

function featuresOf(rows: ColumnSet): TitleFeatures {
  const years = columnOf(rows, 'year');
  const launches = columnOf(rows, 'launch_time');
  const known = (column: typeof years, row: number): boolean => column.nulls?.[row] !== 1;
  return {
    genres: texts(rows, 'genres').map((joined) => (joined ? joined.split(GENRE_SEPARATOR) : [])),
    years: Uint16Array.from({ length: rows.rowCount }, (_, row) =>
      known(years, row) ? Number(years.values[row]) : 0,
    ),
    launchTimes: Float64Array.from({ length: rows.rowCount }, (_, row) =>
      known(launches, row) ? Number(launches.values[row]) : NaN,
    ),
  };
}

function columnOf(rows: ColumnSet, name: string) {
  const column = rows.columns[name];
  if (column?.kind !== 'numeric') throw new RangeError(`a training set needs the numeric column ${name}`);
  return column;
}

const numbers = (rows: ColumnSet, name: string): Iterable<number | bigint> => columnOf(rows, name).values;

function texts(rows: ColumnSet, name: string): readonly (string | null)[] {
  const column = rows.columns[name];
  if (column?.kind !== 'text') throw new RangeError(`a training set needs the text column ${name}`);
  return column.values;
}
