import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blockEnd, blockOf, blockStart } from '../../domain/blocks.ts';
import { country, profileId, titleId } from '../../domain/ids.ts';
import { columnsOf } from '../../domain/counted-columns.ts';
import { createMeasureMemory } from '../../domain/measure-memory.ts';
import {
  addMeasures,
  IMPRESSIONS,
  MEASURE_COUNT,
  MEASURE_LIMITS,
  type Counted,
  type CountedRecord,
} from '../../domain/measures.ts';
import { hashProfile } from '../../domain/hash.ts';
import { mergeDistinct } from '../../domain/distinct.ts';
import { mergeRows, NO_COUNTS } from '../../domain/merge.ts';
import { createSpeedFold, startAt } from '../../domain/speed-fold.ts';
import { createSpeedTotals, type SpeedTotals } from '../../domain/speed-totals.ts';
import type { SpeedRecord } from '../../domain/speed-view.ts';
import { COUNTED_TOPICS, type CountedTopic } from '../../domain/topics.ts';
import { BUCKET_MS, bucketOf } from '../../domain/time.ts';

const BLOCK_SIZE = 4;
const PARTITIONS = 2;

type Cut = Readonly<Record<CountedTopic, readonly number[]>>;

type Step =
  | { readonly do: 'fold'; readonly topic: CountedTopic; readonly partition: number; readonly title: string }
  | { readonly do: 'flush' }
  | { readonly do: 'restart' }
  | { readonly do: 'cut'; readonly at: Cut }
  | { readonly do: 'prepare'; readonly at: Cut }
  | { readonly do: 'go on' }
  | { readonly do: 'cut as prepared' };

const offsetsArbitrary = fc.array(
  fc.nat(5).map((block) => block * BLOCK_SIZE),
  { minLength: PARTITIONS, maxLength: PARTITIONS },
);
const cutArbitrary: fc.Arbitrary<Cut> = fc.record({ plays: offsetsArbitrary, impressions: offsetsArbitrary });
const stepArbitrary: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant('fold' as const),
      topic: fc.constantFrom(...COUNTED_TOPICS),
      partition: fc.nat(PARTITIONS - 1),
      title: fc.constantFrom('a', 'b', 'c'),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ do: 'flush' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'restart' as const }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cut' as const), at: cutArbitrary }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('prepare' as const), at: cutArbitrary }) },
  { weight: 4, arbitrary: fc.constant({ do: 'go on' as const }) },
  { weight: 2, arbitrary: fc.constant({ do: 'cut as prepared' as const }) },
);

interface Lane {
  readonly topic: CountedTopic;
  readonly partition: number;
  fold: ReturnType<typeof createSpeedFold>;
  epoch: number;
  whole: boolean;
  /** Records folded with what each counts for, and how many of them are published. */
  readonly records: { readonly record: CountedRecord; readonly counted: Counted }[];
  readonly memory: ReturnType<typeof createMeasureMemory>;
  published: number;
}

function recordOf(topic: CountedTopic, offset: number, title: string): CountedRecord {
  return {
    rawOffset: offset,
    appendTime: offset * 1000,
    profileId: profileId(`p${offset % 3}`),
    profileHash: hashProfile(`p${offset % 3}`),
    playId: `x${offset % 4}`,
    row: offset % 2 === 0 ? 'trending' : 'new',
    timeStatus: offset % 7 === 6 ? 'old' : 'ok',
    kind: topic === 'impressions' ? 'impression' : offset % 3 === 0 ? 'play_stop' : 'play_start',
    eventTime: (offset % 5) * BUCKET_MS,
    country: country(offset % 2 === 0 ? 'DE' : 'FR'),
    titleId: titleId(title),
    viewedSeconds: offset * 10,
  };
}

