/**
 * Open Bandit's 60,000 real impressions and their clicks through ingest, extractor and attribution: take rates by row and
 * position, counted from the topics, are those counted from the files.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Impression } from '../../domain/events/event.ts';
import { createRowPlays, type RowCount, type RowPlays } from '../../domain/row-plays.ts';
import { freshRows, NOTHING_TAKEN } from '../../domain/fresh-rows.ts';
import { MINUTE_MS } from '../../domain/time.ts';
import { topicName } from '../../domain/topics.ts';
import { POST_DEFAULTS, postLines } from '../../examples/demo/post.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { openKafka } from '../../infra/connections.ts';
import { loadLocalConfig } from '../../infra/config.ts';
import { banditEvents, banditRow } from '../../infra/datasets/open-bandit-events.ts';
import { fetchOpenBandit, type BanditImpression } from '../../infra/datasets/open-bandit.ts';
import type { KafkaClient } from '../../infra/kafka/client.ts';
import { logBounds } from '../../infra/kafka/offsets.ts';
import { silentLog } from '../../infra/log.ts';
import { readTopic } from '../support/kafka-log.ts';
import { startProcess, type MarqueeProcess } from '../support/pipeline.ts';
import { testConfig, testEnvironment } from '../support/stack.ts';
import { until } from '../support/until.ts';

const LINES_A_REQUEST = 1000;
const REQUESTS_AT_ONCE = 4;
const config = testConfig();
const { region, generation } = config;
const codec = createCleanCodec();
const running: MarqueeProcess[] = [];
let kafka: KafkaClient;

before(async () => {
  kafka = openKafka(config, silentLog());
  const options = { env: testEnvironment(), logDir: join(config.dataDir, 'logs') };
  const names = ['ingest', 'extract', 'behaviour'] as const;
  running.push(...(await Promise.all(names.map((name) => startProcess(name, options)))));
});
after(async () => {
  await Promise.all(running.map((one) => one.stop()));
  await kafka.close();
});

async function fetched(): Promise<BanditImpression[] | Error> {
  try {
    return await fetchOpenBandit({ cacheDir: loadLocalConfig().local.cacheDir });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** Straight from the files: impressions and clicks by row and position, ordered as `byPosition` orders them. */
function countFiles(impressions: readonly BanditImpression[]): RowCount[] {
  const counts = new Map<string, RowCount>();
  for (const one of impressions) {
    const row = banditRow(one);
    const key = `${row}/${one.position}`;
    const before = counts.get(key) ?? { row, rank: one.position - 1, plays: 0, impressions: 0 };
    const plays = before.plays + (one.clicked ? 1 : 0);
    counts.set(key, { ...before, plays, impressions: before.impressions + 1 });
  }
  return Array.from(counts.keys())
    .sort()
    .map((key) => counts.get(key)!);
}

async function post(lines: readonly string[]): Promise<number> {
  const url = running[0]!.url()!;
  let accepted = 0;
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < lines.length) {
      const batch = lines.slice(next, (next += LINES_A_REQUEST));
      const outcome = await postLines(batch, { ...POST_DEFAULTS, url });
      accepted += outcome.accepted;
    }
  };
  await Promise.all(Array.from({ length: REQUESTS_AT_ONCE }, lane));
  return accepted;
}

/** Counts as a reader of the two topics does that starts anew. */
async function countTopics(): Promise<RowPlays> {
  const counts = createRowPlays({ openPlays: 1_000_000, finalPlays: 1_000_000, places: 100_000 });
  for (const records of (await readTopic(kafka, topicName(region, generation, 'impressions'))).values()) {
    const clean = records.map(({ value }) => codec.decodeClean('impressions', value!));
    const offsets = records.map(({ offset }) => offset);
    const rawOffsets = clean.map(({ rawOffset }) => rawOffset);
    for (const i of freshRows(offsets, rawOffsets, NOTHING_TAKEN))
      counts.takeImpression(clean[i]!.event as Impression);
  }
  const upserts = await readTopic(kafka, topicName(region, generation, 'attributed-plays'));
  for (const [partition, records] of upserts) {
    for (const { value } of records)
      counts.takePlay(partition, codec.decodeDerived('attributed-plays', value!));
  }
  return counts;
}

const sum = (counts: readonly RowCount[], of: 'plays' | 'impressions'): number =>
  counts.reduce((total, one) => total + one[of], 0);

test('take rates by position are those counted from the files', { timeout: 300_000 }, async (t) => {
  const impressions = await fetched();
  if (impressions instanceof Error) {
    t.skip(`Open Bandit could not be fetched, so nothing is proven: ${impressions.message}`);
    return;
  }
  const expected = countFiles(impressions);
  assert.deepEqual([impressions.length, expected.length], [60_000, 18]);
  const now = Date.now();
  const lines = banditEvents(
    impressions,
    { fromMs: now - 15 * MINUTE_MS, toMs: now - 5 * MINUTE_MS },
    'bandit',
  );
  assert.equal(await post(lines), lines.length);

  const logged = async (): Promise<number> => {
    const bounds = await logBounds(kafka, topicName(region, generation, 'impressions'));
    return bounds.reduce((all, { end }) => all + end, 0);
  };
  await until(async () => (await logged()) >= impressions.length, 120_000, 250);
  let found = await countTopics();
  await until(
    async () => {
      found = await countTopics();
      const counts = found.byPosition();
      return sum(counts, 'impressions') >= 60_000 && sum(counts, 'plays') >= sum(expected, 'plays');
    },
    120_000,
    1000,
  );
  for (const { row, rank, plays, impressions: shown } of found.byPosition()) {
    t.diagnostic(
      `${row} position ${(rank ?? -2) + 1}: ${plays} of ${shown}, ${((100 * plays) / shown).toFixed(3)} %`,
    );
  }
  assert.deepEqual(found.byPosition(), expected);
  assert.equal(found.withoutRow(), 0);
});
