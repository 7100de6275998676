import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isMarqueeError, MarqueeError } from '../../../domain/errors.ts';
import { country, eventId, profileId, titleId } from '../../../domain/ids.ts';
import { createMemoryLake, type MemoryLake } from '../../../infra/lake/memory.ts';
import type { CleanRow, EncodedRow } from '../../../streaming/sink/rows.ts';
import { createSink, type SinkDeps } from '../../../streaming/sink/sink.ts';

const GENERATION = 'g1';

function row(offset: number, rawOffset = offset): CleanRow {
  return {
    offset,
    schemaFingerprint: '00ff',
    bytes: 100,
    record: {
      rawOffset,
      appendTime: 1_000 + rawOffset,
      timeStatus: 'ok',
      event: {
        kind: 'play_stop',
        eventId: eventId(`e${rawOffset}`),
        eventTime: 900 + rawOffset,
        profileId: profileId('p'),
        country: country('DE'),
        titleId: titleId('t'),
        playId: 'e0',
        positionSeconds: 1,
        viewedSeconds: 120.5,
        region: 'eu',
      },
    },
  };
}
const rows = (from: number, to: number): CleanRow[] =>
  Array.from({ length: to - from }, (_, i) => row(from + i));
const unavailable = (): Error => new MarqueeError('LAKE_UNAVAILABLE', { reason: 'on purpose' });

function sinkOn(lake: MemoryLake, over: Partial<SinkDeps> = {}) {
  const limits = { flushRecords: 10, flushBytes: 1 << 30, flushIntervalMs: 1000 };
  const own = { lake, generation: GENERATION, partitions: PARTITIONS, limits, blockRows: 3 };
  return createSink({ ...own, now: () => 0, ...over });
}
const offsetsIn = (lake: MemoryLake): unknown[] => lake.rows('plays').map(({ offset }) => offset);

test('nothing is committed before the buffer is full, then all of it at once', async () => {
  const lake = createMemoryLake('eu');
  const sink = sinkOn(lake);
  assert.equal(await sink.assign('plays', 0), 0);
  await sink.accept('plays', 0, rows(0, 9));
  assert.deepEqual(offsetsIn(lake), []);
  assert.equal(sink.waiting().get('plays'), 9);
  await sink.accept('plays', 0, rows(9, 12));
  assert.equal(lake.rows('plays').length, 10);
  assert.equal(sink.waiting().get('plays'), 2);
});

test('every field of a record has its column', async () => {
  const lake = createMemoryLake('eu-lake');
  const sink = sinkOn(lake);
  await sink.assign('plays', 3);
  await sink.accept('plays', 3, [row(0, 7)]);
  await sink.flush();
  const stored = lake.rows('plays')[0];
  const expected = { region: 'eu-lake', generation: GENERATION, partition: 3, offset: 0, raw_offset: 7 };
  const values = {
    event_time: 907,
    append_time: 1007,
    viewed_seconds: 120.5,
    event_region: 'eu',
    device: null,
  };
  for (const [name, value] of Object.entries({ ...expected, ...values }))
    assert.equal(stored?.[name], value, name);
});

test('raw records keep their bytes', async () => {
  const lake = createMemoryLake('eu');
  const sink = sinkOn(lake);
  await sink.assign('raw_events', 0);
  const value = Uint8Array.of(0xff, 0x00);
  await sink.accept('raw_events', 0, [{ offset: 0, appendTime: 5, key: null, value }]);
  await sink.flush();
  assert.deepEqual(lake.rows('raw_events')[0]?.['value'], value);
});

test('rows are committed once the oldest has waited long enough', async () => {
  const lake = createMemoryLake('eu');
  let time = 0;
  const sink = sinkOn(lake, { now: () => time });
  await sink.assign('plays', 0);
  await sink.accept('plays', 0, rows(0, 2));
  time = 999;
  await sink.tick();
  assert.equal(lake.rows('plays').length, 0);
  time = 1000;
  await sink.tick();
  assert.equal(lake.rows('plays').length, 2);
});

test('a large record counts by its bytes', async () => {
  const lake = createMemoryLake('eu');
  const sink = sinkOn(lake, { limits: { flushRecords: 1000, flushBytes: 1000, flushIntervalMs: 1000 } });
  await sink.assign('raw_events', 0);
  await sink.accept('raw_events', 0, [{ offset: 0, appendTime: 5, key: null, value: new Uint8Array(2000) }]);
  assert.equal(lake.rows('raw_events').length, 1);
});

test('a new owner reads on where the lake ends', async () => {
  const lake = createMemoryLake('eu');
  const first = sinkOn(lake);
  await first.assign('plays', 0);
  await first.accept('plays', 0, rows(0, 15));
  assert.equal(await sinkOn(lake).assign('plays', 0), 10);
});

test('an owner that wakes up late adds nothing twice', async () => {
  const lake = createMemoryLake('eu');
  const stale = sinkOn(lake);
  await stale.assign('plays', 0);
  await stale.accept('plays', 0, rows(0, 8));
  const owner = sinkOn(lake);
  await owner.assign('plays', 0);
  await owner.accept('plays', 0, rows(0, 5));
  await owner.flush();
  await stale.flush();
  assert.deepEqual(offsetsIn(lake), [0, 1, 2, 3, 4, 5, 6, 7]);
});

test('rows of a failed commit wait for the next one, before those that came since', async () => {
  const lake = createMemoryLake('eu');
  const sink = sinkOn(lake);
  await sink.assign('plays', 0);
  await sink.accept('plays', 0, rows(0, 5));
  lake.failNext(['before'], unavailable);
  const failed = assert.rejects(sink.flush(), (error) => isMarqueeError(error, 'LAKE_UNAVAILABLE'));
  await sink.accept('plays', 0, rows(5, 8));
  await failed;
  assert.equal(sink.waiting().get('plays'), 8);
  await sink.flush();
  assert.deepEqual(offsetsIn(lake), [0, 1, 2, 3, 4, 5, 6, 7]);
});

