/** Words of the live lane's folds after their events were corrected, in a lake of DuckDB's own tables. */
import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { DeriveOrder } from '../../../activities/backfilling.ts';
import { createEventsJob, type EventsJob } from '../../../batch/backfill/events-job.ts';
import type { DerivedRecord } from '../../../domain/events/derived.ts';
import { generation, type ProfileId } from '../../../domain/ids.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { deriveAnew, type DeriveDeps } from '../../../infra/bin/derive-anew.ts';
import { loadConfig } from '../../../infra/config.ts';
import { quoteText } from '../../../infra/duckdb/connection.ts';
import { createDuckDb, type DuckDb } from '../../../infra/duckdb/duckdb.ts';
import type { OutgoingTopic } from '../../../infra/kafka/producer-port.ts';
import type { DuckDbLake } from '../../../infra/lake/lake.ts';
import { createRowBuffer } from '../../../streaming/sink/row-buffer.ts';
import { BACKFILL, orderOf } from '../../support/minute-plays.ts';
import { createTableLake } from '../../support/table-lake.ts';
import {
  answers,
  isWronged,
  LOGS,
  right,
  rowsOf,
  wronged,
  type Plays,
  type SaidWord,
} from '../../support/wronged-log.ts';

const ENV = {
  ...{ KAFKA_BROKERS: 'unused:1', TEMPORAL_ADDRESS: 'unused:1', S3_ENDPOINT: 'http://unused' },
  ...{ AWS_ACCESS_KEY_ID: 'unused', AWS_SECRET_ACCESS_KEY: 'unused', ICEBERG_CATALOG_URI: 'http://unused' },
  BACKFILL_SETTLE_MS: '0',
};
const config = loadConfig(ENV);
const codec = createCleanCodec();
let duckdb: DuckDb;
let lake: DuckDbLake;
let job: EventsJob;
let dir: string;

beforeEach(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  lake = await createTableLake(duckdb);
  job = createEventsJob({ lake, settings: BACKFILL });
  dir = mkdtempSync(join(tmpdir(), 'marquee-derive-anew-'));
});
afterEach(() => duckdb.close());

async function fillLake(of: Plays): Promise<void> {
  await lake.appendExactlyOnce(
    'plays',
    LOGS.map(({ plays }, at) => rowsOf('plays', at, of(plays))),
  );
  const shown = LOGS.map(({ impressions }, at) => rowsOf('impressions', at, impressions));
  await lake.appendExactlyOnce('impressions', shown);
}

type Erasures = Awaited<ReturnType<DeriveDeps['readBook']>>;
type Table = 'attributed_plays' | 'signals';
/** All words that were sent, by partition. */
type Said = SaidWord<DerivedRecord<'attributed-plays'>>[];

const nobody: Erasures = { ownerAt: (profile) => profile };
/** `read` is asked for the erasures of the moment. */
async function derive(files: DeriveOrder['files'], isDryRun = false, read = () => nobody, of = 'g1') {
  const { said, signals, changes } = await deriveAll(files, isDryRun, read, of);
  const { what, rule, ...counts } = changes.find((one) => one.rule === 'attribution')!;
  assert.deepEqual([what, rule], ['attributed_plays', 'attribution']);
  return { said, counts, signals, changes };
}

async function deriveAll(
  files: DeriveOrder['files'],
  isDryRun = false,
  read = () => nobody,
  of = 'g1',
  folded?: DeriveOrder['folded'],
) {
  const said: Said = [];
  const signals: SaidWord<DerivedRecord<'user-behavior-features'>>[] = [];
  const send = (batch: readonly OutgoingTopic[]) => {
    for (const { topic, messages } of batch)
      for (const { partition, value, key } of messages) {
        const isPlay = topic.endsWith('attributed-plays.g1');
        const kind = isPlay ? 'attributed-plays' : 'user-behavior-features';
        const record = codec.decodeDerived(kind, value as Buffer);
        assert.equal(String(key), record.profileId);
        (isPlay ? said : signals).push({ partition: partition!, record: record as never });
      }
    return Promise.resolve([]);
  };
  const changes = await deriveAnew(
    { lake, codec, config, job, readBook: () => Promise.resolve(read()), send },
    {
      ...{ order: orderOf(), plan: { generation: generation(of), inputs: [] }, files },
      ...{ asOf: 0, dir, isDryRun, onProgress: () => undefined },
      ...(folded && { folded }),
    },
  );
  return { said, signals, changes };
}

