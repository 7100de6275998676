/** Which rows of the lake's tables an erasure reaches, and what they say once they are the surrogate's. As SQL. */
import { isDistinctive } from '../../domain/erasure/distinctive.ts';
import { ERASED_TEXT } from '../../domain/erasure/strip.ts';
import type { Tombstone } from '../../domain/erasure/tombstone.ts';
import { hashProfile } from '../../domain/hash.ts';
import type { ProfileId } from '../../domain/ids.ts';
import { quoteName, quoteText } from '../../infra/duckdb/connection.ts';
import {
  isDerivedTable,
  LAKE_TABLES,
  RAW_TABLE,
  TABLE_COLUMNS,
  type LakeTable,
} from '../../infra/lake/tables.ts';
import { holdsSql } from './shapes.ts';

export interface Erasing {
  readonly profileId: ProfileId;
  readonly tombstone: Tombstone;
  /**
   * By topic of derived records and generation: where each partition ended once everything that the erasure reaches had
   * been worked out.
   */
  readonly derivedEnds: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>;
}

/** Tables with a column that names a profile, and the raw log, whose records do. */
export const ERASED_TABLES: readonly LakeTable[] = LAKE_TABLES.filter(
  (table) => table === RAW_TABLE || TABLE_COLUMNS[table].some(({ name }) => name === 'profile_id'),
);

/** Whether the erasure reaches a row, by where it stood in its log. */
export function reachedSql(table: LakeTable, { tombstone, derivedEnds }: Erasing): string {
  const rawOffset =
    table === RAW_TABLE
      ? 'coalesce(redriven_from, "offset")'
      : isDerivedTable(table)
        ? undefined
        : 'raw_offset';
  // Completions name the raw record that they complete.
  const offset = table === 'completions' ? 'raw_offset' : (rawOffset ?? '"offset"');
  const isByRaw = rawOffset !== undefined || table === 'completions';
  const ends = isByRaw ? tombstone.positions : (derivedEnds[table] ?? {});
  const arms = Object.entries(ends).map(([generation, offsets]) => {
    const last = offsets.map((end) => (isByRaw ? end : end - 1)).join(', ');
    return `(generation = ${quoteText(generation)} AND ${offset} <= list_extract([${last}]::BIGINT[], "partition" + 1))`;
  });
  return arms.length === 0 ? 'false' : `(${arms.join(' OR ')})`;
}

/** Rows that name the profile. */
export function namesSql(table: LakeTable, profileId: string): string {
  if (table !== RAW_TABLE) return `profile_id = ${quoteText(profileId)}`;
  const key = `"key" = ${quoteText(profileId)}::VARCHAR::BLOB`;
  const json = `json_extract_string(TRY_CAST(TRY(decode(value)) AS JSON), '$.profileId') = ${quoteText(profileId)}`;
  const within = holdsSql('TRY(decode(value))', profileId);
  return isDistinctive(profileId) ? `(${key} OR ${within} OR ${json})` : `(${key} OR ${json})`;
}

export const ownedSql = (table: LakeTable, erasing: Erasing): string =>
  `coalesce(${namesSql(table, erasing.profileId)} AND ${reachedSql(table, erasing)}, false)`;

/** By column, what a row says that was the profile's; columns that are not here stay as they are. */
export function replacedColumns(
  table: LakeTable,
  { profileId, tombstone: { surrogate } }: Erasing,
): ReadonlyMap<string, string> {
  const [id, into] = [quoteText(profileId), quoteText(surrogate)];
  const replaced = new Map<string, string>();
  const set = (name: string, sql: string): void => {
    if (TABLE_COLUMNS[table].some((column) => column.name === name)) replaced.set(name, sql);
  };
  if (isDistinctive(profileId)) {
    for (const { name, type } of TABLE_COLUMNS[table])
      if (type === 'VARCHAR') set(name, `replace(${quoteName(name)}, ${id}, ${into})`);
  }
  set('profile_id', into);
  set('profile_hash', `CASE WHEN profile_hash IS NULL THEN NULL ELSE ${hashProfile(surrogate)} END`);
  set('session_id', 'NULL::VARCHAR');
  set('extra', 'NULL::VARCHAR');
  set('query', `CASE WHEN query IS NULL THEN NULL ELSE ${quoteText(ERASED_TEXT)} END`);
  // Keys of what was worked out of a profile begin with it; those of signals go on with what was searched for.
  const start = quoteText(`${profileId.length}/${profileId}/`);
  const after = `substr(upsert_key, length(${start}) + 1)`;
  const rest = isDistinctive(profileId) ? `replace(${after}, ${id}, ${into})` : after;
  const kept = table === 'signals' ? `md5(${rest})` : rest;
  if (table === 'attributed_plays' || table === 'signals')
    set(
      'upsert_key',
      `CASE WHEN starts_with(upsert_key, ${start}) THEN ${quoteText(`${surrogate.length}/${surrogate}/`)} || ${kept} ELSE upsert_key END`,
    );
  if (table === 'signals') {
    set('subject', `CASE WHEN signal = 'repeated-search' THEN ${quoteText(ERASED_TEXT)} ELSE subject END`);
    set('detail', 'NULL::VARCHAR');
  }
  return replaced;
}
