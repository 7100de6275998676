import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { country, eventId, profileId, titleId } from '../../../domain/ids.ts';
import type { KeyedFold } from '../../../domain/keyed-fold.ts';
import { createLmdbKeyedStates, openKeyedReader } from '../../../infra/state/lmdb-keyed-state.ts';
import {
  createKeyedLane,
  IDLE_GRACE_MS,
  type KeyedLane,
  type KeyedOutput,
} from '../../../streaming/keyed/lane.ts';

interface Count {
  seen: number;
  readonly buckets: Float64Array;
}

type Sent = KeyedOutput<'user-behavior-features'>;

/** Counts a profile's records, says so each time, and says goodbye a minute of log time after the last. */
const counting = (
  topics: readonly ('impressions' | 'plays')[],
): KeyedFold<Count, 'user-behavior-features'> => ({
  name: 'counting',
  version: 1,
  topics,
  output: 'user-behavior-features',
  keyOf: ({ event }) => event.profileId,
  step(state, { record }) {
    const count = state ?? { seen: 0, buckets: new Float64Array(2) };
    count.seen += 1;
    count.buckets[1]! += 0.5;
    const said = saying(record.event.profileId, record.rawOffset, record.appendTime, count.seen);
    return { state: count, outputs: [said], wakeAt: record.appendTime + 60_000 };
  },
  wake: (key, { seen }, logTime) => ({
    state: undefined,
    outputs: [saying(key, 1_000_000 + logTime, logTime, -seen)],
  }),
});

const saying = (profile: string, version: number, appendTime: number, value: number) => ({
  upsertKey: profile,
  version,
  appendTime,
  profileId: profile,
  signal: 'count',
  subject: '',
  state: 'raised',
  eventTime: appendTime,
  value,
});

const record = (rawOffset: number, profile: string, appendTime: number): CleanRecord => ({
  rawOffset,
  appendTime,
  timeStatus: 'ok',
  event: {
    kind: 'impression',
    eventId: eventId(`e${rawOffset}`),
    eventTime: appendTime,
    profileId: profileId(profile),
    country: country('GB'),
    titleId: titleId('t'),
    row: 'r',
    rank: 0,
  },
});

const dir = mkdtempSync(join(tmpdir(), 'marquee-keyed-'));
after(() => rmSync(dir, { recursive: true, force: true }));
let folders = 0;
const newFolder = (): string => join(dir, String(folders++));

interface World {
  readonly lane: KeyedLane;
  readonly sent: Sent[];
  fail(times: number): void;
}

function world(folder: string, topics: readonly ('impressions' | 'plays')[] = ['impressions']): World {
  const fold = counting(topics);
  const states = createLmdbKeyedStates<Count>(folder, fold.version);
  const sent: Sent[] = [];
  let failures = 0;
  const lane = createKeyedLane({
    fold,
    partition: 0,
    states: states.partition(0),
    cachedKeys: 2,
    emit(outputs) {
      if (failures-- > 0) return Promise.reject(new Error('no answer'));
      sent.push(...outputs);
      return Promise.resolve();
    },
  });
  return { lane, sent, fail: (times) => void (failures = times) };
}

const values = (sent: readonly Sent[]): string[] =>
  sent.map(({ key, record: { value } }) => `${key}${value}`);

test('state and position go on where they were after a restart', async () => {
  const folder = newFolder();
  const first = world(folder);
  assert.equal(await first.lane.open('impressions'), undefined);
  await first.lane.process('impressions', [
    { offset: 0, record: record(0, 'a', 1000) },
    { offset: 1, record: record(1, 'b', 1001) },
    { offset: 2, record: undefined },
    { offset: 3, record: record(3, 'a', 1002) },
  ]);
  assert.deepEqual(values(first.sent), ['a1', 'b1', 'a2']);
  await first.lane.store();
  const second = world(folder);
  assert.equal(await second.lane.open('impressions'), 4);
  await second.lane.process('impressions', [
    { offset: 3, record: record(3, 'a', 1002) },
    { offset: 4, record: record(3, 'a', 1002) },
    { offset: 5, record: record(4, 'a', 1003) },
  ]);
  assert.deepEqual(values(second.sent), ['a3']);
  await second.lane.store();
  const reader = openKeyedReader<Count>(folder, 1);
  assert.deepEqual(reader.get('a'), { seen: 3, buckets: new Float64Array([0, 1.5]) });
  assert.equal(reader.get('nobody'), undefined);
  await reader.close();
});

test('what was folded in memory before a send failed is folded anew', async () => {
  const { lane, sent, fail } = world(newFolder());
  await lane.open('impressions');
  await lane.process('impressions', [{ offset: 0, record: record(0, 'a', 1000) }]);
  await lane.store();
  fail(1);
  const batch = [{ offset: 1, record: record(1, 'a', 1001) }];
  await assert.rejects(lane.process('impressions', batch), /no answer/);
  // Whatever is on its way already must not be folded past what was given up.
  const later = [{ offset: 2, record: record(2, 'a', 1002) }];
  await assert.rejects(lane.process('impressions', later), { code: 'STATE_MOVED' });
  assert.equal(await lane.open('impressions'), 1);
  await lane.process('impressions', batch);
  assert.deepEqual(values(sent), ['a1', 'a2']);
});

