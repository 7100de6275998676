import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { writeLines } from '../../../examples/demo/files.ts';
import { generateEvents } from '../../../examples/demo/generator.ts';
import { eventLines, MISCHIEF_DEFAULTS } from '../../../examples/demo/mischief.ts';
import { readTruth, type TitleTruth } from '../../../examples/demo/truth.ts';
import { OPTIONS, SMALL_DATA } from './small-data.ts';

const folder = await mkdtemp(join(tmpdir(), 'marquee-truth-'));
const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
after(async () => {
  await duckdb.close();
  await rm(folder, { recursive: true, force: true });
});

/** Counts by hand: distinct ids by title. */
function countByHand(events: Iterable<{ kind: string; eventId: string; [field: string]: unknown }>) {
  const counts = new Map<string, { titleId: string; plays: number; impressions: number }>();
  for (const { kind, titleId } of events) {
    if (kind !== 'play_start' && kind !== 'impression') continue;
    const title = String(titleId);
    const before = counts.get(title) ?? { titleId: title, plays: 0, impressions: 0 };
    const field = kind === 'play_start' ? 'plays' : 'impressions';
    counts.set(title, { ...before, [field]: before[field] + 1 });
  }
  return counts;
}

/** Plays and impressions alone. */
const byTitle = (map: ReadonlyMap<string, TitleTruth>): [string, object][] =>
  [...map]
    .filter(([, { plays, impressions }]) => plays + impressions > 0)
    .map(([title, { titleId, plays, impressions }]) => [title, { titleId, plays, impressions }] as const)
    .toSorted(([a], [b]) => (a < b ? -1 : 1)) as [string, object][];

test('retries and malformed lines change nothing: the truth is what was generated', async () => {
  const settings = { ...MISCHIEF_DEFAULTS, seed: 5, duplicateShare: 0.05, malformedEvery: 300 };
  const { path } = await writeLines(
    join(folder, 'events.ndjson'),
    eventLines(generateEvents(SMALL_DATA, OPTIONS), settings),
  );
  const truth = await readTruth(duckdb, path);
  assert.deepEqual(byTitle(truth), byTitle(countByHand(generateEvents(SMALL_DATA, OPTIONS))));
});

test('only the first lines count when a number is given', async () => {
  const events = [...generateEvents(SMALL_DATA, OPTIONS)];
  const { path } = await writeLines(
    join(folder, 'prefix.ndjson'),
    events.map((event) => `${JSON.stringify(event)}\n`),
  );
  assert.deepEqual(
    byTitle(await readTruth(duckdb, path, 1_234)),
    byTitle(countByHand(events.slice(0, 1_234))),
  );
});

test('the same id of another profile, or of another kind, is another event', async () => {
  const play = {
    kind: 'play_start',
    eventTime: 1,
    country: 'US',
    titleId: "it's",
    eventId: 'e',
    profileId: 'p',
  };
  const { path } = await writeLines(
    join(folder, 'ids.ndjson'),
    [play, play, { ...play, profileId: 'q' }, { ...play, kind: 'impression', row: 'popular', rank: 0 }].map(
      (event) => `${JSON.stringify(event)}\n`,
    ),
  );
  assert.deepEqual(byTitle(await readTruth(duckdb, path)), [
    ["it's", { titleId: "it's", plays: 2, impressions: 1 }],
  ]);
});

test('caps, proofs, rows and profiles are counted by the rules written out again', async () => {
  const at = { eventTime: 1, country: 'US', titleId: 't' };
  const start = (n: number, profileId: string) => ({
    ...at,
    kind: 'play_start',
    eventId: `s${n}`,
    profileId,
  });
  const seen = { ...at, kind: 'impression', profileId: 'p', rank: 0 };
  const played = { ...at, profileId: 'p', positionSeconds: 1, playId: 's0' };
  const { path } = await writeLines(
    join(folder, 'measures.ndjson'),
    [
      ...Array.from({ length: 10 }, (_, n) => start(n, 'p')),
      start(10, 'q'),
      { ...played, kind: 'play_pause', eventId: 'a', viewedSeconds: 130 },
      { ...played, kind: 'play_stop', eventId: 'b', viewedSeconds: 200.5 },
      { ...played, kind: 'play_stop', eventId: 'c', viewedSeconds: 30, playId: 's1', durationSeconds: 100 },
      { ...played, kind: 'play_stop', eventId: 'd', viewedSeconds: 30, playId: 's2', durationSeconds: 1000 },
      { ...seen, eventId: 'i1', row: 'new' },
      { ...seen, eventId: 'i2', row: 'new', origin: 'synthetic' },
      { ...seen, eventId: 'i3', row: 'popular', origin: 'explicit' },
    ].map((event) => `${JSON.stringify(event)}\n`),
  );
  assert.deepEqual((await readTruth(duckdb, path)).get('t'), {
    titleId: 't',
    plays: 11,
    impressions: 2,
    others: {
      qualifiedPlays: [2, 2],
      secondsViewed: [260, 260],
      cappedPlays: [4, 7],
      cappedImpressions: [2, 2],
      cappedQualifiedPlays: [2, 2],
      distinctProfiles: [-1, 5],
    },
    byRow: { new: 1, popular: 1 },
  });
});
