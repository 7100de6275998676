/** What a lane does once a batch, and what it reads of derived topics. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { DerivedRecord } from '../../../domain/events/derived.ts';
import type { KeyedFold } from '../../../domain/keyed-fold.ts';
import { createLmdbKeyedStates, openKeyedReader } from '../../../infra/state/lmdb-keyed-state.ts';
import { createKeyedLane, type KeyedLane, type LaneRecord } from '../../../streaming/keyed/lane.ts';
import { record } from '../../support/counting-lane.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-settle-'));
after(() => rmSync(dir, { recursive: true, force: true }));
let folders = 0;

interface Sum {
  readonly parts: number[];
  total: number;
}

interface World {
  readonly lane: KeyedLane;
  /** Keys in the order they were settled. */
  readonly settled: string[];
}

/** Sums up what it was told, once a batch; plays change nothing. */
function world(folder: string, cachedKeys = 100): World {
  const settled: string[] = [];
  const fold: KeyedFold<Sum> = {
    ...{ name: 'summing', version: 1, topics: ['impressions', 'plays'], output: undefined },
    keyOf: ({ event }) => event.profileId,
    step(before, { topic, record: { rawOffset } }) {
      if (topic === 'plays') return { state: before, outputs: [], isUnchanged: true };
      const state = before ?? { parts: [], total: 0 };
      state.parts.push(rawOffset);
      return { state, outputs: [], isUnsettled: true };
    },
    upserts: {
      topics: ['user-behavior-features'],
      keyOf: (upsert) => (upsert as DerivedRecord<'user-behavior-features'>).profileId,
      step(before, { offset }) {
        const state = before ?? { parts: [], total: 0 };
        state.parts.push(1000 * (offset + 1));
        return { state, outputs: [], isUnsettled: true };
      },
    },
    settle(key, state) {
      settled.push(key);
      return { state: { ...state, total: state.parts.reduce((sum, part) => sum + part, 0) }, outputs: [] };
    },
  };
  const states = createLmdbKeyedStates<Sum>(folder, fold.version);
  const lane = createKeyedLane({
    ...{ fold, partition: 0, states: states.partition(0), cachedKeys },
    emit: () => Promise.resolve(),
  });
  return { lane, settled };
}

const shown = (offset: number, key: string): LaneRecord => ({ offset, record: record(offset, key, offset) });
const upsert = (offset: number, profile: string): LaneRecord => ({
  ...{ offset, record: undefined },
  upsert: { profileId: profile, appendTime: offset } as DerivedRecord<'user-behavior-features'>,
});

async function totalOf(folder: string, key: string): Promise<number | undefined> {
  const reader = openKeyedReader<Sum>(folder, 1);
  const total = reader.get(key)?.total;
  await reader.close();
  return total;
}

test('a key is settled once a batch, however often it was told something in it', async () => {
  const folder = join(dir, String(folders++));
  const { lane, settled } = world(folder);
  await lane.open('impressions');
  await lane.process('impressions', [shown(1, 'a'), shown(2, 'b'), shown(3, 'a')]);
  assert.deepEqual(settled, ['a', 'b']);
  await lane.store();
  assert.deepEqual([await totalOf(folder, 'a'), await totalOf(folder, 'b')], [4, 2]);
});

test('what changes nothing is not settled, and not stored', async () => {
  const folder = join(dir, String(folders++));
  const { lane, settled } = world(folder);
  await lane.open('plays');
  await lane.process('plays', [shown(1, 'a')]);
  await lane.store();
  assert.deepEqual(settled, []);
  assert.equal(await totalOf(folder, 'a'), undefined);
  assert.equal(await world(folder).lane.open('plays'), 2);
});

test('upserts are folded beside events, with a position of their own', async () => {
  const folder = join(dir, String(folders++));
  const first = world(folder);
  await first.lane.open('user-behavior-features');
  await first.lane.process('user-behavior-features', [upsert(0, 'a'), upsert(1, 'a')]);
  await first.lane.process('impressions', [shown(7, 'a')]);
  assert.deepEqual(first.settled, ['a', 'a']);
  await first.lane.store();
  assert.equal(await totalOf(folder, 'a'), 3007);
  const second = world(folder);
  assert.equal(await second.lane.open('user-behavior-features'), 2);
  assert.equal(await second.lane.open('impressions'), 8);
  await second.lane.process('user-behavior-features', [upsert(1, 'a'), upsert(2, 'a')]);
  await second.lane.store();
  assert.equal(await totalOf(folder, 'a'), 6007);
});

test('no state is stored unsettled, also when more keys came than memory is meant for', async () => {
  const folder = join(dir, String(folders++));
  const { lane } = world(folder, 1);
  await lane.open('impressions');
  await lane.process('impressions', [shown(1, 'a'), shown(2, 'b'), shown(3, 'c')]);
  assert.deepEqual(await Promise.all(['a', 'b', 'c'].map((key) => totalOf(folder, key))), [1, 2, 3]);
});