test('a lane whose partition was taken over stores nothing more', async () => {
  const folder = newFolder();
  const old = world(folder);
  await old.lane.open('impressions');
  await old.lane.process('impressions', [{ offset: 0, record: record(0, 'a', 1000) }]);
  await old.lane.store();
  const young = world(folder);
  await young.lane.open('impressions');
  const batch = [{ offset: 1, record: record(1, 'a', 1001) }];
  await old.lane.process('impressions', batch);
  await assert.rejects(old.lane.store(), { code: 'STATE_MOVED' });
  await assert.rejects(old.lane.process('impressions', batch), { code: 'STATE_MOVED' });
  await young.lane.process('impressions', batch);
  await young.lane.store();
  assert.deepEqual(values(young.sent), ['a2']);
});

test('what was not stored is folded and sent again, and only that', async () => {
  const folder = newFolder();
  const first = world(folder);
  await first.lane.open('impressions');
  await first.lane.process('impressions', [{ offset: 0, record: record(0, 'a', 1000) }]);
  await first.lane.store();
  const lost = [
    { offset: 1, record: record(1, 'a', 1001) },
    { offset: 2, record: record(2, 'b', 1002) },
  ];
  await first.lane.process('impressions', lost);
  const second = world(folder);
  assert.equal(await second.lane.open('impressions'), 1);
  await second.lane.process('impressions', lost);
  assert.deepEqual(second.sent, first.sent.slice(1));
});

test('more profiles than fit into memory are stored at once', async () => {
  const folder = newFolder();
  const { lane } = world(folder);
  await lane.open('impressions');
  const batch = ['a', 'b', 'c'].map((key, offset) => ({ offset, record: record(offset, key, 1000) }));
  await lane.process('impressions', batch);
  assert.equal(await world(folder).lane.open('impressions'), 3);
});

test('timers fire in order, before the record whose log time they are due at, however the log is cut into batches', async () => {
  const log = [
    record(0, 'b', 0),
    record(1, 'a', 0),
    record(2, 'c', 30_000),
    record(3, 'b', 59_999),
    record(4, 'd', 60_000),
    record(5, 'a', 90_000),
    record(6, 'e', 500_000),
  ].map((one, offset) => ({ offset, record: one }));
  const expected = ['b1', 'a1', 'c1', 'b2', 'a-1', 'd1', 'c-1', 'a1', 'b-2', 'd-1', 'a-1', 'e1'];
  for (const size of [1, 2, 3, 7]) {
    const folder = newFolder();
    let { lane, sent } = world(folder);
    await lane.open('impressions');
    const all: string[] = [];
    for (let from = 0; from < log.length; from += size) {
      await lane.process('impressions', log.slice(from, from + size));
      all.push(...values(sent.splice(0)));
      if (from % 2 === 1) continue;
      // A restart in between changes nothing either.
      await lane.store();
      ({ lane, sent } = world(folder));
      await lane.open('impressions');
    }
    assert.deepEqual(all, expected, `batches of ${size}`);
  }
});

test('log time of two topics is that of the slower one, and an idle one holds timers up only for a grace time', async () => {
  const { lane, sent } = world(newFolder(), ['impressions', 'plays']);
  await lane.open('impressions');
  await lane.process('impressions', [{ offset: 0, record: record(0, 'a', 1000) }]);
  await lane.process('impressions', [{ offset: 1, record: record(1, 'b', 1000 + 60_000 + IDLE_GRACE_MS) }]);
  assert.deepEqual(values(sent.splice(0)), ['a1', 'b1']);
  lane.idle('plays');
  await lane.process('impressions', [{ offset: 2, record: record(2, 'c', 1000 + 60_000 + IDLE_GRACE_MS) }]);
  assert.deepEqual(values(sent), ['a-1', 'c1']);
});

test('versions of what two topics lead to rise with every owner', async () => {
  const folder = newFolder();
  const old = world(folder, ['impressions', 'plays']);
  await old.lane.open('impressions');
  await old.lane.process('impressions', [{ offset: 0, record: record(0, 'a', 1) }]);
  const young = world(folder, ['impressions', 'plays']);
  await young.lane.open('plays');
  await young.lane.process('plays', [{ offset: 0, record: record(1, 'a', 2) }]);
  const [before, later] = [old.sent[0]!.record.version, young.sent[0]!.record.version];
  assert.ok(before < later, `${before} < ${later}`);
});

test('another version of the fold builds its state anew', async () => {
  const folder = newFolder();
  const { lane } = world(folder);
  await lane.open('impressions');
  await lane.process('impressions', [{ offset: 0, record: record(0, 'a', 1000) }]);
  await lane.store();
  const states = createLmdbKeyedStates<Count>(folder, 2);
  assert.deepEqual((await states.partition(0).open()).positions, {});
  assert.equal(states.partition(0).get('a'), undefined);
});
