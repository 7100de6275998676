import type { Manifest } from '../../domain/manifest.ts';
import type { Refusal } from '../../domain/publishing.ts';
import type { ColumnSet } from '../../infra/duckdb/columns.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { partSql, shardsSql } from '../parts.ts';

/** A version with its parts on local disk, by name. */
export interface ValidatedVersion {
  readonly manifest: Manifest;
  readonly partPaths: Readonly<Record<string, string>>;
}

export interface Verdict {
  readonly rule: string;
  readonly passed: boolean;
  /** One sentence for the operator, also when it passed. */
  readonly reason: string;
  readonly metrics: Readonly<Record<string, number>>;
}

/** One rule that a version must keep before it may be announced. */
export interface Validator {
  readonly rule: string;
  /** `previous` is null for the first version of a view. */
  validate(candidate: ValidatedVersion, previous: ValidatedVersion | null): Promise<Verdict>;
}

/** Reads one row of numbers from parts. */
export async function measure(duckdb: DuckDb, sql: string): Promise<Record<string, number>> {
  const { columns }: ColumnSet = await duckdb.use((connection) => connection.query(sql));
  return Object.fromEntries(Object.entries(columns).map(([name, { values }]) => [name, Number(values[0])]));
}

/** SQL that reads a part of a version; throws RangeError for a part it does not have. */
export function partOf({ manifest, partPaths }: ValidatedVersion, name: string): string {
  const path = partPaths[name];
  if (path === undefined) throw new RangeError(`version ${manifest.version} has no part ${name}`);
  return partSql(path);
}

/** SQL that reads all parts of a version whose names begin so: one that is written in shards. RangeError where there is none. */
export function shardsOf({ manifest, partPaths }: ValidatedVersion, prefix: string): string {
  const paths = Object.entries(partPaths).filter(([name]) => name.startsWith(prefix));
  if (paths.length === 0) throw new RangeError(`version ${manifest.version} has no part ${prefix}…`);
  return shardsSql(paths.map(([, path]) => path));
}

/** Runs all rules in order, one at a time, and stops at the first that the candidate breaks. */
export async function firstRefusal(
  validators: readonly Validator[],
  candidate: ValidatedVersion,
  previous: ValidatedVersion | null,
): Promise<Refusal | null> {
  for (const validator of validators) {
    const { rule, passed, reason } = await validator.validate(candidate, previous);
    if (!passed) return { rule, reason };
  }
  return null;
}
