/**
 * Looks for a profile in every object of the region: views and training sets as Parquet, checkpoints decoded, everything
 * else byte by byte, unpacked where it is packed.
 */
import { zstdDecompressSync } from 'node:zlib';
import type { ErasureFinding } from '../../domain/erasure/report.ts';
import type { ProfileId, Region } from '../../domain/ids.ts';
import { hashProfile } from '../../domain/hash.ts';
import { isDistinctive } from '../../domain/erasure/distinctive.ts';
import { quoteName, quoteText, type DuckDbConnection } from '../../infra/duckdb/connection.ts';
import { describeColumns } from '../../infra/duckdb/described.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import type { ObjectStore } from '../../infra/object-store/port.ts';
import { keysOfPart } from '../../infra/state/checkpoint-part.ts';
import { holdsSql, shapeIn, shapesOf } from './shapes.ts';

export interface ObjectAuditDeps {
  readonly store: Pick<ObjectStore, 'get' | 'list'>;
  readonly bucket: string;
  readonly region: Region;
  /** Reads Parquet parts where they lie. */
  readonly lake: Pick<DuckDbLake, 'read'>;
}

export interface ObjectAudit {
  readonly objects: number;
  /** Keys of checkpoints, and rows of parts. */
  readonly keys: number;
  readonly rows: number;
  readonly findings: readonly ErasureFinding[];
}

const ZSTD_MAGIC = 0xfd2fb528;

/** `hasReturned`: state under the id is then that of the returning member. */
export async function auditObjects(
  { store, bucket, region, lake }: ObjectAuditDeps,
  profileId: ProfileId,
  hasReturned: boolean,
  onStep: (step: string) => void = () => undefined,
): Promise<ObjectAudit> {
  const shapes = shapesOf(profileId);
  const findings: ErasureFinding[] = [];
  let [keys, rows] = [0, 0];
  const listed = (await store.list(`${region}/`)).filter(({ key }) => !key.startsWith(`${region}/erasures/`));
  for (const [at, { key }] of listed.entries()) {
    if (at % 20 === 0) onStep(`objects: ${at} of ${listed.length}`);
    const place = `object/${key.slice(region.length + 1)}`;
    if (key.endsWith('.parquet')) {
      const part = await lake.read((connection) => auditPart(connection, `s3://${bucket}/${key}`, profileId));
      rows += part.rows;
      if (part.found > 0 && !hasReturned) findings.push({ place, found: part.found, as: 'id' });
      continue;
    }
    const body = (await store.get(key))?.body;
    // Gone since it was listed.
    if (body === undefined) continue;
    const bytes = unpacked(body);
    const isCheckpoint = key.includes('/checkpoints/keyed/') && key.includes('/parts/');
    if (isCheckpoint) {
      const held = keysOfPart(bytes);
      keys += held.length;
      if (hasReturned) continue;
      const found = held.filter((one) => one === profileId).length;
      if (found > 0) findings.push({ place, found, as: 'key' });
    }
    const as = hasReturned ? undefined : shapeIn(bytes, shapes);
    if (as !== undefined && !findings.some((one) => one.place === place))
      findings.push({ place, found: 1, as });
  }
  return { objects: listed.length, keys, rows, findings };
}

function unpacked(body: Uint8Array): Buffer {
  const bytes = Buffer.from(body);
  if (bytes.length < 4 || bytes.readUInt32LE(0) !== ZSTD_MAGIC) return bytes;
  try {
    return zstdDecompressSync(bytes);
  } catch {
    return bytes;
  }
}

async function auditPart(
  connection: DuckDbConnection,
  path: string,
  profileId: ProfileId,
): Promise<{ rows: number; found: number }> {
  const from = `read_parquet(${quoteText(path)})`;
  const tests = (await describeColumns(connection, from))
    .map(({ name, type }) => testOf(name, type, profileId))
    .filter((test) => test !== undefined);
  const where = tests.length === 0 ? 'false' : tests.map((test) => `coalesce(${test}, false)`).join(' OR ');
  const counted = await connection.query(
    `SELECT CAST(count(*) AS DOUBLE) AS rows, CAST(count(*) FILTER (WHERE ${where}) AS DOUBLE) AS found FROM ${from}`,
  );
  return {
    rows: Number(counted.columns['rows']!.values[0]),
    found: Number(counted.columns['found']!.values[0]),
  };
}

function testOf(name: string, type: string, profileId: ProfileId): string | undefined {
  const column = quoteName(name);
  const id = quoteText(profileId);
  if (type === 'BIGINT' || type === 'UBIGINT' || type === 'DOUBLE')
    return `${column} = ${hashProfile(profileId)}`;
  if (type === 'VARCHAR' && name === 'profile_id') return `${column} = ${id}`;
  if (!isDistinctive(profileId) || !/VARCHAR|BLOB/.test(type)) return undefined;
  return holdsSql(type === 'BLOB' ? `TRY(decode(${column}))` : `CAST(${column} AS VARCHAR)`, profileId);
}
