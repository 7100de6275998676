/** The parts of the proof of moving partitions that need no servers: its schedule, and that each comparison can fail. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DerivedRecord } from '../../domain/events/derived.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { countedRecord } from '../../domain/measures.ts';
import { createSpeedFold, startAt } from '../../domain/speed-fold.ts';
import type { FamilyPart } from '../../domain/speed-view.ts';
import { COUNTED_TOPICS } from '../../domain/topics.ts';
import { loadConfig } from '../../infra/config.ts';
import {
  compareCounts,
  compareStates,
  compareUpserts,
  NOTHING_PASSING,
  PASSING,
  type LaneReach,
} from './rebalance/compare.ts';
import { entriesOf, type Entries } from './rebalance/expected-counts.ts';
import { keepNewest, type Upserts } from './rebalance/expected-profiles.ts';
import { figuresOf } from './rebalance/figures.ts';
import { createExpected, type Expected } from './rebalance/findings.ts';
import { epilogue, knownLog, type KnownRecord } from './rebalance/known-log.ts';
import { ACTIONS, planRounds, STAGES } from './rebalance/schedule.ts';

const PARTITIONS = 2;
const config = loadConfig({
  KAFKA_BROKERS: 'unused:1',
  TEMPORAL_ADDRESS: 'unused:1',
  S3_ENDPOINT: 'http://unused',
  AWS_ACCESS_KEY_ID: 'unused',
  AWS_SECRET_ACCESS_KEY: 'unused',
  ICEBERG_CATALOG_URI: 'http://unused',
  ATTRIBUTION_LATENESS_MS: String(HOUR_MS),
  SIGNALS_LATENESS_MS: String(HOUR_MS),
});
const log = knownLog({ seed: 5, events: 6000, partitions: PARTITIONS, until: 1_790_000_000_000 });
log.push(...epilogue(log, PARTITIONS, 3 * HOUR_MS));

function drive(records: readonly KnownRecord[]): Expected {
  const expected = createExpected(config);
  records.forEach((known, offset) => expected.take(known, offset));
  return expected;
}

const foldOf = (expected: Expected, name: string) => expected.folds.find(({ fold }) => fold.name === name)!;

/** What is said in the end when the state behind it is lost in the middle. */
function saidWithALoss(name: string): Upserts {
  const half = log.length >> 1;
  const [before, after] = [log.slice(0, half), log.slice(half)].map((part) => foldOf(drive(part), name));
  const said: Upserts = new Map(before!.upserts);
  // As a later owner's: above all that was said before.
  for (const record of after!.upserts.values())
    keepNewest(said, { ...record, version: record.version + 2 ** 40 });
  return said;
}

test('a schedule is a function of its seed, and keeps two or three processes of each stage', () => {
  const options = { seed: 3, rounds: 20, sessionTimeoutMs: 6000 };
  const plans = planRounds(options);
  assert.deepEqual(plans, planRounds(options));
  assert.notDeepEqual(plans, planRounds({ ...options, seed: 4 }));
  for (const stage of STAGES) {
    const actions = plans.flatMap(({ moves }) => moves.filter((move) => move.stage === stage));
    assert.deepEqual(new Set(actions.map(({ action }) => action)), new Set(ACTIONS[stage]));
    let members = 2;
    for (const { action } of actions) {
      members += action === 'join' ? 1 : action === 'leave' ? -1 : 0;
      assert.ok(members === 2 || members === 3, `${members} processes of ${stage}`);
    }
  }
  const first = planRounds({ ...options, rounds: 3 }).flatMap(({ moves }) => moves);
  const behaviour = first.filter(({ stage }) => stage === 'behaviour');
  assert.deepEqual(new Set(behaviour.map(({ action }) => action)), new Set(ACTIONS.behaviour));
});

test('the known log is the same for the same seed, in the order of raw offsets, with everything that is folded', () => {
  const options = { seed: 5, events: 6000, partitions: PARTITIONS, until: 1_790_000_000_000 };
  assert.deepEqual(knownLog(options), log.slice(0, 6000));
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const offsets = log.filter((one) => one.partition === partition).map(({ record }) => record.rawOffset);
    assert.deepEqual(
      offsets,
      offsets.map((_, i) => i),
    );
  }
  const expected = drive(log);
  for (const { fold, upserts, states } of expected.folds) {
    assert.ok(states.size > 10, `${fold.name} has ${states.size} states`);
    assert.ok(fold.output === undefined || upserts.size > 10, `${fold.name} says ${upserts.size} things`);
  }
});

test('what is expected of counts, by the definitions, is what the counting fold counts', () => {
  const parts: FamilyPart[] = [];
  for (const topic of COUNTED_TOPICS) {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const fold = createSpeedFold({ topic, partition, blockSize: 512, slots: 4 }, startAt(0, -1));
      const seal = (): void =>
        void parts.push(
          ...fold.flush(1, true).flatMap(({ value }) => (value?.type === 'chunk' ? [value] : [])),
        );
      log
        .filter((one) => one.topic === topic && one.partition === partition)
        .forEach(({ record }, offset) => {
          if (fold.isFull()) {
            seal();
            fold.advance();
          }
          fold.step(offset, countedRecord(record));
        });
      seal();
    }
  }
  assert.deepEqual(entriesOf(parts), drive(log).counts.entries);
});

