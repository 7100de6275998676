/** Makes a view out of a file of lines: read, check, lay into columns, write one ordered part. */
import { mkdir } from 'node:fs/promises';
import type { Refuse } from '../../domain/json-fields.ts';
import { createLineFaults, LINE_RULES, type LineFaults } from '../../domain/line-faults.ts';
import type { Column } from '../../domain/manifest.ts';
import type { Refusal } from '../../domain/publishing.ts';
import type { WriteColumn } from '../../infra/duckdb/columns.ts';
import type { DuckDbConnection } from '../../infra/duckdb/connection.ts';
import type { DuckDb } from '../../infra/duckdb/duckdb.ts';
import { readLines, type LineLimits, type SourceLine } from '../../infra/sources/lines.ts';
import type { SourceFile } from '../../infra/sources/source.ts';
import { schemaOf, writePart, type LocalPart } from '../parts.ts';
import { loadSql } from '../sql.ts';

export interface IngestLimits extends LineLimits {
  /** A source with more lines is refused. */
  readonly maxRows: number;
  /** Bad lines that a refusal names. */
  readonly maxFaults: number;
}

export interface IngestOptions {
  /** Folder for the part; made when it is not there. */
  readonly outDir: string;
  /** Called as the work goes on, with what comes next. */
  readonly onProgress?: (step: string) => void;
}

export interface IngestedParts {
  readonly parts: readonly LocalPart[];
  readonly schema: readonly Column[];
  readonly rowCounts: Readonly<Record<string, number>>;
  readonly metrics: Readonly<Record<string, number>>;
}

/** The parts of a version, or why there will be none. */
export type Ingested = { readonly refusal: Refusal } | ({ readonly refusal: null } & IngestedParts);

/** The same file gives the same bytes. SOURCE_INVALID where the file cannot be read as lines. */
export interface IngestJob {
  /** Raised when the same source gives other parts. */
  readonly layout: number;
  compute(file: Pick<SourceFile, 'path' | 'source'>, options: IngestOptions): Promise<Ingested>;
}

/** What one kind of source is made of. */
export interface Lines<T> {
  read(value: unknown, refuse: Refuse): T;
  /** Holds rows to each other; what only shows at the end is found by `check`. */
  createCheck(faults: LineFaults): { add(line: number, row: T): void; check?(): void };
  /** Columns of the temporary table, by name. */
  readonly columns: Readonly<Record<string, ColumnOf<T>>>;
}

export type ColumnOf<T> =
  | { readonly kind: 'text'; readonly of: (row: T) => string | null }
  | { readonly kind: 'number'; readonly of: (row: T) => number | null };

export interface IngestDeps<T> {
  readonly duckdb: DuckDb;
  readonly lines: Lines<T>;
  /** Name of the part, of the temporary table, and of the SQL that orders one into the other. */
  readonly part: string;
  readonly layout: number;
  readonly limits: IngestLimits;
}

export function createIngestJob<T>({ duckdb, lines, part, layout, limits }: IngestDeps<T>): IngestJob {
  const table = `${part}_input`;
  return {
    layout,
    compute: ({ path, source }, { outDir, onProgress }) =>
      duckdb.use(async (connection) => {
        const faults = createLineFaults(limits.maxFaults);
        const check = lines.createCheck(faults);
        await connection.stage(table, toColumns(lines, []), 0);
        try {
          let count = 0;
          for await (const chunk of readLines(path, source, limits)) {
            onProgress?.('lines');
            count += chunk.length;
            if (count > limits.maxRows) return tooMany(limits.maxRows);
            const read = readRows(lines, chunk, check, faults);
            await connection.append(table, Object.values(toColumns(lines, read)), read.length);
          }
          check.check?.();
          const refusal = faults.refusal();
          if (refusal !== null) return { refusal };
          onProgress?.(part);
          await mkdir(outDir, { recursive: true });
          return { refusal: null, ...(await write(connection, outDir, part)) };
        } finally {
          await connection.run(`DROP TABLE IF EXISTS ${table}`);
        }
      }),
  };
}

function readRows<T>(
  lines: Lines<T>,
  chunk: readonly SourceLine[],
  check: { add(line: number, row: T): void },
  faults: LineFaults,
): T[] {
  const rows: T[] = [];
  for (const { number, text, fault } of chunk) {
    if (text === undefined) {
      faults.add(number, LINE_RULES.lines, fault);
      continue;
    }
    try {
      const row = lines.read(parse(text), refuseLine);
      check.add(number, row);
      rows.push(row);
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      faults.add(number, LINE_RULES.lines, error.message);
    }
  }
  return rows;
}

class BadLine extends Error {}

const refuseLine: Refuse = (reason) => {
  throw new BadLine(reason);
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return refuseLine(`it is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function toColumns<T>(lines: Lines<T>, rows: readonly T[]): Record<string, WriteColumn> {
  return Object.fromEntries(
    Object.entries(lines.columns).map(([name, column]): [string, WriteColumn] => [
      name,
      column.kind === 'text'
        ? { kind: 'text', values: rows.map(column.of) }
        : { kind: 'number', values: rows.map(column.of) },
    ]),
  );
}

const tooMany = (maxRows: number): Ingested => ({
  refusal: { rule: LINE_RULES.lines, reason: `there are more than ${maxRows} lines` },
});

async function write(connection: DuckDbConnection, outDir: string, name: string): Promise<IngestedParts> {
  const parts = [await writePart(connection, outDir, name, loadSql(name))];
  const rowCounts = Object.fromEntries(parts.map((part) => [part.name, part.rows]));
  return { parts, schema: schemaOf(parts), rowCounts, metrics: rowCounts };
}
