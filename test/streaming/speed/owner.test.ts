import { columnsOf } from '../../../domain/counted-columns.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { country, profileId, titleId } from '../../../domain/ids.ts';
import type { MeasureLimits } from '../../../domain/measures.ts';
import { createSpeedReader } from '../../../domain/speed-reader.ts';
import type { SpeedRecord } from '../../../domain/speed-view.ts';
import { createSpeedOwner, type FoldInput } from '../../../streaming/speed/owner.ts';
import { createCheckpointStore, createLeaseDouble } from '../../seam/doubles.ts';

const shape = { topic: 'plays', partition: 0, blockSize: 8, slots: 2 } as const;

/** Windows of some records: their append times are ten apart. */
const LIMITS: MeasureLimits = { capCount: 2, capWindowMs: 100, qualifyWindowMs: 100 };
/** Windows that end with the record itself. */
const NO_WINDOWS: MeasureLimits = { capCount: 2, capWindowMs: 1, qualifyWindowMs: 0 };

/**
 * A partition whose log begins at `logStart`; `lake` says what the lake knows of what came before, `log` what the log
 * holds for those who look back.
 */
function lane(
  logStart: number,
  lake: (offset: number) => number | undefined,
  { limits = NO_WINDOWS, log = [] }: { limits?: MeasureLimits; log?: readonly FoldInput[] } = {},
) {
  const read: number[] = [];
  const records: SpeedRecord[] = [];
  const lease = createLeaseDouble();
  const checkpoints = createCheckpointStore();
  const asked: number[] = [];
  const readFrom: number[] = [];
  return {
    asked,
    /** Where reading the speed view began, at each opening. */
    readFrom,
    /** Offsets read to warm up. */
    read,
    loseCheckpoint: checkpoints.lose,
    reader() {
      const reader = createSpeedReader(shape.blockSize);
      for (const record of records) reader.apply(record);
      return reader;
    },
    async open() {
      const owner = createSpeedOwner({
        shape,
        lease,
        checkpoints: checkpoints.session(),
        view: {
          read(from) {
            readFrom.push(from);
            return Promise.resolve({ records: records.slice(from), from });
          },
          publish: (added) => Promise.resolve(void records.push(...added)),
          next: () => records.length,
        },
        rawHighBelow(offset) {
          asked.push(offset);
          return Promise.resolve(lake(offset));
        },
        history: {
          offsetAt: (time) =>
            Promise.resolve(log.find(({ record }) => record!.appendTime >= time)?.offset ?? 1e9),
          read(from, to, take) {
            for (const input of log.filter(({ offset }) => offset >= from && offset < to)) {
              read.push(input.offset);
              take(columnsOf([input]));
            }
            return Promise.resolve();
          },
        },
        limits,
      });
      const position = await owner.open(logStart);
      return { owner, position };
    },
  };
}

/** Records from `offset` on; their raw offsets go on from 1000, but for a first one that repeats an old record. */
const inputs = (offset: number, count: number, isRepeat = false): FoldInput[] =>
  Array.from({ length: count }, (_, i) => ({
    offset: offset + i,
    record: {
      rawOffset: isRepeat && i === 0 ? 3 : 1000 + offset + i,
      appendTime: 10 * (offset + i),
      profileId: profileId('p'),
      timeStatus: 'ok',
      kind: 'play_start',
      eventTime: 0,
      country: country('SE'),
      titleId: titleId('t'),
    },
  }));

const events = (reader: ReturnType<ReturnType<typeof lane>['reader']>, cut: number): number[] =>
  reader.pastCut(cut).map(({ marker }) => marker.events);

test('a fold that does not know what was taken before it claims no block, not even one whose first offset is its own', async () => {
  const { open, reader } = lane(104, () => undefined);
  const { owner, position } = await open();
  assert.equal(position, 104);
  await owner.process(inputs(104, 20, true));
  await owner.flush();
  assert.deepEqual(events(reader(), 104), []);
  assert.deepEqual(reader().reach(104), { watermark: 104, holes: [13, 14, 15] });
});

test('once the lake knows, the blocks that follow count, and the ones before stay holes', async () => {
  let known = undefined as number | undefined;
  const { open, reader } = lane(104, () => known);
  const { owner } = await open();
  await owner.process(inputs(104, 10, true));
  known = 900;
  await owner.process(inputs(114, 16));
  await owner.flush();
  assert.deepEqual(events(reader(), 104), [8, 2]);
  assert.deepEqual(reader().reach(104).holes, [13, 14]);
  assert.deepEqual(reader().reach(120), { watermark: 130, holes: [] });
});

