import assert from 'node:assert/strict';
import { test } from 'node:test';
import { country, titleId } from '../../../domain/ids.ts';
import { createSpeedReader } from '../../../domain/speed-reader.ts';
import type { SpeedRecord } from '../../../domain/speed-view.ts';
import { createSpeedOwner, type FoldInput } from '../../../streaming/speed/owner.ts';
import { createCheckpointStore, createLeaseDouble } from '../../seam/doubles.ts';

const shape = { topic: 'plays', partition: 0, blockSize: 8, slots: 2 } as const;

/** A partition whose log begins at `logStart`; `lake` says what the lake knows of what came before. */
function lane(logStart: number, lake: (offset: number) => number | undefined) {
  const records: SpeedRecord[] = [];
  const lease = createLeaseDouble();
  const checkpoints = createCheckpointStore();
  const asked: number[] = [];
  return {
    asked,
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
          read: () => Promise.resolve(records),
          publish: (added) => Promise.resolve(void records.push(...added)),
        },
        rawHighBelow(offset) {
          asked.push(offset);
          return Promise.resolve(lake(offset));
        },
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
  await first.owner.checkpoint();
  known = 900;
  asked.length = 0;
  const second = await open();
  assert.deepEqual([second.position, asked], [101, [101]]);
  await second.owner.process(inputs(101, 40, true));
  await second.owner.flush();
  assert.deepEqual(events(reader(), 104), [8, 8, 8, 8, 5]);
  assert.deepEqual(reader().reach(104), { watermark: 141, holes: [] });
});

test('an owner goes on from what is published when there is no checkpoint', async () => {
  const { open, reader } = lane(0, () => undefined);
  const first = await open();
  await first.owner.process(inputs(0, 13));
  await first.owner.flush();
  const second = await open();
  assert.equal(second.position, 13);
  await second.owner.process(inputs(13, 2));
  await second.owner.flush();
  assert.deepEqual(events(reader(), 0), [8, 7]);
});

test('records that the log lost are a hole, told until a cut lies above it', async () => {
  const { open, reader } = lane(0, () => undefined);
  const { owner } = await open();
  await owner.process(inputs(0, 10));
  await owner.process(inputs(12, 14));
  await owner.flush();
  assert.ok(reader().reach(0).holes.includes(1));
});
