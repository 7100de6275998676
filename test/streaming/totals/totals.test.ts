import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MarqueeError } from '../../../domain/errors.ts';
import { encodeSpeedMessage } from '../../../domain/speed-codec.ts';
import type { SpeedRecord } from '../../../domain/speed-view.ts';
import { COUNTED_TOPICS, speedViewPartition } from '../../../domain/topics.ts';
import type { BlockName, CellTotal, TitleTotals } from '../../../infra/cassandra/title-totals.ts';
import { silentLog } from '../../../infra/log.ts';
import { createTotalsKeeper, type TotalsKeeper } from '../../../streaming/totals/totals.ts';
import { countMapSteps } from '../../support/map-steps.ts';
import { speedRecordsOf, type CountedEvent } from '../../support/speed-records.ts';
import { until } from '../../support/until.ts';

const PARTITION = 0;

type Taken = Parameters<TotalsKeeper['take']>[0];

const batchOf = (records: readonly SpeedRecord[]): Taken => ({
  partition: speedViewPartition('plays', PARTITION, 1),
  records: records.map(({ key, value }, offset) => ({
    ...{ key: Buffer.from(key), value: value && Buffer.from(encodeSpeedMessage(value)) },
    ...{ offset, timestamp: 0 },
  })) as unknown as Taken['records'],
});

interface Keeping {
  readonly keeper: TotalsKeeper;
  /** What was asked of the store, in order: `3 a` for a cell of block 3, `-3` for its burial. */
  readonly asked: string[];
  /** Until it is called, writes wait. */
  release(): void;
}

/** Over a store that answers once released, and says no where told to. */
function keep(
  blockSize: number,
  {
    concurrency = 4,
    refuse = () => false,
    stored = [],
  }: {
    readonly concurrency?: number;
    readonly refuse?: (asked: string) => boolean;
    readonly stored?: readonly BlockName[];
  } = {},
): Keeping {
  const asked: string[] = [];
  const open = Promise.withResolvers<void>();
  const ask = async (what: string): Promise<void> => {
    asked.push(what);
    await open.promise;
    if (refuse(what)) throw new MarqueeError('CASSANDRA_UNAVAILABLE', { reason: 'told to' });
  };
  const totals: TitleTotals = {
    write: ({ block }: BlockName, { title }: CellTotal) => ask(`${block} ${title}`),
    bury: ({ block }) => ask(`-${block}`),
    blocks: () => Promise.resolve(stored),
  };
  const limits = { concurrency, retryMs: 1 };
  const keeper = createTotalsKeeper({ totals, partitions: 1, blockSize, limits, log: silentLog() });
  return { keeper, asked, release: open.resolve };
}

const event = (title: string): CountedEvent => ({ title, country: 'US', bucket: 9 });
const recordsOf = (blockSize: number, events: readonly CountedEvent[]): SpeedRecord[] =>
  speedRecordsOf({ topic: 'plays', partition: PARTITION, blockSize }, events);
const buried = (records: readonly SpeedRecord[], block: number): SpeedRecord[] =>
  records.filter(({ value }) => value?.block === block).map(({ key }) => ({ key, value: null }));

const CELLS = 100_000;
const BLOCK_SIZE = 2 ** 14;

test('a write costs the same however many cells wait, and so does a block that is gone', async (t) => {
  const events = Array.from({ length: CELLS }, (_, n) => ({
    ...{ title: `t${n % 10_000}`, country: 'US', bucket: Math.floor(n / 10_000) },
  }));
  const records = recordsOf(BLOCK_SIZE, events);
  const { keeper, asked, release } = keep(BLOCK_SIZE, { concurrency: 64 });
  keeper.take(batchOf(records));
  assert.equal(keeper.status().waiting, CELLS);
  const tombstones = batchOf(buried(records, 0));
  const steps = countMapSteps(t);
  keeper.take(tombstones);
  assert.equal(keeper.status().waiting, CELLS - BLOCK_SIZE + 1);
  assert.ok(steps() < 100, `${steps()} steps for a block that is gone`);
  release();
  await until(() => asked.length >= 10_000 || steps() > 1e7, 60_000, 1);
  const [made, taken] = [asked.length, steps()];
  assert.ok(taken < 4 * made, `${taken} steps for ${made} writes`);
  await keeper.close();
});

test('a burial comes after writes of its block that are under way, and takes those that wait with it', async () => {
  const { keeper, asked, release } = keep(16, { concurrency: 1 });
  const records = recordsOf(16, Array.from('abcdefghijklmnopq', event));
  keeper.take(batchOf(records));
  await until(() => asked.length === 1);
  keeper.take(batchOf(buried(records, 0)));
  release();
  await until(() => keeper.status().waiting === 0);
  await keeper.close();
  const ofGone = asked.filter((one) => one.startsWith('0 ') || one === '-0');
  assert.equal(ofGone.at(-1), '-0');
  assert.ok(ofGone.length < 16 && asked.includes('1 q'), asked.join(', '));
});

test('what failed is written again unless something newer is known: its block gone, or another total', async () => {
  let isAway = true;
  const { keeper, asked, release } = keep(4, { concurrency: 8, refuse: () => isAway });
  const records = recordsOf(4, ['a', 'b', 'c', 'd', 'e'].map(event));
  keeper.take(batchOf(records));
  await until(() => asked.length === 5);
  keeper.take(batchOf(buried(records, 0)));
  release();
  await until(() => keeper.status().failed >= 5);
  isAway = false;
  asked.length = 0;
  await until(() => keeper.status().waiting === 0);
  await keeper.close();
  assert.deepEqual(asked.toSorted(), ['-0', '1 e']);
});

test('blocks that rows are of and the view has no more are buried once it was read to its end', async () => {
  const stored = [0, 1, 7].map((block) => ({ topic: COUNTED_TOPICS[0], partition: PARTITION, block }));
  const { keeper, asked, release } = keep(4, { stored });
  release();
  keeper.take(batchOf(recordsOf(4, ['a', 'b', 'c', 'd', 'e'].map(event))));
  keeper.caughtUp();
  await until(() => keeper.status().waiting === 0);
  await keeper.close();
  assert.deepEqual(
    asked.filter((one) => one.startsWith('-')),
    ['-7'],
  );
});
