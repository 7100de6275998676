/**
 * Titles, countries and rows by number, in the order of their names: sums and order go by numbers, and no name is looked
 * at again before a part is written. 0 stands for none. Statements bring 64 bits of hash for each name, which are found
 * here: a join by text costs several times as much.
 */
import { MarqueeError } from '../../domain/errors.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import { createKeyIndex, type KeyIndex } from './key-index.ts';

const COLUMNS = ['title_id', 'country', 'row'] as const;
export type Named = (typeof COLUMNS)[number];

export const isNamed = (column: string): column is Named => (COLUMNS as readonly string[]).includes(column);

/** The name of code n is the nth, from 1; null is that of 0. */
export type Names = Readonly<Record<Named, readonly (string | null)[]>>;

/** Finds names by the 64 bits that stand for them. */
export interface CodesByKey {
  /** The codes of what keySql brought. Throws RangeError for a name that has none. */
  codesOf(column: Named, keys: BigUint64Array): Int32Array<ArrayBuffer>;
}

/** What stands for each name, in the order of their codes. */
export type Keys = Readonly<Record<Named, BigUint64Array>>;

export interface Codes extends CodesByKey {
  readonly names: Names;
  readonly keys: Keys;
  /** SQL of the 64 bits that stand for the name in a column, a UBIGINT. */
  keySql(column: Named): string;
}

/** Undefined where two names have the same key. */
export function codesByKeys(keys: Keys): CodesByKey | undefined {
  const indexes: Partial<Record<Named, KeyIndex>> = {};
  for (const column of COLUMNS) {
    const index = createKeyIndex(keys[column]);
    if (index === undefined) return undefined;
    indexes[column] = index;
  }
  return { codesOf: (column, of) => indexes[column]!.placesOf(of) };
}

/** SQL of a name's hash. */
type Hash = (name: string) => string;
/** The second is for names of which two are alike by the first, which costs less. */
const HASHES: readonly Hash[] = [
  (name) => `hash(${name})`,
  (name) => `CAST(coalesce('0x' || left(md5(${name}), 16), '0') AS UBIGINT)`,
];

/** Numbers all names in the relations `sources`, which have each some of the columns title_id, country and row. */
export async function nameInOrder(
  connection: DuckDbConnection,
  sources: readonly string[],
  hashes: readonly Hash[] = HASHES,
): Promise<Codes> {
  const lists = COLUMNS.map((column) => `list(DISTINCT "${column}") AS "${column}"`);
  const rows = [
    'SELECT NULL::VARCHAR AS title_id, NULL::VARCHAR AS country, NULL::VARCHAR AS "row"',
    ...sources,
  ];
  await connection.run(
    `CREATE OR REPLACE TEMP TABLE names AS SELECT ${lists.join(', ')} FROM (${rows.join(' UNION ALL BY NAME ')})`,
  );
  try {
    for (const hash of hashes) {
      const codes = await codesBy(connection, hash);
      if (codes !== undefined) return codes;
    }
  } finally {
    await connection.run('DROP TABLE names');
  }
  throw new MarqueeError('INTERNAL', { reason: 'names cannot be told apart by 64 bits' });
}

/** Undefined where two names have the same hash. */
async function codesBy(connection: DuckDbConnection, hash: Hash): Promise<Codes | undefined> {
  const names: Partial<Record<Named, readonly (string | null)[]>> = {};
  const keys: Partial<Record<Named, BigUint64Array>> = {};
  for (const column of COLUMNS) {
    const { columns } = await connection.query(`SELECT name, ${hash('name')} AS key
      FROM (SELECT unnest(list_prepend(NULL, list_filter("${column}", lambda one: one IS NOT NULL))) AS name FROM names)
      ORDER BY name NULLS FIRST`);
    keys[column] = columns['key']!.values as BigUint64Array;
    names[column] = columns['name']!.values as (string | null)[];
  }
  const byKey = codesByKeys(keys as Keys);
  if (byKey === undefined) return undefined;
  return { ...byKey, names: names as Names, keys: keys as Keys, keySql: (column) => hash(`"${column}"`) };
}
