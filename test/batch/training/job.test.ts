import assert from 'node:assert/strict';
import { mkdtemp, rm, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createTrainingJob, type TrainingSetOptions } from '../../../batch/training/job.ts';
import { loadHistories, loadTrainingSet } from '../../../batch/training/load.ts';
import { TRAINING_RULES } from '../../../batch/training/rules.ts';
import type { TrainingData } from '../../../batch/models/model.ts';
import type { DerivedRecord } from '../../../domain/events/derived.ts';
import { servedRecord } from '../../../domain/served-rows.ts';
import { timeStatusOf, DAY_MS, HOUR_MS } from '../../../domain/time.ts';
import type { CleanRecord, MarqueeEvent } from '../../../domain/events/event.ts';
import type { AttributedPlay } from '../../../domain/attribution/pending.ts';
import { quoteText } from '../../../infra/duckdb/connection.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { DuckDbLake } from '../../../infra/lake/lake.ts';
import { createRowBuffer } from '../../../streaming/sink/row-buffer.ts';
import { partitionRows } from '../../support/clean-rows.ts';
import { createTableLake } from '../../support/table-lake.ts';

const NOW = 1_795_000_000_000;
let duckdb: DuckDb;
let dir: string;
before(async () => {
  duckdb = await createDuckDb({ threads: 2, memoryLimitMb: 256 });
  dir = await mkdtemp(join(tmpdir(), 'training-'));
});
after(async () => {
  await duckdb.close();
  await rm(dir, { recursive: true, force: true });
});

/** An event so many milliseconds before now. */
type Told = Partial<Record<string, string | number>> & { readonly kind: string; readonly ago: number };

function recordOf({ ago, rootTitleId, ...fields }: Told, index: number): CleanRecord {
  const eventTime = NOW - ago;
  const event = { eventId: `e${index}`, eventTime, country: 'DE', titleId: 't1', profileId: 'p', ...fields };
  return {
    rawOffset: 0,
    appendTime: eventTime,
    timeStatus: timeStatusOf(eventTime, eventTime),
    event: event as unknown as MarqueeEvent,
    enriched: rootTitleId === undefined ? {} : { rootTitleId: String(rootTitleId) },
  };
}

const TOPIC: Readonly<Record<string, 'plays' | 'impressions' | 'interactions'>> = {
  impression: 'impressions',
  rate: 'interactions',
  list_add: 'interactions',
  list_remove: 'interactions',
};

type Derived = { readonly attributed_plays?: readonly object[]; readonly served_rows?: readonly object[] };

/** A lake that holds the events in their order, with records that were worked out. */
async function lakeOf(events: readonly Told[], derived: Derived = {}): Promise<DuckDbLake> {
  await duckdb.use((connection) => connection.run('DETACH DATABASE IF EXISTS lake'));
  const lake = await createTableLake(duckdb);
  for (const topic of ['plays', 'impressions', 'interactions'] as const) {
    const records = events
      .map((event, index) => ({ event, index }))
      .filter(({ event }) => (TOPIC[event.kind] ?? 'plays') === topic)
      .map(({ event, index }) => recordOf(event, index));
    if (records.length > 0) await lake.appendExactlyOnce(topic, [partitionRows(topic, 0, records)]);
  }
  for (const table of ['attributed_plays', 'served_rows'] as const) {
    const buffer = createRowBuffer(table);
    const records = (derived[table] ?? []) as readonly DerivedRecord[];
    records.forEach((record, offset) => buffer.push({ offset, derived: record, bytes: 0 }));
    const rowCount = records.length;
    if (rowCount === 0) continue;
    await lake.appendExactlyOnce(table, [
      { generation: 'g1', partition: 0, follows: -1, rowCount, columns: buffer.columns() },
    ]);
  }
  return lake;
}

let sets = 0;
async function train(
  lake: DuckDbLake,
  more: Partial<TrainingSetOptions> = {},
): Promise<{ data: TrainingData; paths: Record<string, string> }> {
  const job = createTrainingJob({ lake });
  const outDir = join(dir, `set-${sets++}`);
  const parts = await job.compute(await job.plan(), { outDir, asOf: NOW + 1, ...more });
  const paths = Object.fromEntries(parts.map(({ name, path }) => [name, path])) as Record<string, string>;
  return { data: await loadTrainingSet(duckdb, paths as Parameters<typeof loadTrainingSet>[1]), paths };
}

type Rows = Pick<TrainingData['interactions'], 'rowStarts' | 'columns' | 'weights'>;

/** `profile title → weight`, rounded to thousandths. */
function pairs(data: TrainingData, rows: Rows = data.interactions): Record<string, number> {
  const { profiles, titles } = data.interactions;
  const found: Record<string, number> = {};
  profiles.forEach((profile, p) => {
    for (let at = rows.rowStarts[p]!; at < rows.rowStarts[p + 1]!; at += 1)
      found[`${profile} ${titles[rows.columns[at]!]}`] = Math.round(rows.weights[at]! * 1000) / 1000;
  });
  return found;
}

