/** Versions that follow each other under a serving process that is read all the time: every answer is of one version. */
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FOLD_VERSION } from '../../../domain/speed-view.ts';
import { serialise, viewVersion, type ViewVersion } from '../../../domain/views.ts';
import { loadConfig, type Config } from '../../../infra/config.ts';
import { openKafka, openObjectStore, topicPlanOf } from '../../../infra/connections.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import { createAnnouncer } from '../../../infra/hermes/announcer.ts';
import { createViewKeys } from '../../../infra/hermes/keys.ts';
import { createViewRepository } from '../../../infra/hermes/repository.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';
import { countsAnswer, rowAnswer } from '../../../serving/api/schemas.ts';
import { startServing } from '../../../serving/process.ts';
import { bodyOf, exampleManifest } from '../../support/object-store-views.ts';
import { POPULARITY, popularityPartsBy, type CountRow } from '../../support/popularity.ts';
import { entry } from '../../support/serving.ts';
import { until } from '../../support/until.ts';
import type { Finding, Say } from './finding.ts';

export interface SwapSettings {
  readonly environment: Readonly<Record<string, string>>;
  readonly region: string;
  readonly swaps: number;
  readonly folder: string;
  readonly say: Say;
}

const BLOCK_SIZE = 16;
const TITLES = Array.from({ length: 12 }, (_, nth) => `title-${nth}`);
const READERS = 4;
/** Readers, the process that they read and the publisher share the machine. */
const READ_PAUSE_MS = 15;
const LONGEST_MS = 60_000;
const SAID_EVERY = 25;
const MAX_RECORD_BYTES = 64 << 10;

/** What version `version` says of the nth title; of each measure another number, and the order of titles turns with every version. */
const countsOf = (version: number, nth: number): Pick<CountRow, 'plays' | 'impressions'> => {
  const place = version % 2 === 0 ? nth : TITLES.length - 1 - nth;
  return { plays: version * 100 + place, impressions: version * 1000 + nth };
};

export async function proveSwaps({
  environment,
  region,
  swaps,
  folder,
  say,
}: SwapSettings): Promise<Finding> {
  const dir = join(folder, 'swaps');
  const config = loadConfig({
    ...environment,
    ...{
      MARQUEE_REGION: region,
      MARQUEE_DATA_DIR: dir,
      MARQUEE_PARTITIONS: '1',
      MARQUEE_LOG_LEVEL: 'silent',
    },
    ...{ MARQUEE_BLOCK_SIZE: String(BLOCK_SIZE), SERVING_PORT: '0', SERVING_POLL_INTERVAL_MS: '500' },
    ...{ SERVING_DEADLINE_MS: '5000', SERVING_RANKING_TTL_MS: '0' },
  });
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'catalogue.ndjson'), TITLES.map((id) => JSON.stringify(entry(id))).join('\n'));
  const closers: (() => Promise<unknown> | void)[] = [];
  try {
    const publish = await openPublisher(config, closers);
    await publish(viewVersion(1));
    const url = await startServing({
      config,
      log: silentLog(),
      onClose: (close) => void closers.push(close),
      fail: (error) => {
        throw error;
      },
    });
    const served = async () => (await rowOf(url))?.viewVersion;
    await until(async () => (await served()) === 1, LONGEST_MS);
    const readers = startReaders(url);
    const startedMs = Date.now();
    for (let nth = 1; nth <= swaps; nth += 1) {
      const version = viewVersion(nth + 1);
      await publish(version);
      // Readers find out: who asked beside them would cost as much again.
      await until(() => readers.newest() === version, LONGEST_MS, 5);
      if (nth % SAID_EVERY === 0) say(progressOf({ nth, swaps, startedMs, answers: readers.answers() }));
    }
    return await readers.end(swaps);
  } finally {
    for (const close of closers.toReversed()) await close();
    await rm(dir, { recursive: true, force: true });
  }
}

function progressOf(at: { nth: number; swaps: number; startedMs: number; answers: number }): string {
  const [took, { nth, swaps, answers }] = [(Date.now() - at.startedMs) / 1000, at];
  const left = Math.round((took / nth) * (swaps - nth));
  return `${nth} of ${swaps} swaps in ${Math.round(took)} s, ${answers} answers, about ${left} s left`;
}

/**
 * Undefined for a request that was turned away: the machine is busy, and the process sheds. Answers are asked for as they are:
 * packing and unpacking them took a third of the time, and says nothing of versions.
 */
async function ask<T>(url: string, answer: { parse(body: unknown): T }): Promise<T | undefined> {
  const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
  const body: unknown = await response.json();
  return response.ok ? answer.parse(body) : undefined;
}

const rowOf = (url: string) => ask(`${url}/v1/rows/popular?country=DE&limit=12`, rowAnswer);

