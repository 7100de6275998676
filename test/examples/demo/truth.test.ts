import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { writeLines } from '../../../examples/demo/files.ts';
import { generateEvents } from '../../../examples/demo/generator.ts';
import { eventLines, MISCHIEF_DEFAULTS } from '../../../examples/demo/mischief.ts';
import { readTruth } from '../../../examples/demo/truth.ts';
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

const byTitle = <T>(map: ReadonlyMap<string, T>): [string, T][] =>
  [...map].toSorted(([a], [b]) => (a < b ? -1 : 1));

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
  assert.deepEqual((await readTruth(duckdb, path)).get("it's"), {
    titleId: "it's",
    plays: 2,
    impressions: 1,
  });
});