const stop = (play: string, viewedSeconds: number, ago: number, more: object = {}): Told => ({
  kind: 'play_stop',
  ...{ playId: play, viewedSeconds, positionSeconds: 0, durationSeconds: 1000, ago },
  ...more,
});

test('a play weighs by how far it went', async () => {
  const start = (titleId: string): Told => ({ kind: 'play_start', playId: titleId, titleId, ago: 3 });
  const lake = await lakeOf([
    ...['begun', 'left', 'seen', 'finished'].map(start),
    stop('left', 20, 2, { titleId: 'left' }),
    stop('seen', 300, 2, { titleId: 'seen' }),
    stop('finished', 950, 2, { titleId: 'finished' }),
  ]);
  const { data } = await train(lake);
  const { abandoned, qualified, started, finished } = TRAINING_RULES;
  assert.deepEqual(pairs(data), {
    'p begun': started,
    'p finished': finished,
    'p left': abandoned,
    'p seen': qualified,
  });
  assert.deepEqual(data.interactions.titles, ['begun', 'finished', 'left', 'seen']);
  assert.deepEqual(
    [...data.interactions.times],
    [3, 3, 3, 3].map((ago) => NOW - ago),
  );
});

test('plays decay to half in a half-life, add up, and count for the series of an episode', async () => {
  const play = (playId: string, ago: number): Told[] => [
    { kind: 'play_start', playId, titleId: `episode-${playId}`, rootTitleId: 'series', ago },
    stop(playId, 400, ago - 1, { titleId: `episode-${playId}`, rootTitleId: 'series' }),
  ];
  const lake = await lakeOf([...play('1', TRAINING_RULES.halfLifeMs), ...play('2', 1)]);
  assert.deepEqual(pairs((await train(lake)).data), { 'p series': 1.5 });
});

test('a play id that comes again is another play, which takes the place of the former', async () => {
  const lake = await lakeOf([
    { kind: 'play_start', playId: 'x', titleId: 'a', ago: 9 },
    { kind: 'play_start', playId: 'x', titleId: 'b', ago: 8 },
  ]);
  assert.deepEqual(pairs((await train(lake)).data), { 'p b': TRAINING_RULES.started });
});

const seen = (titleId: string, ago: number, more: object = {}): Told => ({
  kind: 'impression',
  ...{ titleId, row: 'trending', rank: 0, ago },
  ...more,
});

test('what was shown and came to nothing counts against a title, once a day', async () => {
  const lake = await lakeOf([
    seen('passed', 60 * HOUR_MS),
    seen('passed', 60 * HOUR_MS - 1),
    seen('passed', 30 * HOUR_MS),
    seen('played', 3 * HOUR_MS),
    seen('inferred', 5, { origin: 'synthetic' }),
    { kind: 'play_start', playId: 'x', titleId: 'played', ago: 5 },
  ]);
  const { data } = await train(lake);
  assert.deepEqual(pairs(data), { 'p played': TRAINING_RULES.started });
  const decayed = [60 * HOUR_MS - 1, 30 * HOUR_MS].map((ago) => 0.5 ** (ago / TRAINING_RULES.halfLifeMs));
  const expected = TRAINING_RULES.passedOver * (decayed[0]! + decayed[1]!);
  assert.deepEqual(pairs(data, data.passedOver), { 'p passed': Math.round(expected * 1000) / 1000 });
});

test('an impression that a play is attributed to did not come to nothing, however late the play', async () => {
  const events = [
    seen('t1', 20 * DAY_MS),
    { kind: 'play_start', playId: 'x', titleId: 't1', ago: 10 * DAY_MS } as Told,
  ];
  const upsert: AttributedPlay = {
    ...{ upsertKey: 'p/x', version: 1, appendTime: NOW, profileId: 'p', playId: 'x', titleId: 't1' },
    ...{ country: 'DE', eventTime: NOW - 10 * DAY_MS, timeStatus: 'ok', source: 'row', isFinal: 1 },
    discoveryImpressionId: 'e0',
  };
  const without = pairs((await train(await lakeOf(events))).data);
  const credited = pairs((await train(await lakeOf(events, { attributed_plays: [upsert] }))).data);
  assert.ok(credited['p t1']! > without['p t1']!);
});

test('who plays the third title of a row that was served has passed over the two before', async () => {
  const served = { recommendationId: 'r1', row: 'trending', time: NOW - 9, source: 'merged' };
  const titleIds = ['first', 'second', 'third', 'fourth'];
  const play = { kind: 'play_start', titleId: 'third', ago: 5 } as const;
  const quoting = { recommendationId: 'r1', row: 'trending', rank: 2 };
  const derived = {
    served_rows: [servedRecord({ ...served, titleIds }), servedRecord({ ...served, titleIds })],
  };
  const { data } = await train(await lakeOf([{ ...play, ...quoting }], derived));
  const { passedOver } = TRAINING_RULES;
  assert.deepEqual(pairs(data, data.passedOver), { 'p first': passedOver, 'p second': passedOver });
  const silent = (await train(await lakeOf([play], derived))).data;
  assert.deepEqual(pairs(silent, silent.passedOver), {});
});