/** Readers ask for rows and for counts in turn, and hold each answer against the one version that it says it is of. */
function startReaders(url: string) {
  const differences: string[] = [];
  const seen = new Set<number>();
  let [answers, turnedAway, mixed, newest, isOver] = [0, 0, 0, 0, false];

  function judge(version: number | null, cut: number | undefined, wrong: readonly string[]): void {
    answers += 1;
    if (version !== null) seen.add(version);
    newest = Math.max(newest, version ?? 0);
    const faults = [...wrong, ...(cut === (version ?? 0) * BLOCK_SIZE ? [] : [`its cut is ${cut}`])];
    if (faults.length === 0) return;
    mixed += 1;
    if (differences.length < 20) differences.push(`an answer of version ${version}: ${faults.join(', ')}`);
  }

  async function readRow(): Promise<void> {
    const answer = await rowOf(url);
    if (answer === undefined) return void (turnedAway += 1);
    const { viewVersion: version, cut, items } = answer;
    const wrong = items.flatMap(({ titleId, rank, plays, impressions }) => {
      const nth = TITLES.indexOf(titleId);
      const expected = countsOf(version ?? 0, nth);
      const place = TITLES.length - 1 - (expected.plays % 100);
      const isRight = plays === expected.plays && impressions === expected.impressions && rank === place;
      return isRight ? [] : [`${titleId} at ${rank} has ${plays} plays and ${impressions} impressions`];
    });
    judge(
      version,
      cut.plays[0],
      items.length === TITLES.length ? wrong : [...wrong, `${items.length} titles`],
    );
  }

  async function readCounts(nth: number): Promise<void> {
    const answer = await ask(`${url}/v1/titles/${TITLES[nth]}/counts?country=DE`, countsAnswer);
    if (answer === undefined) return void (turnedAway += 1);
    const { viewVersion: version, cut, plays, impressions } = answer;
    const expected = countsOf(version ?? 0, nth);
    const isRight = plays.total === expected.plays && impressions.total === expected.impressions;
    judge(
      version,
      cut.plays[0],
      isRight ? [] : [`${plays.total} plays and ${impressions.total} impressions`],
    );
  }

  const readers = Array.from({ length: READERS }, async (_, reader) => {
    for (let turn = reader; !isOver; turn += 1) {
      await (turn % 2 === 0 ? readRow() : readCounts(turn % TITLES.length));
      await sleep(READ_PAUSE_MS);
    }
  });
  return {
    answers: () => answers,
    newest: () => newest,
    async end(swaps: number): Promise<Finding> {
      isOver = true;
      await Promise.all(readers);
      return {
        figures: {
          ...{ swaps, answers, versions_seen: seen.size },
          ...{ mixed_answers: mixed, turned_away: turnedAway },
        },
        differences,
      };
    },
  };
}

/** Publishes a version of the number that it is told, through the same ladder. */
async function openPublisher(config: Config, closers: (() => Promise<unknown> | void)[]) {
  const { region, generation } = config;
  const store: ObjectStore & { ensureBucket(): Promise<void>; close(): void } = openObjectStore(config);
  closers.push(() => store.close());
  await store.ensureBucket();
  const kafka = openKafka(config, silentLog());
  closers.push(() => kafka.close());
  await ensureTopics(kafka, topicPlanOf(config));
  const announcer = createAnnouncer({
    ...{ region, generation },
    connect: () => createProducer(kafka, { maxRecordBytes: MAX_RECORD_BYTES }),
  });
  closers.push(announcer.close);
  const duckdb: DuckDb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  closers.push(() => duckdb.close());
  const views = createViewRepository({ store, region });
  const keys = createViewKeys(region);

  return async (version: ViewVersion): Promise<void> => {
    const [view, runId] = [POPULARITY, `run-${version}`];
    const parent = version === 1 ? null : viewVersion(version - 1);
    await store.put(keys.claim(view, version), bodyOf(serialise({ view, version, runId })), {
      ifAbsent: true,
    });
    const rows = TITLES.map((title, nth): CountRow => ({
      ...{ title, country: 'DE', bucket: -1 },
      ...countsOf(version, nth),
    }));
    const parts = await popularityPartsBy(duckdb, rows);
    await Promise.all(Object.entries(parts).map(([name, body]) => views.putPart(view, version, name, body)));
    await views.putManifest({
      ...exampleManifest(view, version, {}, parent, region),
      ...{ foldVersion: FOLD_VERSION, blockSize: BLOCK_SIZE, generation, asOf: new Date().toISOString() },
      cut: { plays: [version * BLOCK_SIZE], impressions: [0] },
      parts: Object.entries(parts).map(([name, body]) => ({
        ...{ name, rows: rows.length, bytes: body.byteLength },
        sha256: createHash('sha256').update(body).digest('hex'),
      })),
    });
    await views.verify(view, version);
    await announcer.announce((await views.announce(view, version, { parent, runId })).pointer);
  };
}