/** A shadow that puts some plays in the place of what stands: the right ones in that of the wrong. */
async function shadow(of = right, which = isWronged): Promise<DeriveOrder['files']> {
  const parts = LOGS.map(({ plays }, at) => {
    const numbers = plays.flatMap((_, n) => (which(n, plays.length) ? [n] : []));
    const records = of(plays);
    return rowsOf(
      'plays',
      at,
      numbers.map((n) => records[n]!),
      numbers,
    );
  });
  const path = join(dir, 'plays.parquet');
  const staging = await createTableLake(await createDuckDb({ threads: 1, memoryLimitMb: 256 }));
  await staging.appendExactlyOnce('plays', parts);
  await staging.read((connection) =>
    connection.run(`COPY (SELECT 'replaced' AS change, true AS moves, * FROM ${staging.reference('plays')})
      TO ${quoteText(path)} (FORMAT parquet)`),
  );
  return { plays: [path] };
}

async function keep(said: readonly SaidWord<DerivedRecord>[], table: Table = 'attributed_plays') {
  for (const at of LOGS.keys()) {
    const buffer = createRowBuffer(table);
    const words = said.filter(({ partition }) => partition === at);
    for (const [offset, { record }] of words.entries()) buffer.push({ offset, derived: record, bytes: 100 });
    const rows = { generation: 'g1', partition: at, follows: -1, rowCount: words.length };
    await lake.appendExactlyOnce(table, [{ ...rows, columns: buffer.columns() }]);
  }
}

/** What the fold says of the whole log, where nothing was said before. */
async function wordsOf(of: Plays): Promise<Said> {
  return (await allWordsOf(of)).said;
}

async function allWordsOf(of: Plays) {
  await fillLake(of);
  const said = await derive(await shadow(of, () => true));
  await lake.read((connection) =>
    connection.run(`DELETE FROM ${lake.reference('plays')}; DELETE FROM ${lake.reference('impressions')}`),
  );
  return said;
}

test('after a correction the newest words say what the fold says of the corrected log, and no other was sent', async () => {
  const [wrong, truth] = [await wordsOf(wronged), await wordsOf(right)];
  await fillLake(wronged);
  await keep(wrong);
  const files = await shadow();
  const foreseen = await derive(files, true);
  assert.equal(foreseen.said.length, 0);
  const { said, counts } = await derive(files);
  assert.deepEqual(foreseen.counts, counts);
  const [before, expected] = [answers(wrong), answers(truth)];
  const others = [...expected].filter(
    ([key, answer]) => JSON.stringify(before.get(key)) !== JSON.stringify(answer),
  );
  assert.ok(others.length > 10, `${others.length} words differ`);
  assert.equal(counts.changed + counts.added, said.length);
  assert.deepEqual(new Set(said.map(({ record }) => record.upsertKey)), new Set(others.map(([key]) => key)));
  assert.deepEqual(answers([...wrong, ...said]), expected);
  // Whoever was killed before it could tell does it again, once the lake has the words and once it has the events too.
  await keep(said);
  assert.deepEqual((await derive(files)).said, []);
});

test('once the shadow is no more the same words are said, by what it was folded from', async () => {
  const wrong = await wordsOf(wronged);
  await fillLake(wronged);
  await keep(wrong);
  const { said: expected } = await derive(await shadow());
  await lake.read((connection) =>
    connection.run(`DELETE FROM ${lake.reference('plays')}; DELETE FROM ${lake.reference('impressions')}`),
  );
  await fillLake(right);
  const folded = LOGS.map(({ plays }, partition) => {
    const offsets = plays.flatMap(({ rawOffset }, n) => (isWronged(n, plays.length) ? [rawOffset] : []));
    return { partition, from: Math.min(...offsets), to: Math.max(...offsets) + 1, rows: 1, bytes: 1 };
  });
  const again = async (isDryRun: boolean) => {
    const { said, changes } = await deriveAll({}, isDryRun, undefined, undefined, folded);
    return { said, counts: changes.find(({ rule }) => rule === 'attribution')! };
  };
  assert.equal((await again(true)).said.length, 0);
  const { said, counts } = await again(false);
  assert.ok(expected.length > 10);
  assert.deepEqual(said, expected);
  assert.equal(counts.changed + counts.added, said.length);
  await keep(said);
  assert.deepEqual((await again(false)).said, []);
});

test('words that were led to by what the lake has not yet are left as they are', async () => {
  const wrong = await wordsOf(wronged);
  const late = 12;
  const short: Plays = (plays) => wronged(plays).slice(0, -late);
  await fillLake(short);
  await keep(wrong);
  const files = await shadow(right, (n, of) => isWronged(n, of) && n < of - late);
  const { said, counts } = await derive(files);
  assert.equal(counts.stranded, 0);
  const known = LOGS.flatMap(({ plays }) => short(plays)).map(({ event }) => event.eventId);
  assert.ok(said.length > 0 && said.every(({ record }) => known.includes(record.playId as never)));
});

