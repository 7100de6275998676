/** Makes versions of views that files of SQL declare. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import {
  DECLARED_PART,
  declarationFile,
  type DeclaredPlan,
  type DeclaredView,
} from '../../domain/declared-view.ts';
import type { SourceInput, TableInput } from '../../domain/manifest.ts';
import { quoteName } from '../../infra/duckdb/connection.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import type { LakeTable } from '../../infra/lake/tables.ts';
import { newestAppend } from '../newest-append.ts';
import { writePart, type LocalPart } from '../parts.ts';
import { readQuery } from './read-query.ts';
import { withTables } from './tables-by-name.ts';

export interface DeclaredJob {
  /** Names the newest snapshots of the tables that it reads; undefined while none of them has a row. DECLARATION_INVALID. */
  plan(declared: DeclaredView): Promise<DeclaredPlan | undefined>;
  /** Writes the one part, ordered by the key; the same plan gives the same bytes. DECLARATION_INVALID where the SQL fails. */
  compute(plan: DeclaredPlan, outDir: string): Promise<LocalPart>;
}

export function createDeclaredJob({ lake }: { readonly lake: DuckDbLake }): DeclaredJob {
  return {
    async plan(declared) {
      const fail = refuse(declared);
      const tables = await lake.read((connection) => readQuery(connection, declared.sql, fail));
      const inputs: TableInput[] = [];
      for (const table of tables) {
        const snapshotId = await lake.snapshot(table);
        if (snapshotId !== undefined) inputs.push({ table, snapshotId });
      }
      const newest = await newestAppend(lake, inputs);
      return newest === null ? undefined : { declared, inputs, asOf: new Date(newest + 1).toISOString() };
    },

    async compute({ declared, inputs, asOf }, outDir) {
      await mkdir(outDir, { recursive: true });
      const { sql, key } = declared;
      const fail = refuse(declared);
      const snapshotOf = (table: LakeTable) => inputs.find((input) => input.table === table)?.snapshotId;
      return lake.read(async (connection) => {
        const tables = await readQuery(connection, sql, fail);
        const sqlOf = (table: LakeTable): string =>
          `SELECT * FROM ${lake.reference(table, snapshotOf(table))}`;
        const query = `SELECT * FROM (\n${sql}\n) ORDER BY ${key.map(quoteName).join(', ')}`;
        return withTables(connection, tables, sqlOf, () =>
          writePart(connection, outDir, DECLARED_PART, query, { as_of_ms: Date.parse(asOf) }).catch(
            (error: unknown) => {
              // What the data makes of the SQL stays as it is; what servers make of it may pass.
              if (isMarqueeError(error) || !OF_THE_SQL.test((error as Error).message)) throw error;
              return fail((error as Error).message.split('\n')[0] ?? 'it cannot be run');
            },
          ),
        );
      });
    },
  };
}

/** How DuckDB begins what it says of a query that its data does not suit. */
const OF_THE_SQL =
  /^(Binder|Catalog|Conversion|Out of Range|Invalid Input|Parser|Constraint|Mismatch Type|Not implemented) Error/;

/** The declaration as an input of the version, so that lineage tells which SQL made it. */
export function declarationInput({ view, sql }: DeclaredView): SourceInput {
  const bytes = Buffer.from(sql);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { source: `declaration:${declarationFile(view)}`, sha256, bytes: bytes.byteLength, etag: null };
}

const refuse =
  ({ view }: DeclaredView) =>
  (reason: string): never => {
    throw new MarqueeError('DECLARATION_INVALID', { faults: `${declarationFile(view)}: ${reason}` });
  };