function play(steps: readonly Step[]): void {
  const totals = createSpeedTotals({ partitions: PARTITIONS, blockSize: BLOCK_SIZE });
  const shapeOf = (topic: CountedTopic, partition: number) => ({
    topic,
    partition,
    blockSize: BLOCK_SIZE,
    slots: 2,
  });
  const lanes: Lane[] = COUNTED_TOPICS.flatMap((topic) =>
    Array.from({ length: PARTITIONS }, (_, partition) => ({
      topic,
      partition,
      fold: createSpeedFold(shapeOf(topic, partition), startAt(0, -1)),
      epoch: 1,
      whole: false,
      records: [],
      memory: createMeasureMemory(MEASURE_LIMITS),
      published: 0,
    })),
  );
  let cut: Cut = { plays: [0, 0], impressions: [0, 0] };
  let prepared: { readonly cut: Cut; readonly work: Generator } | undefined;
  const flush = (lane: Lane): void => {
    if (lane.fold.isEmpty() || !(lane.fold.isDirty() || lane.whole)) return;
    for (const record of lane.fold.flush(lane.epoch, lane.whole))
      totals.apply(lane.topic, lane.partition, record);
    lane.whole = false;
    lane.published = lane.records.length;
  };
  for (const step of steps) {
    if (step.do === 'flush') lanes.forEach(flush);
    else if (step.do === 'cut') {
      cut = step.at;
      totals.setCut(cut);
    } else if (step.do === 'prepare') {
      prepared = { cut: step.at, work: totals.prepareCut(step.at) };
    } else if (step.do === 'go on') {
      for (let i = 0; i < 3; i++) prepared?.work.next();
    } else if (step.do === 'cut as prepared') {
      if (prepared === undefined) continue;
      cut = prepared.cut;
      totals.setCut(cut);
    } else if (step.do === 'restart') {
      for (const lane of lanes) {
        lane.fold = createSpeedFold(shapeOf(lane.topic, lane.partition), lane.fold.checkpoint());
        lane.epoch += 1;
        lane.whole = true;
      }
    } else {
      const lane = lanes.find(
        ({ topic, partition }) => topic === step.topic && partition === step.partition,
      )!;
      if (lane.fold.isFull()) {
        flush(lane);
        lane.fold.advance();
      }
      const record = recordOf(step.topic, lane.records.length, step.title);
      lane.fold.step(lane.records.length, record);
      const columns = columnsOf([{ offset: lane.records.length, record }]);
      lane.records.push({ record, counted: lane.memory.take(columns, 0) });
    }
    check(totals, lanes, cut);
  }
}

/** Plain recomputation: every published record at or past the cut, one by one. */
function check(totals: SpeedTotals, lanes: readonly Lane[], cut: Cut): void {
  const expected = new Map<string, number[]>();
  const inBuckets = new Map<string, number[]>();
  const byRow = new Map<string, number[]>();
  const starters = new Set<string>();
  for (const lane of lanes) {
    const from = cut[lane.topic][lane.partition]!;
    lane.records.slice(from, lane.published).forEach(({ record, counted }) => {
      if (counted === 0) return;
      const one = new Float64Array(MEASURE_COUNT);
      addMeasures(record.viewedSeconds ?? NaN, counted, one, 0);
      if (record.kind === 'play_start') starters.add(`${record.titleId} ${record.profileId}`);
      if (one[IMPRESSIONS] === 1) addTo(byRow, `${record.titleId} ${record.row}`, [1, one[IMPRESSIONS + 4]!]);
      addTo(expected, `${record.titleId} ${record.country}`, one);
      const bucket = bucketOf(record.eventTime, record.timeStatus);
      if (bucket >= 1 && bucket < 4) addTo(inBuckets, record.titleId, one);
    });
    assert.equal(totals.reach().watermark[lane.topic][lane.partition], Math.max(from, lane.published));
  }
  const found = new Map<string, number[]>();
  for (const title of totals.titles())
    for (const [where, sums] of totals.countriesOf(title)) found.set(`${title} ${where}`, [...sums]);
  assert.deepEqual(sorted(found), sorted(withoutZeros(expected)));
  const foundInBuckets = new Map<string, number[]>();
  totals.eachInBuckets(1, 4, undefined, (title, sums, base) =>
    addTo(foundInBuckets, title, sums.subarray(base, base + MEASURE_COUNT)),
  );
  assert.deepEqual(sorted(foundInBuckets), sorted(withoutZeros(inBuckets)));
  const everything = new Float64Array(MEASURE_COUNT);
  totals.addEverything(everything);
  const sums = new Map<string, number[]>([['', new Array<number>(MEASURE_COUNT).fill(0)]]);
  for (const values of expected.values()) addTo(sums, '', values);
  assert.deepEqual([...everything], sums.get(''));
  for (const title of ['a', 'b', 'c'].map(titleId)) {
    const rows = mergeRows(NO_COUNTS, totals, title, null).map(({ row, impressions, cappedImpressions }) => [
      `${title} ${row}`,
      [impressions.total, cappedImpressions.total],
    ]);
    assert.deepEqual(rows.sort(), [...byRow].filter(([key]) => key.startsWith(`${title} `)).sort());
    const distinct = [...starters].filter((key) => key.startsWith(`${title} `)).length;
    assert.equal(mergeDistinct(NO_COUNTS, totals, title).total, distinct);
  }
}