test('the list and the newest rating of a title count', async () => {
  const lake = await lakeOf([
    { kind: 'list_add', titleId: 'kept', ago: 9 },
    { kind: 'list_add', titleId: 'taken-off', ago: 9 },
    { kind: 'list_remove', titleId: 'taken-off', ago: 8 },
    { kind: 'rate', titleId: 'hated', rating: 9, ago: 9 },
    { kind: 'rate', titleId: 'hated', rating: 1, ago: 7 },
    { kind: 'rate', titleId: 'liked', rating: 8, ago: 7 },
  ]);
  const { data } = await train(lake);
  assert.deepEqual(pairs(data), { 'p kept': TRAINING_RULES.listed, 'p liked': TRAINING_RULES.ratedGood });
  assert.deepEqual(pairs(data, data.passedOver), { 'p hated': TRAINING_RULES.ratedBad });
});

test('nobody is worth more than so many titles, and events of the future of the set are left out', async () => {
  const many = Array.from({ length: TRAINING_RULES.mostTitles + 20 }, (_, index): Told => {
    const titleId = `t${String(index).padStart(5, '0')}`;
    return { kind: 'play_start', playId: titleId, titleId, ago: 5000 - index };
  });
  const { data } = await train(await lakeOf([...many, { kind: 'play_start', titleId: 'later', ago: -10 }]));
  const titles = Object.keys(pairs(data)).sort();
  assert.equal(titles.length, TRAINING_RULES.mostTitles);
  assert.equal(titles[0], 'p t00020');
});

test('titles of the catalogue are there although nobody watched them, with what is known of them', async () => {
  const catalogue = join(dir, 'entries.parquet');
  await duckdb.use((connection) =>
    connection.run(`COPY (SELECT * FROM (VALUES
      ('a', NULL, 'Drama|Crime', CAST(1999 AS INTEGER), CAST(86400000 AS BIGINT)), ('a1', 'a', '', NULL, NULL),
      ('new', NULL, '', NULL, NULL)) AS t(title_id, parent_id, genres, year, launch_time))
      TO ${quoteText(catalogue)} (FORMAT parquet)`),
  );
  const lake = await lakeOf([{ kind: 'play_start', titleId: 'a1', rootTitleId: 'a', ago: 1 }]);
  const { data } = await train(lake, { catalogue });
  assert.deepEqual(data.interactions.titles, ['a', 'new']);
  assert.deepEqual(data.features.genres, [['Drama', 'Crime'], []]);
  assert.deepEqual([...data.features.years], [1999, 0]);
  assert.deepEqual([...data.features.launchTimes], [86_400_000, NaN]);
});

test('a plan says until when its rows were logged', async () => {
  const job = (lake: DuckDbLake) => createTrainingJob({ lake }).plan();
  assert.deepEqual(await job(await lakeOf([])), { inputs: [], until: null });
  const lake = await lakeOf([seen('a', 40), { kind: 'play_start', titleId: 'a', ago: 70 }]);
  assert.equal((await job(lake)).until, NOW - 40 + 1);
});

test('histories of some profiles are what all of them have in the whole set', async () => {
  const lake = await lakeOf(
    Array.from({ length: 400 }, (_, index): Told => {
      const titleId = `t${(index * 7919) % 37}`;
      return { kind: 'play_start', titleId, profileId: `p${(index * index) % 23}`, ago: 3000 - index };
    }),
  );
  const { data, paths } = await train(lake);
  const { profiles, titles, rowStarts, columns, weights, times } = data.interactions;
  for (const [from, to] of [
    [0, profiles.length],
    [0, 3],
    [3, profiles.length - 1],
    [2, 2],
  ] as const) {
    const own = await loadHistories(duckdb, paths as Parameters<typeof loadHistories>[1], { from, to });
    const [start, end] = [rowStarts[from]!, rowStarts[to]!];
    assert.deepEqual(own, {
      profiles: profiles.slice(from, to),
      titles,
      rowStarts: rowStarts.slice(from, to + 1).map((at) => at - start),
      columns: columns.slice(start, end),
      weights: weights.slice(start, end),
      times: times.slice(start, end),
    });
  }
});

test('an empty lake gives an empty set, and the same lake the same bytes', async () => {
  const { data } = await train(await lakeOf([]));
  assert.deepEqual([data.interactions.profiles, data.interactions.titles], [[], []]);
  assert.deepEqual([...data.interactions.rowStarts], [0]);
  const lake = await lakeOf(
    Array.from({ length: 3000 }, (_, index): Told => {
      const kind = index % 3 === 0 ? 'impression' : 'play_start';
      const titleId = `t${(index * 7919) % 97}`;
      return { kind, titleId, profileId: `p${index % 61}`, row: 'r', rank: 0, ago: 3000 - index };
    }),
  );
  const [one, two] = [await train(lake), await train(lake)];
  for (const name of Object.keys(one.paths))
    assert.deepEqual(await readFile(one.paths[name]!), await readFile(two.paths[name]!), name);
});
