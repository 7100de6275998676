import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { GenerationHistory, GenerationRecord } from '../../domain/generations.ts';
import { generation, titleId } from '../../domain/ids.ts';
import type { CutVector } from '../../domain/manifest.ts';
import { MEASURE_COUNT, MEASURES } from '../../domain/measures.ts';
import { joinCounts, mergeBuckets, mergeTitle } from '../../domain/merge.ts';
import { COUNTED_TOPICS, speedViewPartition, type CountedTopic } from '../../domain/topics.ts';
import { encodeSpeedMessage } from '../../domain/speed-codec.ts';
import { batchOfRecords } from '../../infra/kafka/log-batch.ts';
import { silentLog } from '../../infra/log.ts';
import type { GenerationLane } from '../../serving/generation-lane.ts';
import { createGenerationLanes } from '../../serving/generation-lanes.ts';
import { NO_LOG_ENDS } from '../../serving/log-end.ts';
import { createSpeedPart } from '../../serving/speed-part.ts';
import { speedRecordsOf, type CountedEvent } from '../support/speed-records.ts';

const BLOCK_SIZE = 8;
const TITLES = ['a', 'b'];
const record = (name: string, partitions: number, state: GenerationRecord['state']): GenerationRecord => ({
  ...{ generation: generation(name), partitions, blockSize: BLOCK_SIZE, state },
  ...{ ends: {}, sealedAt: null },
});
const BEFORE: GenerationHistory = [];
const UNDER_WAY = [record('g1', 1, 'closing'), record('g2', 2, 'open')];
const SEALED = [record('g1', 1, 'sealed'), record('g2', 2, 'open')];
const CONFIGURED = { generation: generation('g1'), partitions: 1, blockSize: BLOCK_SIZE };

/** Lanes whose cells a test puts in; tells which are open. */
function bench(first: GenerationHistory) {
  let history = first;
  const open = new Map<string, GenerationLane>();
  let nudges = 0;
  const lanes = createGenerationLanes({
    configured: CONFIGURED,
    follower: { current: () => history, ageMs: () => 0, nudge: () => (nudges += 1) },
    open(shape) {
      const lane: GenerationLane = {
        ...{ shape, speed: createSpeedPart(shape, silentLog()) },
        followed: () => ({ isCaughtUp: true, silentMs: 0 }),
        playsFollowed: () => ({ isCaughtUp: true, silentMs: 0 }),
        logEnds: () => NO_LOG_ENDS,
        silence: { observe: () => [] },
        settled: Promise.resolve(),
        close() {
          open.delete(shape.generation);
          return Promise.resolve();
        },
      };
      const past = written.filter(({ name }) => name === shape.generation);
      for (const { topic, partition, events } of past) feed(lane, topic, partition, events);
      open.set(shape.generation, lane);
      return lane;
    },
  });
  return {
    lanes,
    opened: () => [...open.keys()],
    counted: () => lanes.counted().map(({ shape }) => shape.generation as string),
    nudges: () => nudges,
    become(next: GenerationHistory) {
      history = next;
      lanes.refresh();
    },
    /** What the topic of a generation holds, for lanes that are open and those to come. */
    write(name: string, topic: CountedTopic, partition: number, events: readonly CountedEvent[]) {
      written.push({ name, topic, partition, events });
      const lane = open.get(name);
      if (lane !== undefined) feed(lane, topic, partition, events);
    },
  };
}

let written: { name: string; topic: CountedTopic; partition: number; events: readonly CountedEvent[] }[] = [];

function feed(
  { shape, speed }: GenerationLane,
  topic: CountedTopic,
  partition: number,
  events: readonly CountedEvent[],
) {
  const at = speedViewPartition(topic, partition, shape.partitions);
  const records = speedRecordsOf({ topic, partition, blockSize: BLOCK_SIZE }, events).map(
    ({ key, value }, offset) => ({
      ...{ offset, timestamp: 0, headers: {}, key: Buffer.from(key) },
      value: value && Buffer.from(encodeSpeedMessage(value)),
    }),
  );
  const of = { topic: 't', partition: at, highWatermark: records.length, isStale: () => false };
  if (records.length > 0) speed.take(batchOfRecords(of, records));
}

const event = fc.record({
  title: fc.constantFrom(...TITLES),
  country: fc.constantFrom('DE', 'FR'),
  bucket: fc.integer({ min: 1, max: 3 }),
});
const log = fc.array(event, { maxLength: 4 * BLOCK_SIZE });

/** The view over a log that counts all before each cut. */
function viewOver(events: readonly (readonly [CountedTopic, CountedEvent])[]) {
  const sums = new Map<string, Float64Array>();
  for (const [topic, { title }] of events) {
    const of = sums.get(title) ?? new Float64Array(MEASURE_COUNT);
    sums.set(title, of);
    of[MEASURES.indexOf(topic === 'plays' ? 'plays' : 'impressions')]! += 1;
  }
  return sums;
}

