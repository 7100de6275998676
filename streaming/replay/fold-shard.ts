/** Folds raw events of the lake anew for a backfill: the clean records as rows of their tables, in memory. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErasureBook } from '../../domain/erasure/book.ts';
import type { Generation } from '../../domain/ids.ts';
import type { CleanRecord } from '../../domain/events/event.ts';
import type { TableInput } from '../../domain/manifest.ts';
import type { SideInputs } from '../../domain/side-inputs.ts';
import type { RawShard } from '../../domain/backfills/run.ts';
import { CLEAN_TOPICS, type CleanTopic } from '../../domain/topics.ts';
import type { CleanCodec } from '../../infra/avro/codec.ts';
import { fingerprintIn } from '../../infra/avro/fingerprint.ts';
import type { Config } from '../../infra/config.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import type { PartitionRows } from '../../infra/lake/port.ts';
import { RAW_TABLE } from '../../infra/lake/tables.ts';
import { createLmdbExtractState } from '../../infra/state/lmdb-extract-state.ts';
import { BLOCK_ROWS } from '../sink/blocks.ts';
import { createRowBuffer, type RowBuffer } from '../sink/row-buffer.ts';
import { replayExtract } from './extract-log.ts';
import type { ReplayOutput } from './port.ts';

export interface FoldDeps {
  readonly lake: DuckDbLake;
  readonly codec: CleanCodec;
  readonly config: Pick<Config, 'extract' | 'ingest'>;
  /** Whose events are somebody else's by now. */
  readonly erasures: Pick<ErasureBook, 'owners'>;
}

export interface FoldOrder {
  readonly generation: Generation;
  /** Snapshots to read. */
  readonly inputs: readonly TableInput[];
  readonly shard: Pick<RawShard, 'partition' | 'from' | 'to'>;
  readonly lookups?: Pick<SideInputs, 'catalogue' | 'pages'> | undefined;
  /** Called now and then while the log is read; throws to end it. */
  readonly onProgress: () => void;
}

export interface FoldedShard {
  /** Raw events that were folded. */
  readonly raw: number;
  /** By table, in the order of the log. The clean offset is not known here: `offset` is the raw offset. */
  readonly rows: ReadonlyMap<CleanTopic, readonly PartitionRows[]>;
}

/** The fold that the live lane runs, over one shard. Memory holds the shard's clean records. */
export async function foldShard(deps: FoldDeps, order: FoldOrder): Promise<FoldedShard> {
  const { lake, codec, config, erasures } = deps;
  const { generation, inputs, shard, lookups, onProgress } = order;
  const reference = (table: CleanTopic | typeof RAW_TABLE): string | undefined => {
    const input = inputs.find((one) => one.table === table);
    return input && lake.reference(table, input.snapshotId);
  };
  const raw = reference(RAW_TABLE);
  const buffers = new Map<CleanTopic, RowBuffer[]>();
  if (raw === undefined) return { raw: 0, rows: new Map() };
  const clean = new Map(
    CLEAN_TOPICS.flatMap((topic) => {
      const found = reference(topic);
      return found === undefined ? [] : [[topic, found] as const];
    }),
  );
  const { maxEventBytes } = config.ingest;
  const scratch = await mkdtemp(join(tmpdir(), 'marquee-fold-'));
  const state = createLmdbExtractState(scratch);
  try {
    const folded = await replayExtract(
      {
        ...{ lake, codec, raw, clean, state, maxEventBytes },
        ownersOf: (partition) => erasures.owners(generation, partition),
        limits: { dedupeWindowMs: config.extract.dedupeWindowMs, maxEventBytes },
        countries: countriesOf(config),
        ...(lookups === undefined ? {} : { lookups }),
        onWindow: onProgress,
        target: {
          take: (outputs) => {
            for (const output of outputs) push(buffers, output);
            return Promise.resolve();
          },
          close: () => Promise.resolve(),
        },
      },
      { generation, ...shard },
    );
    const rows = [...buffers].map(([topic, blocks]) => {
      const parts = blocks.map((block): PartitionRows => ({
        ...{ generation, partition: shard.partition, follows: -1 },
        rowCount: block.rowCount(),
        columns: block.columns(),
      }));
      return [topic, parts] as const;
    });
    return { raw: folded, rows: new Map(rows) };
  } finally {
    await state.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

function push(buffers: Map<CleanTopic, RowBuffer[]>, { topic, record, value }: ReplayOutput): void {
  const blocks = buffers.get(topic as CleanTopic) ?? [];
  buffers.set(topic as CleanTopic, blocks);
  let last = blocks.at(-1);
  if (last === undefined || last.rowCount() >= BLOCK_ROWS)
    blocks.push((last = createRowBuffer(topic as CleanTopic)));
  const clean = record as CleanRecord;
  last.push({
    offset: clean.rawOffset,
    record: clean,
    schemaFingerprint: fingerprintIn(value) ?? '',
    bytes: value.byteLength,
  });
}

const countriesOf = ({ extract }: FoldDeps['config']): ReadonlySet<string> | undefined =>
  extract.countries === undefined ? undefined : new Set(extract.countries.split(','));
