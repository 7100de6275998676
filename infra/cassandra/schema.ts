/** Keyspace and tables. Every statement can be run again. */
import { MEASURES } from '../../domain/measures.ts';
import { QUIET_PROFILE_MS } from '../../domain/keyed-fold.ts';

export interface SchemaSettings {
  readonly keyspace: string;
  readonly replicationFactor: number;
}

/** A profile of which nothing came for so long is forgotten; so is what a lost deletion left behind. */
const PROFILE_TTL_S = QUIET_PROFILE_MS / 1000;

/** `cappedPlays` → `capped_plays`. */
export const columnOf = (measure: string): string =>
  measure.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);

export const MEASURE_COLUMNS: readonly string[] = MEASURES.map(columnOf);

/** One partition a profile, so that what all folds know of it is one read. */
const PROFILES = `
  region text, generation text, profile text, fold text, version int, state blob,
  PRIMARY KEY ((region, generation, profile), fold)`;

const MARKS = `
  region text, generation text, fold text, partition int,
  version int, epoch bigint, commit bigint, positions text, marked_at timestamp,
  PRIMARY KEY ((region, generation), fold, partition)`;

/** One partition a title: sums by country and bucket are read in one place, in order. */
const TITLE_TOTALS = `
  region text, generation text, title text, country text, bucket int, topic text, partition int, block bigint,
  ${MEASURE_COLUMNS.map((column) => `${column} bigint`).join(', ')},
  PRIMARY KEY ((region, generation, title), country, bucket, topic, partition, block)`;

/** Which cells a block has rows of, so that they can be found again when the block is covered. */
const TITLE_TOTAL_CELLS = `
  region text, generation text, topic text, partition int, block bigint, title text, country text, bucket int,
  PRIMARY KEY ((region, generation, topic, partition, block), title, country, bucket)`;

const TITLE_TOTAL_BLOCKS = `
  region text, generation text, topic text, partition int, block bigint,
  PRIMARY KEY ((region, generation), topic, partition, block)`;

/** Versions that were begun; those with a manifest are whole. `buckets` says where rows of a key are. */
const VIEW_VERSIONS = `
  region text, view_name text, version int, buckets int, manifest text, sha256 text,
  PRIMARY KEY ((region, view_name), version)`;

/** Some dozens of keys a partition: one read finds a key, and few removals a version. One row for each part with the key. */
const VIEW_ROWS = `
  region text, view_name text, version int, bucket int, key text, part int, rows text,
  PRIMARY KEY ((region, view_name, version, bucket), key, part)`;

export function schemaOf({ keyspace, replicationFactor }: SchemaSettings): readonly string[] {
  const replication = `{'class': 'NetworkTopologyStrategy', 'replication_factor': ${replicationFactor}}`;
  const table = (name: string, columns: string, options: string): string =>
    `CREATE TABLE IF NOT EXISTS ${keyspace}.${name} (${columns}) WITH ${options}`;
  return [
    `CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = ${replication}`,
    table('profiles', PROFILES, `default_time_to_live = ${PROFILE_TTL_S}`),
    table('profile_marks', MARKS, 'default_time_to_live = 0'),
    table('title_totals', TITLE_TOTALS, 'default_time_to_live = 0'),
    table('title_total_cells', TITLE_TOTAL_CELLS, 'default_time_to_live = 0'),
    table('title_total_blocks', TITLE_TOTAL_BLOCKS, 'default_time_to_live = 0'),
    table('view_versions', VIEW_VERSIONS, 'default_time_to_live = 0'),
    table('view_rows', VIEW_ROWS, 'default_time_to_live = 0'),
  ];
}