test('view and cells of two generations add up to every event once, at every step of a change and back', () => {
  fc.assert(
    fc.property(
      fc.record({ plays: log, impressions: log }),
      fc.record({ plays: fc.tuple(log, log), impressions: fc.tuple(log, log) }),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 2, maxLength: 2 }),
      fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 4, maxLength: 4 }),
      fc.constantFrom('before the change', 'while it is under way', 'once it is sealed'),
      (old, next, oldBlocks, nextBlocks, when) => {
        written = [];
        const one = bench(
          when === 'before the change' ? BEFORE : when === 'once it is sealed' ? SEALED : UNDER_WAY,
        );
        const cutIn = (events: readonly CountedEvent[], blocks: number): number =>
          Math.min(blocks, Math.floor(events.length / BLOCK_SIZE)) * BLOCK_SIZE;
        const oldCut: CutVector = {
          plays: [cutIn(old.plays, oldBlocks[0]!)],
          impressions: [cutIn(old.impressions, oldBlocks[1]!)],
        };
        const nextCut: CutVector = {
          plays: next.plays.map((events, p) => cutIn(events, nextBlocks[p]!)),
          impressions: next.impressions.map((events, p) => cutIn(events, nextBlocks[2 + p]!)),
        };
        const all: (readonly [CountedTopic, CountedEvent])[] = [];
        const inOldView: typeof all = [];
        const inNextView: typeof all = [];
        for (const topic of COUNTED_TOPICS) {
          const ofOld = old[topic].map((counted) => [topic, counted] as const);
          all.push(...ofOld);
          inOldView.push(...ofOld.slice(0, oldCut[topic]![0]));
          inNextView.push(...ofOld);
          one.write('g1', topic, 0, old[topic]);
        }
        const check = (view: Map<string, Float64Array>, expected: typeof all, step: string): void => {
          const speed = joinCounts(one.lanes.counted().map((lane) => lane.speed.totals()));
          for (const title of TITLES) {
            const truth = viewOver(expected).get(title);
            const merged = mergeTitle(speed, speed, titleId(title));
            for (const measure of ['plays', 'impressions'] as const) {
              const batch = view.get(title)?.[MEASURES.indexOf(measure)] ?? 0;
              const wanted = truth?.[MEASURES.indexOf(measure)] ?? 0;
              assert.equal(batch + (merged?.[measure].speed ?? 0), wanted, `${step}: ${measure} of ${title}`);
            }
          }
        };
        one.lanes.serve({ generation: generation('g1'), cut: oldCut });
        check(viewOver(inOldView), all, 'the view of the old generation');
        one.become(UNDER_WAY);
        for (const topic of COUNTED_TOPICS) {
          next[topic].forEach((events, partition) => {
            const own = events.map((counted) => [topic, counted] as const);
            all.push(...own);
            inNextView.push(...own.slice(0, nextCut[topic]![partition]));
            one.write('g2', topic, partition, events);
          });
        }
        check(viewOver(inOldView), all, 'the old view and both generations');
        one.become(SEALED);
        check(viewOver(inOldView), all, 'the old view once the old generation is sealed');
        one.lanes.serve({ generation: generation('g2'), cut: nextCut });
        assert.deepEqual(one.counted(), ['g2']);
        check(viewOver(inNextView), all, 'the view of the new generation');
        one.lanes.serve({ generation: generation('g1'), cut: oldCut });
        check(viewOver(inOldView), all, 'back to the old view');
      },
    ),
    { numRuns: 60 },
  );
});

test('sums by bucket and everything are of all generations too', () => {
  written = [];
  const one = bench(UNDER_WAY);
  one.write('g1', 'plays', 0, [{ title: 'a', country: 'DE', bucket: 1 }]);
  one.write('g2', 'plays', 1, [{ title: 'a', country: 'DE', bucket: 1 }]);
  const speed = joinCounts(one.lanes.counted().map((lane) => lane.speed.totals()));
  const everything = new Float64Array(MEASURE_COUNT);
  speed.addEverything(everything);
  assert.equal(everything[MEASURES.indexOf('plays')], 2);
  assert.equal(mergeBuckets([speed], [1, 2]).get(titleId('a'))?.[MEASURES.indexOf('plays')], 2);
});

test('a view of a generation that is not known yet has the record asked for at once', () => {
  written = [];
  const one = bench(BEFORE);
  one.lanes.serve({ generation: generation('g2'), cut: {} });
  assert.ok(one.nudges() > 0);
  assert.deepEqual(one.counted(), ['g1'], 'what there is goes on until then');
  one.become(SEALED);
  assert.deepEqual([one.counted(), one.opened()], [['g2'], ['g2']]);
});

test('before it is known which view is served only what any of them needs is read, without one everything', () => {
  written = [];
  const one = bench(SEALED);
  assert.deepEqual(one.counted(), ['g2']);
  one.lanes.serveWithoutView();
  assert.deepEqual(one.counted(), ['g1', 'g2']);
});

test('that the record was not heard is told', () => {
  const lanesOf = (history: GenerationHistory | undefined, ageMs: number) =>
    createGenerationLanes({
      configured: CONFIGURED,
      follower: { current: () => history, ageMs: () => ageMs, nudge: () => undefined },
      open: (shape) => ({ shape, speed: createSpeedPart(shape, silentLog()) }) as GenerationLane,
    }).whyUnsure(1000);
  assert.match(lanesOf(undefined, Infinity) ?? '', /not known yet/);
  assert.match(lanesOf(SEALED, Infinity) ?? '', /nobody confirms/);
  assert.match(lanesOf(SEALED, 5000) ?? '', /not heard for 5 s/);
  assert.equal(lanesOf(SEALED, 10), undefined);
});