test('profiles whose events did not change are not looked at', async () => {
  const wrong = await wordsOf(wronged);
  // Of whom the last play is: log time has come past it.
  await fillLake((plays) => wronged(plays).slice(0, -1));
  await keep(wrong);
  const of = LOGS[0]!.plays.find((_, n, { length }) => isWronged(n, length))!.event.profileId;
  const isTheirs = (n: number, all: number): boolean =>
    isWronged(n, all) && LOGS.some(({ plays }) => plays.length === all && plays[n]!.event.profileId === of);
  const { said, counts } = await derive(await shadow(right, isTheirs));
  assert.equal(counts.profiles, 1);
  assert.ok(said.length > 0 && said.every(({ record }) => record.profileId === of));
});

test('words of whoever was erased are left as they are', async () => {
  const wrong = await wordsOf(wronged);
  await fillLake(wronged);
  await keep(wrong);
  const files = await shadow();
  const all = await derive(files, true);
  const erased = 'p1' as ProfileId;
  const book = { ownerAt: (id: ProfileId) => (id === erased ? ('surrogate' as ProfileId) : id) };
  const { said, counts } = await derive(files, false, () => book);
  assert.equal(counts.profiles, all.counts.profiles - 1);
  assert.ok(said.length > 0 && said.every(({ record }) => record.profileId !== erased));
});

test('words of whoever is erased while words are worked out are not sent, and not counted', async () => {
  const wrong = await wordsOf(wronged);
  await fillLake(wronged);
  await keep(wrong);
  const erased = 'p1' as ProfileId;
  const book = { ownerAt: (id: ProfileId) => (id === erased ? ('surrogate' as ProfileId) : id) };
  const files = await shadow();
  let looks = 0;
  const { said, counts } = await derive(files, false, () => (looks++ === 0 ? nobody : book));
  assert.ok(said.length > 0 && said.every(({ record }) => record.profileId !== erased));
  assert.equal(counts.changed + counts.added, said.length);
  assert.ok((await derive(files, true)).counts.changed > 0);
});

test('plays that are not final are told, and left to the live lane', async () => {
  const wrong = await wordsOf(wronged);
  await fillLake(wronged);
  await keep(wrong.map(({ partition, record }) => ({ partition, record: { ...record, isFinal: 0 } })));
  const { said, counts } = await derive(await shadow());
  assert.ok((counts.waiting ?? 0) > 10);
  assert.deepEqual([said.length, counts.changed], [counts.added, 0]);
});

test('another generation than the one in use is refused before anything is sent', async () => {
  await fillLake(wronged);
  const files = await shadow();
  await assert.rejects(deriveAll(files, true, undefined, 'g2'), { code: 'GENERATION_REFUSED' });
});

test('where the lake has rows of the profiles in another generation a rule is left, and told as left', async () => {
  const wrong = await wordsOf(wronged);
  await fillLake(wronged);
  await keep(wrong);
  const files = await shadow();
  const order = { order: orderOf(), plan: { generation: generation('g1'), inputs: [] }, files, asOf: 0 };
  const tablesLeft = async () =>
    (await job.leaves(order)).flatMap(({ what, kind, reason }) => (kind === 'table' && reason ? [what] : []));
  assert.deepEqual(await tablesLeft(), []);
  const shown = rowsOf('impressions', 0, LOGS[0]!.impressions);
  await lake.appendExactlyOnce('impressions', [{ ...shown, generation: 'g2' }]);
  const { said, changes } = await deriveAll(files);
  assert.equal(said.length, 0);
  assert.equal(changes.map(({ rule }) => rule).join(), 'play-signals');
  assert.deepEqual(await tablesLeft(), ['attributed_plays by attribution']);
});

test('after a correction the newest signals are those of the corrected log; the others are withdrawn', async () => {
  const [wrong, truth] = [await allWordsOf(wronged), await allWordsOf(right)];
  await fillLake(wronged);
  await keep(wrong.said);
  await keep(wrong.signals, 'signals');
  const { signals, changes } = await derive(await shadow());
  const holding = (said: typeof signals): Map<string, object> =>
    new Map([...answers(said)].filter(([, answer]) => (answer as { state: string }).state !== 'withdrawn'));
  const expected = holding(truth.signals);
  assert.notDeepEqual(holding(wrong.signals), expected);
  assert.deepEqual(holding([...wrong.signals, ...signals]), expected);
  const { changed, added, withdrawn } = changes.find(({ rule }) => rule === 'play-signals')!;
  assert.ok(withdrawn > 0);
  assert.equal(changed + added + withdrawn, signals.length);
});