function addTo(sums: Map<string, number[]>, key: string, values: ArrayLike<number>): void {
  const row = sums.get(key) ?? Array.from({ length: values.length }, () => 0);
  sums.set(
    key,
    row.map((value, m) => value + values[m]!),
  );
}

const sorted = (sums: Map<string, number[]>): [string, number[]][] =>
  [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
const withoutZeros = (sums: Map<string, number[]>): Map<string, number[]> =>
  new Map([...sums].filter(([, values]) => values.some((value) => value !== 0)));

test('the aggregate equals a plain recount of what is published past the cut, whatever is flushed, restarted or cut', () => {
  fc.assert(
    fc.property(fc.array(stepArbitrary, { maxLength: 120 }), (steps) => play(steps)),
    { numRuns: 300 },
  );
});

/** Folds `count` plays of one title into partition 0, flushing after each; returns what was published. */
function publishPlays(count: number): SpeedRecord[] {
  const shape = { topic: 'plays', partition: 0, blockSize: BLOCK_SIZE, slots: 2 } as const;
  const fold = createSpeedFold(shape, startAt(0, -1));
  const records: SpeedRecord[] = [];
  for (let offset = 0; offset < count; offset++) {
    if (fold.isFull()) fold.advance();
    fold.step(offset, { ...recordOf('plays', offset, 'a'), kind: 'play_start', timeStatus: 'ok' });
    records.push(...fold.flush(1, false));
  }
  return records;
}

test('a block whose records are removed from the speed view becomes a hole, and its counts go', () => {
  const totals = createSpeedTotals({ partitions: PARTITIONS, blockSize: BLOCK_SIZE });
  const records = publishPlays(11);
  for (const record of records) totals.apply('plays', 0, record);
  assert.deepEqual(totals.reach().holes, []);
  const keys = new Set(records.filter(({ value }) => value?.block === 1).map(({ key }) => key));
  for (const key of keys) totals.apply('plays', 0, { key, value: null });
  assert.deepEqual(totals.reach().holes, [{ topic: 'plays', partition: 0, block: 1 }]);
  const sums = new Float64Array(MEASURE_COUNT);
  totals.addEverything(sums);
  assert.equal(sums[0], 11 - BLOCK_SIZE);
  assert.equal(totals.reach().watermark.plays[0], 11);
  assert.equal(blockOf(10, BLOCK_SIZE), 2);
});

test('a hole below the cut is none', () => {
  const totals = createSpeedTotals({ partitions: PARTITIONS, blockSize: BLOCK_SIZE });
  for (const record of publishPlays(11)) if (record.value?.block !== 0) totals.apply('plays', 0, record);
  assert.equal(totals.reach().holes.length, 1);
  totals.setCut({ plays: [blockEnd(0, BLOCK_SIZE), 0], impressions: [0, 0] });
  assert.deepEqual(totals.reach().holes, []);
  totals.setCut({ plays: [blockStart(0, BLOCK_SIZE), 0] });
  assert.equal(totals.reach().holes.length, 1);
});

test('a cut that was prepared to its end is taken over with what came meanwhile', () => {
  const totals = createSpeedTotals({ partitions: PARTITIONS, blockSize: BLOCK_SIZE });
  const records = publishPlays(22);
  for (const record of records.slice(0, -6)) totals.apply('plays', 0, record);
  totals.settle();
  const cut = { plays: [2 * BLOCK_SIZE, 0] };
  const work = totals.prepareCut(cut);
  let steps = 0;
  for (let isDone = false; !isDone; steps++) {
    const late = records[records.length - 6 + steps];
    if (late !== undefined) totals.apply('plays', 0, late);
    isDone = work.next().done === true;
  }
  assert.ok(steps > 3);
  const sums = new Float64Array(MEASURE_COUNT);
  totals.addEverything(sums);
  assert.equal(sums[0], 22);
  totals.setCut(cut);
  sums.fill(0);
  totals.addEverything(sums);
  assert.equal(sums[0], 22 - 2 * BLOCK_SIZE);
});

test('a partition that the generation does not have is refused', () => {
  const totals = createSpeedTotals({ partitions: PARTITIONS, blockSize: BLOCK_SIZE });
  assert.throws(() => totals.apply('plays', PARTITIONS, { key: 'x', value: null }), RangeError);
});
