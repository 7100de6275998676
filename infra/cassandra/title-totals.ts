/**
 * Totals by title, country and bucket in Cassandra, one row for each block that counts in them: the sum over rows is what
 * the speed layer counts, whoever adds them up.
 */
import type { Generation, Region } from '../../domain/ids.ts';
import type { CountedTopic } from '../../domain/topics.ts';
import type { Cassandra, Row } from './client.ts';
import { MEASURE_COLUMNS } from './schema.ts';

export interface BlockName {
  readonly topic: CountedTopic;
  readonly partition: number;
  readonly block: number;
}

export interface CellName {
  readonly title: string;
  readonly country: string;
  readonly bucket: number;
}

/** What a block says of one of its cells. */
export interface CellTotal extends CellName {
  /** In the order of MEASURES; undefined takes the row away. */
  readonly measures: readonly number[] | undefined;
  /** Of two words about a cell of a block the one with the higher version stays. */
  readonly version: bigint;
}

/** All verbs throw CASSANDRA_UNAVAILABLE, and change nothing when done again. */
export interface TitleTotals {
  write(block: BlockName, cell: CellTotal): Promise<void>;
  /** Blocks that rows were written of. */
  blocks(): Promise<readonly BlockName[]>;
  /** Takes away all rows of a block, for good. */
  bury(block: BlockName): Promise<void>;
}

/** Above the version of every word that a fold can say. */
const LAST_VERSION = 1n << 61n;

export interface TotalsTables {
  readonly cassandra: Pick<Cassandra, 'run'>;
  readonly keyspace: string;
  readonly region: Region;
  readonly generation: Generation;
}

export function createTitleTotals({ cassandra, keyspace, region, generation }: TotalsTables): TitleTotals {
  const island = [region, generation] as const;
  const named = 'region, generation, topic, partition, block';
  const put = `INSERT INTO ${keyspace}.title_totals (${named}, title, country, bucket, ${MEASURE_COLUMNS.join(', ')})
    VALUES (${Array.from({ length: 8 + MEASURE_COLUMNS.length }, () => '?').join(', ')}) USING TIMESTAMP ?`;
  const remove = `DELETE FROM ${keyspace}.title_totals USING TIMESTAMP ? WHERE region = ? AND generation = ?
    AND title = ? AND country = ? AND bucket = ? AND topic = ? AND partition = ? AND block = ?`;
  const ofBlock = `WHERE region = ? AND generation = ? AND topic = ? AND partition = ? AND block = ?`;
  const keysOf = ({ topic, partition, block }: BlockName) =>
    [...island, topic, partition, BigInt(block)] as const;

  /** Blocks that this process has noted: once each is enough. */
  const begunBlocks = new Set<string>();
  const nameOf = (block: BlockName): string => keysOf(block).join('/');

  /** Found again when the block is covered: written before what they name. */
  async function note(block: BlockName, { title, country, bucket }: CellName): Promise<void> {
    const noted = `INSERT INTO ${keyspace}.title_total_cells (${named}, title, country, bucket) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`;
    const begun = `INSERT INTO ${keyspace}.title_total_blocks (${named}) VALUES (?, ?, ?, ?, ?)`;
    if (!begunBlocks.has(nameOf(block))) {
      await cassandra.run(begun, keysOf(block));
      begunBlocks.add(nameOf(block));
    }
    await cassandra.run(noted, [...keysOf(block), title, country, bucket]);
  }

  async function take(block: BlockName, cell: CellName, version: bigint): Promise<void> {
    const { title, country, bucket } = cell;
    const [topic, partition, number] = keysOf(block).slice(2);
    await cassandra.run(remove, [version, ...island, title, country, bucket, topic!, partition!, number!]);
  }

  return {
    async write(block, cell) {
      const { title, country, bucket, measures, version } = cell;
      if (measures === undefined) return take(block, cell, version);
      await note(block, cell);
      const values = measures.map((value) => BigInt(value));
      await cassandra.run(put, [...keysOf(block), title, country, bucket, ...values, version]);
    },
    async blocks() {
      const select = `SELECT topic, partition, block FROM ${keyspace}.title_total_blocks WHERE region = ? AND generation = ?`;
      return (await cassandra.run(select, island)).map(blockIn);
    },
    async bury(block) {
      begunBlocks.delete(nameOf(block));
      const cells = `SELECT title, country, bucket FROM ${keyspace}.title_total_cells ${ofBlock}`;
      for (const cell of await cassandra.run(cells, keysOf(block)))
        await take(block, cellIn(cell), LAST_VERSION);
      for (const table of ['title_total_cells', 'title_total_blocks']) {
        await cassandra.run(`DELETE FROM ${keyspace}.${table} ${ofBlock}`, keysOf(block));
      }
    },
  };
}

const blockIn = (row: Row): BlockName => ({
  topic: row['topic'] as CountedTopic,
  partition: Number(row['partition']),
  block: Number(row['block']),
});

const cellIn = (row: Row): CellName => ({
  title: String(row['title']),
  country: String(row['country']),
  bucket: Number(row['bucket']),
});