test('records that are missing are never passed over, unless the log has lost them', async () => {
  const lake = createMemoryLake('eu');
  const sink = sinkOn(lake);
  await sink.assign('plays', 0);
  const accepting = sink.accept('plays', 0, [row(0), row(4)]);
  await assert.rejects(accepting, (error) => isMarqueeError(error, 'LOG_UNAVAILABLE'));
  sink.skipTo('plays', 0, 4);
  await sink.accept('plays', 0, [row(4)]);
  await sink.flush();
  assert.deepEqual(offsetsIn(lake), [0, 4]);
});

test('a record that nobody can decode is passed over once it was refused, in the order of the log', async () => {
  const lake = createMemoryLake('eu');
  const sink = sinkOn(lake, { limits: { flushRecords: 2, flushBytes: 1 << 30, flushIntervalMs: 1000 } });
  await sink.assign('plays', 0);
  const error = new MarqueeError('RECORD_CORRUPT', { topic: 'plays', partition: 0, offset: 2, reason: 'x' });
  const broken: EncodedRow = {
    ...{ offset: 2, bytes: Buffer.from('no Avro'), from: 0, to: 7 },
    whole() {
      throw error;
    },
  };
  const batch = [row(0), row(1), broken, row(3), row(4)];
  await assert.rejects(sink.accept('plays', 0, batch), error);
  assert.deepEqual(offsetsIn(lake), [0, 1]);
  await sink.accept('plays', 0, batch, async ({ offset }, reason) => {
    assert.equal(offset, 2);
    assert.equal(reason, error);
    await sink.flush();
    assert.deepEqual(offsetsIn(lake), [0, 1]);
  });
  assert.deepEqual(offsetsIn(lake), [0, 1, 3, 4]);
});

type Step =
  | { kind: 'read'; sink: number; partition: number; count: number }
  | { kind: 'flush' | 'crash' | 'lostReply' | 'refused'; sink: number }
  | { kind: 'assign' | 'revoke'; sink: number; partition: number };

const SINKS = 3;
const PARTITIONS = 2;
const sinkIndex = fc.nat({ max: SINKS - 1 });
const partitionIndex = fc.nat({ max: PARTITIONS - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('read'),
      sink: sinkIndex,
      partition: partitionIndex,
      count: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('flush', 'crash', 'lostReply', 'refused'),
      sink: sinkIndex,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('assign', 'revoke'),
      sink: sinkIndex,
      partition: partitionIndex,
    }),
  },
);

/** Raw offset of each clean offset: mostly rising, with records that were sent again. */
function logOf(repeats: readonly number[]): number[] {
  const raw: number[] = [];
  let next = 0;
  for (const back of repeats) raw.push(back > 0 && back <= raw.length ? raw[raw.length - back]! : next++);
  return raw;
}

test('whatever crashes, wakes up, is refused or answered too late: each record is in the lake once, in order', async () => {
  const repeats = fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat({ max: 6 })), {
    minLength: 1,
    maxLength: 80,
    size: 'max',
  });
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(repeats, repeats),
      fc.array(step, { maxLength: 60, size: 'max' }),
      async (logs, steps) => {
        const raw = logs.map(logOf);
        const lake = createMemoryLake('eu');
        const sinks = Array.from({ length: SINKS }, () => sinkOn(lake));
        const reading = Array.from({ length: SINKS }, () => new Map<number, number>());
        const fallible = (work: Promise<void>) => work.catch(() => undefined);
        const restart = (index: number): void => {
          sinks[index] = sinkOn(lake);
          reading[index] = new Map();
        };
        for (const at of steps) {
          const sink = sinks[at.sink]!;
          const positions = reading[at.sink]!;
          if (at.kind === 'crash') restart(at.sink);
          else if (at.kind === 'assign')
            positions.set(at.partition, await sink.assign('plays', at.partition));
          else if (at.kind === 'revoke') {
            sink.revoke('plays', at.partition);
            positions.delete(at.partition);
          } else if (at.kind === 'read') {
            const from = positions.get(at.partition);
            if (from === undefined) continue;
            const log = raw[at.partition]!;
            const to = Math.min(log.length, from + at.count);
            positions.set(at.partition, to);
            const batch = log.slice(from, to).map((rawOffset, i) => row(from + i, rawOffset));
            await sink
              .accept('plays', at.partition, batch)
              .catch(async () => positions.set(at.partition, await sink.assign('plays', at.partition)));
          } else {
            if (at.kind === 'lostReply') lake.failNext(['after'], unavailable);
            if (at.kind === 'refused') lake.failNext(['before'], unavailable);
            await fallible(sink.flush());
            lake.failNext([], unavailable);
          }
        }
        const last = sinkOn(lake);
        for (const [partition, log] of raw.entries()) {
          const from = await last.assign('plays', partition);
          await last.accept(
            'plays',
            partition,
            log.slice(from).map((rawOffset, i) => row(from + i, rawOffset)),
          );
        }
        await last.flush();
        for (const [partition, log] of raw.entries()) {
          const kept = lake.rows('plays').filter((stored) => stored['partition'] === partition);
          const distinct = log.filter((rawOffset, i) => log.indexOf(rawOffset) === i);
          assert.deepEqual(
            kept.map((stored) => stored['raw_offset']),
            distinct,
          );
        }
      },
    ),
    { numRuns: 1000 },
  );
});
