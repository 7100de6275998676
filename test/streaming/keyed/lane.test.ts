import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createLmdbKeyedStates, openKeyedReader } from '../../../infra/state/lmdb-keyed-state.ts';
import { createKeyedLane, IDLE_GRACE_MS, VERSIONS_PER_EPOCH } from '../../../streaming/keyed/lane.ts';
import { counting, record, values, world, type Count } from '../../support/counting-lane.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-keyed-'));
after(() => rmSync(dir, { recursive: true, force: true }));
let folders = 0;
const newFolder = (): string => join(dir, String(folders++));

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

test('an owner who knows nothing of the one before still has the last word, once the clock has moved on', async () => {
  const topics = ['impressions', 'plays'] as const;
  const start = Date.UTC(2026, 0, 1);
  const old = world(newFolder(), topics, { clock: () => start });
  for (let i = 0; i < 5; i += 1) {
    // Opened again and again, as after failures.
    old.fail(1);
    await old.lane.open('impressions');
    await assert.rejects(old.lane.process('impressions', [{ offset: 0, record: record(0, 'a', 1) }]));
  }
  await old.lane.open('impressions');
  const many = Array.from({ length: 1000 }, (_, i) => ({ offset: i, record: record(i, 'a', 1) }));
  await old.lane.process('impressions', many);
  const young = world(newFolder(), topics, { clock: () => start + 10_000 });
  await young.lane.open('impressions');
  await young.lane.process('impressions', [{ offset: 0, record: record(0, 'a', 1) }]);
  const [before, later] = [old.sent.at(-1)!.record.version, young.sent[0]!.record.version];
  assert.ok(before < later, `${before} < ${later}`);
});

test('versions rise with every owner though the clock steps back, and stay whole numbers in the year 2100', async () => {
  const topics = ['impressions', 'plays'] as const;
  const folder = newFolder();
  const versions: number[] = [];
  for (const time of [Date.UTC(2100, 0, 1), Date.UTC(2099, 0, 1)]) {
    const { lane, sent } = world(folder, topics, { clock: () => time });
    await lane.open('impressions');
    await lane.process('impressions', [{ offset: 0, record: record(0, 'a', 1) }]);
    versions.push(sent[0]!.record.version);
  }
  assert.ok(versions[0]! < versions[1]!, String(versions));
  assert.ok(versions.every(Number.isSafeInteger), String(versions));
});

const crowd = Array.from({ length: 5000 }, (_, i) => ({ offset: i, record: record(i, `p${i}`, 0) }));
const wakesAll = [{ offset: 5000, record: record(5000, 'last', 60_000) }];

test('many timers that are due at once leave the process its turns', async () => {
  const { lane } = world(newFolder(), ['impressions'], { cachedKeys: 100_000 });
  await lane.open('impressions');
  await lane.process('impressions', crowd);
  let hadATurn = false;
  setImmediate(() => void (hadATurn = true));
  await lane.process('impressions', wakesAll);
  assert.ok(hadATurn);
});

test('many timers that are due at once are stored on the way, and a restart wakes the rest before the record', async () => {
  const folder = newFolder();
  const first = world(folder);
  await first.lane.open('impressions');
  await first.lane.process('impressions', crowd);
  first.sent.length = 0;
  let sends = 0;
  const stops = createKeyedLane({
    fold: counting(['impressions']),
    partition: 0,
    states: createLmdbKeyedStates<Count>(folder, 1).partition(0),
    cachedKeys: 2,
    emit(outputs) {
      if (sends++ > 0) return Promise.reject(new Error('no answer'));
      first.sent.push(...outputs);
      return Promise.resolve();
    },
  });
  await stops.open('impressions');
  await assert.rejects(stops.process('impressions', wakesAll), /no answer/);
  assert.ok(first.sent.length < 5000);
  const second = world(folder);
  assert.equal(await second.lane.open('impressions'), 5000);
  await second.lane.process('impressions', wakesAll);
  const expected = Array.from({ length: 5000 }, (_, i) => `p${i}`).sort();
  const woken = [...values(first.sent), ...values(second.sent)];
  assert.deepEqual(woken, [...expected.map((key) => `${key}-1`), 'last1']);
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

test('an owner that has given all versions of its epoch takes another, and none of its successor', async () => {
  const folder = newFolder();
  const topics = ['impressions', 'plays'] as const;
  const start = Date.UTC(2026, 0, 1);
  const old = world(folder, topics, { clock: () => start, versionsPerEpoch: 10 });
  await old.lane.open('impressions');
  const many = Array.from({ length: 35 }, (_, i) => ({ offset: i, record: record(i, 'a', 1) }));
  await old.lane.process('impressions', many);
  await old.lane.store();
  const versions = old.sent.map(({ record: { version } }) => version);
  assert.deepEqual(
    versions,
    versions.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(versions).size, 35);
  // A second has not passed; three epochs have.
  const young = world(folder, topics, { clock: () => start });
  await young.lane.open('impressions');
  await young.lane.process('impressions', [{ offset: 35, record: record(35, 'a', 1) }]);
  assert.equal(young.sent[0]!.record.version / VERSIONS_PER_EPOCH, start / 1000 + 4);
  assert.ok(young.sent[0]!.record.version > versions.at(-1)!);
});

test('an owner that slept does not renew its epoch past its successor', async () => {
  const folder = newFolder();
  const topics = ['impressions', 'plays'] as const;
  const old = world(folder, topics, { versionsPerEpoch: 10 });
  await old.lane.open('impressions');
  await world(folder, topics).lane.open('impressions');
  const many = Array.from({ length: 11 }, (_, i) => ({ offset: i, record: record(i, 'a', 1) }));
  await assert.rejects(old.lane.process('impressions', many), { code: 'STATE_MOVED' });
});