test('a record that is sent again changes nothing of what is expected', () => {
  const twice = drive(log.flatMap((known, i) => (i % 100 === 99 ? log.slice(i - 20, i + 1) : [known])));
  const once = drive(log);
  assert.deepEqual(twice.counts.entries, once.counts.entries);
  once.folds.forEach(({ upserts, states }, i) => {
    assert.deepEqual(twice.folds[i]!.upserts, upserts);
    assert.deepEqual(twice.folds[i]!.states, states);
  });
});

test('counts differ by a record that was counted twice, by a cap that was forgotten, by a hole and by what is missing', () => {
  const { entries } = drive(log).counts;
  const reaches: LaneReach[] = COUNTED_TOPICS.map((lane) => ({ lane, watermark: 9, end: 9, holes: [] }));
  const differences = (counted: Entries, found = reaches): number =>
    compareCounts(entries, counted, found).differences;
  assert.equal(differences(drive(log).counts.entries), 0);
  assert.ok(compareCounts(entries, entries, reaches).compared > 1000);
  const doubled = createExpected(config);
  log.forEach((known, offset) => doubled.take(known, offset));
  const last = log.findLast(({ topic }) => topic === 'impressions')!;
  doubled.take({ ...last, record: { ...last.record, rawOffset: 1e9 } }, log.length);
  assert.ok(differences(doubled.counts.entries) >= 1);

  const half = log.length >> 1;
  const forgetful = new Map(drive(log.slice(0, half)).counts.entries);
  for (const [key, values] of drive(log.slice(half)).counts.entries)
    forgetful.set(
      key,
      key.startsWith('distinct')
        ? [Math.max(forgetful.get(key)?.[0] ?? 0, values[0]!)]
        : values.map((value, m) => value + (forgetful.get(key)?.[m] ?? 0)),
    );
  assert.ok(differences(forgetful) >= 1, 'plays that had been proven are proven again');
  assert.equal(differences(entries, [{ ...reaches[0]!, holes: [3] }]), 1);
  assert.equal(differences(entries, [{ ...reaches[0]!, watermark: 8 }]), 1);
  assert.equal(differences(new Map([...entries].slice(1))), 1);
  assert.equal(differences(new Map([...entries, ['cell t US 1', [1]]])), 1);
});

test('attribution differs when the state was not restored', () => {
  const { upserts } = foldOf(drive(log), 'attribution');
  assert.equal(compareUpserts(upserts, foldOf(drive(log), 'attribution').upserts, PASSING).differences, 0);
  assert.ok(compareUpserts(upserts, saidWithALoss('attribution'), PASSING).differences > 10);
});

test('memory differs when the state was not restored', () => {
  const { states } = foldOf(drive(log), 'impression-memory');
  const of = (records: readonly KnownRecord[]) => {
    const found = foldOf(drive(records), 'impression-memory').states;
    return (key: string): unknown => found.get(key);
  };
  assert.equal(compareStates(states, of(log)).differences, 0);
  assert.ok(compareStates(states, of(log.slice(log.length >> 1))).differences > 10);
  assert.equal(compareStates(states, () => undefined).differences, states.size);
});

test('signals differ when the state was not restored', () => {
  for (const name of ['play-signals', 'search-signals']) {
    const { upserts } = foldOf(drive(log), name);
    assert.equal(compareUpserts(upserts, foldOf(drive(log), name).upserts, NOTHING_PASSING).differences, 0);
    assert.ok(compareUpserts(upserts, saidWithALoss(name), PASSING).differences > 1, name);
  }
});

test('a key that nobody said, and one that nobody expects, is a difference', () => {
  const { upserts } = foldOf(drive(log), 'attribution');
  const [first] = upserts;
  const without = new Map([...upserts].slice(1));
  assert.equal(compareUpserts(upserts, without, PASSING).differences, 1);
  assert.equal(compareUpserts(without, upserts, PASSING).differences, 1);
  const other: Upserts = new Map(upserts).set(first![0], {
    ...first![1],
    source: 'somewhere',
  } as DerivedRecord);
  assert.equal(compareUpserts(upserts, other, PASSING).differences, 1);
});

test('figures sum differences over rounds and take the moves that were felt', () => {
  const none = { compared: 5, differences: 0, examples: [] };
  const round = { counts: none, attribution: none, memory: none, signals: none };
  const bad = { ...round, signals: { compared: 5, differences: 2, examples: ['one', 'two'] } };
  const { figures, examples } = figuresOf(
    {
      ...{ rounds: [bad, round], events: 10, trimmed: 4, torn: 1, wentOn: { before: 1, nothing: 0 } },
      catchUps: [7000, undefined, 3000, 9000].map((tookMs) => ({
        stage: 'speed',
        what: 'is killed',
        tookMs,
      })),
    },
    1,
  );
  assert.equal(figures.differences, 2);
  assert.equal(figures.signals_differences, 2);
  assert.deepEqual([figures.moves, figures.moves_felt], [4, 3]);
  assert.deepEqual([figures.catch_up_p50_s, figures.catch_up_max_s], [7, 9]);
  assert.deepEqual(examples, ['round 1, signals: one', 'round 1, signals: two']);
});