test('a fold that had to guess is not gone on with: after a restart the lake is asked again', async () => {
  let known = undefined as number | undefined;
  const { open, reader, asked } = lane(101, () => known);
  const first = await open();
  await first.owner.process(inputs(101, 40, true));
  await first.owner.save(first.owner.snapshot());
  known = 900;
  asked.length = 0;
  const second = await open();
  assert.deepEqual([second.position, asked], [101, [101]]);
  await second.owner.process(inputs(101, 40, true));
  await second.owner.flush();
  assert.deepEqual(events(reader(), 104), [8, 8, 8, 8, 5]);
  assert.deepEqual(reader().reach(104), { watermark: 141, holes: [] });
});

test('an owner without a checkpoint folds the block under way again, having looked back a window', async () => {
  const log = inputs(0, 80);
  const { open, reader, read } = lane(0, () => undefined, { limits: LIMITS, log });
  const first = await open();
  await first.owner.process(log.slice(0, 43));
  await first.owner.flush();
  const second = await open();
  assert.equal(second.position, 40);
  // The newest record before the block is of time 390: the window of proofs begins at 290, that of caps at 300.
  assert.deepEqual(read, [29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
  await second.owner.process(log.slice(40, 50));
  await second.owner.flush();
  assert.deepEqual(events(reader(), 0), [8, 8, 8, 8, 8, 8, 2]);
  assert.deepEqual(cappedPlays(reader()), cappedPlays(await readerOfOneRun(log.slice(0, 50))));
});

test('an owner with an older checkpoint warms up from there', async () => {
  const log = inputs(0, 80);
  const { open, reader, read } = lane(0, () => undefined, { limits: LIMITS, log });
  const first = await open();
  await first.owner.process(log.slice(0, 37));
  await first.owner.save(first.owner.snapshot());
  await first.owner.process(log.slice(37, 43));
  await first.owner.flush();
  const second = await open();
  assert.equal(second.position, 40);
  assert.deepEqual(read, [37, 38, 39]);
  await second.owner.process(log.slice(40, 50));
  await second.owner.flush();
  assert.deepEqual(cappedPlays(reader()), cappedPlays(await readerOfOneRun(log.slice(0, 50))));
});

test('a checkpoint in the block under way is gone on from, and nothing is read again', async () => {
  const log = inputs(0, 80);
  const { open, read } = lane(0, () => undefined, { limits: LIMITS, log });
  const first = await open();
  await first.owner.process(log.slice(0, 43));
  await first.owner.save(first.owner.snapshot());
  await first.owner.flush();
  const second = await open();
  assert.deepEqual([second.position, read], [43, []]);
});

test('where the log does not reach back a window, no block is claimed until one has gone by', async () => {
  const log = inputs(104, 40);
  const { open, reader } = lane(104, () => 900, { limits: LIMITS, log });
  const { owner } = await open();
  await owner.process(log);
  await owner.flush();
  // What was known begins after time 1040; the first block that needs nothing before that starts at 120.
  assert.deepEqual(reader().reach(104).holes, [13, 14]);
  assert.deepEqual(events(reader(), 120), [8, 8, 8]);
});

async function readerOfOneRun(records: readonly FoldInput[]) {
  const { open, reader } = lane(0, () => undefined, { limits: LIMITS, log: records });
  const { owner } = await open();
  await owner.process(records);
  await owner.flush();
  return reader();
}

/** By block. */
const cappedPlays = (reader: ReturnType<ReturnType<typeof lane>['reader']>): number[] =>
  reader
    .pastCut(0)
    .map(({ chunks }) =>
      [...chunks.values()]
        .flatMap((chunk) => (chunk.family === 'cells' ? [...chunk.columns.measures] : []))
        .reduce((sum, value, i) => (i % 8 === 4 ? sum + value : sum), 0),
    );

test('records that the log lost are a hole, told until a cut lies above it', async () => {
  const { open, reader } = lane(0, () => undefined);
  const { owner } = await open();
  await owner.process(inputs(0, 10));
  await owner.process(inputs(12, 14));
  await owner.flush();
  assert.ok(reader().reach(0).holes.includes(1));
});

test('the speed view is read on from where a checkpoint stood, and what lay before is still cleared up', async () => {
  const log = inputs(0, 80);
  const { open, reader, readFrom } = lane(0, () => undefined, { limits: LIMITS, log });
  const first = await open();
  await first.owner.process(log.slice(0, 43));
  await first.owner.flush();
  await first.owner.save(first.owner.snapshot());
  const next = first.owner.snapshot().view?.next ?? 0;
  await first.owner.process(log.slice(43, 60));
  await first.owner.flush();
  const second = await open();
  assert.ok(next > 0);
  assert.deepEqual(readFrom, [0, next]);
  await second.owner.process(log.slice(second.position, 62));
  await second.owner.flush();
  assert.deepEqual(events(reader(), 0), [8, 8, 8, 8, 8, 8, 8, 6]);
  const keys = reader().keysBelow(48);
  assert.equal(await second.owner.tombstoneBelow(48), keys.length);
  assert.deepEqual(reader().keysBelow(48), []);
});
