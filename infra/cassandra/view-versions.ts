/** Versions of views in Cassandra, by key: for those that are too large for the memory of whoever serves them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import { hashText } from '../../domain/hash.ts';
import type { Region } from '../../domain/ids.ts';
import { parseManifest, type Manifest } from '../../domain/manifest.ts';
import { corrupt, type ViewName, type ViewVersion } from '../../domain/views.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import { checkPart, type StoredManifest } from '../hermes/parts.ts';
import { eachKey, withPartFile, type KeyRows } from '../hermes/repositories/part-rows.ts';
import { requireKeyColumn, type VersionRepository, type ViewRow } from '../hermes/repositories/port.ts';
import { sha256Of } from '../hermes/text-objects.ts';
import type { Cassandra, Row, Value } from './client.ts';

export interface CassandraVersionsDeps {
  readonly cassandra: Pick<Cassandra, 'run'>;
  readonly keyspace: string;
  readonly region: Region;
}

export interface CassandraWriting {
  /** Reads parts. */
  readonly duckdb: Pick<DuckDb, 'use'>;
  /** A folder that is there, for a part at a time. */
  readonly scratchDir: string;
  /** Statements under way at a time. */
  readonly concurrency: number;
}

/** Of rows of the view: some 60 kB of rows that were made ahead. */
const ROWS_A_BUCKET = 1024;
const MOST_BUCKETS = 1 << 24;
/** A version is millions of statements: one that got no answer does not begin it anew. */
const MOST_TRIES = 6;
const FIRST_PAUSE_MS = 100;

/** The number of a manifest, so that whoever puts it comes to the same. */
export function bucketsOf({ parts }: Pick<Manifest, 'parts'>): number {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  return Math.min(Math.max(Math.ceil(rows / ROWS_A_BUCKET), 1), MOST_BUCKETS);
}

const bucketOf = (key: string, buckets: number): number => hashText(key) % buckets;

/** What serving asks: reads alone. All verbs throw CASSANDRA_UNAVAILABLE where no node answers. */
export function createCassandraReader({
  cassandra,
  keyspace,
  region,
}: CassandraVersionsDeps): Pick<VersionRepository, 'versions' | 'open'> {
  const select = `SELECT buckets, manifest, sha256 FROM ${keyspace}.view_versions
    WHERE region = ? AND view_name = ? AND version = ?`;
  const list = `SELECT version, sha256 FROM ${keyspace}.view_versions WHERE region = ? AND view_name = ?`;
  const find = `SELECT rows FROM ${keyspace}.view_rows
    WHERE region = ? AND view_name = ? AND version = ? AND bucket = ? AND key = ?`;
  return {
    async versions(view) {
      const rows = await cassandra.run(list, [region, view]);
      const whole = rows.filter((row) => row['sha256'] !== null);
      return whole.map((row) => Number(row['version']) as ViewVersion).sort((a, b) => b - a);
    },
    async open(view, version) {
      const [row] = await cassandra.run(select, [region, view, version]);
      const stored = row && storedIn(row, view, version);
      if (stored === undefined) throw new MarqueeError('VIEW_NOT_FOUND', { view, version });
      requireKeyColumn(view, version);
      const buckets = Number(row?.['buckets']);
      return {
        stored,
        async find(key) {
          const found = await cassandra.run(find, [region, view, version, bucketOf(key, buckets), key]);
          return found.flatMap(({ rows }) => JSON.parse(String(rows)) as ViewRow[]);
        },
      };
    },
  };
}

/** Undefined for a version that is not whole. */
function storedIn(row: Row, view: ViewName, version: ViewVersion): StoredManifest | undefined {
  if (row['sha256'] === null || row['manifest'] === null) return undefined;
  const text = String(row['manifest']);
  const sha256 = sha256Of(text);
  if (sha256 !== row['sha256']) corrupt(view, version)('its manifest has another checksum');
  return { manifest: parseManifest(text, view, version), text, sha256 };
}

export function createCassandraVersions(deps: CassandraVersionsDeps & CassandraWriting): VersionRepository {
  const { keyspace, region, duckdb, scratchDir, concurrency } = deps;
  const reader = createCassandraReader(deps);
  const versions = `${keyspace}.view_versions`;
  const where = `WHERE region = ? AND view_name = ? AND version = ?`;
  const begin = `INSERT INTO ${versions} (region, view_name, version, buckets) VALUES (?, ?, ?, ?)`;
  const close = `UPDATE ${versions} SET manifest = ?, sha256 = ? ${where}`;
  const put = `INSERT INTO ${keyspace}.view_rows (region, view_name, version, bucket, key, part, rows)
    VALUES (?, ?, ?, ?, ?, ?, ?)`;
  const run = (statement: string, values: readonly Value[]): Promise<readonly Row[]> =>
    patiently(() => deps.cassandra.run(statement, values));

  async function opened(view: ViewName, version: ViewVersion): Promise<StoredManifest | undefined> {
    try {
      return (await reader.open(view, version)).stored;
    } catch (error) {
      if (isMarqueeError(error, 'VIEW_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  async function putPart(manifest: Manifest, at: number, column: string, body: Uint8Array): Promise<void> {
    const { view, version } = manifest;
    const buckets = bucketsOf(manifest);
    const write = async ({ key, rows }: KeyRows): Promise<void> => {
      await run(put, [region, view, version, bucketOf(key, buckets), key, at, rows]);
    };
    await withPartFile(scratchDir, body, (path) =>
      eachKey(duckdb, path, column, (keys) => inLanes(keys, concurrency, write)),
    );
  }

  return {
    ...reader,
    async put(stored, readPart) {
      const { manifest, text, sha256 } = stored;
      const { view, version } = manifest;
      const column = requireKeyColumn(view, version);
      const there = await opened(view, version);
      if (there?.sha256 === sha256) return;
      if (there !== undefined)
        throw new MarqueeError('VIEW_VERSION_TAKEN', { view, version, owner: 'another manifest' });
      await run(begin, [region, view, version, bucketsOf(manifest)]);
      for (const [at, part] of manifest.parts.entries()) {
        const body = await readPart(part);
        checkPart(view, version, part, body);
        await putPart(manifest, at, column, body);
      }
      await run(close, [text, sha256, region, view, version]);
    },
    async remove(view, version) {
      const [row] = await run(`SELECT buckets FROM ${versions} ${where}`, [region, view, version]);
      if (row === undefined) return;
      await run(`DELETE manifest, sha256 FROM ${versions} ${where}`, [region, view, version]);
      const forget = `DELETE FROM ${keyspace}.view_rows ${where} AND bucket = ?`;
      const buckets = Array.from({ length: Number(row['buckets']) }, (_, bucket) => bucket);
      await inLanes(buckets, concurrency, async (bucket) => {
        await run(forget, [region, view, version, bucket]);
      });
      // Last: until then a removal that died half-way is found again.
      await run(`DELETE FROM ${versions} ${where}`, [region, view, version]);
    },
  };
}

/** Again when nobody answered: every statement may run twice. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (tries >= MOST_TRIES || !isMarqueeError(error, 'CASSANDRA_UNAVAILABLE')) throw error;
      await sleep(FIRST_PAUSE_MS * 2 ** tries);
    }
  }
}

/** So many at a time; all that began have ended when this rejects. */
async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !failed) {
      try {
        await work(items[next++]!);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const settled = await Promise.allSettled(Array.from({ length: Math.min(lanes, items.length) }, lane));
  for (const result of settled) if (result.status === 'rejected') throw result.reason;
}
