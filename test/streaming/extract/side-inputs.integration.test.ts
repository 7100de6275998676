import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DerivedRecord } from '../../../domain/events/derived.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { topicName, type TopicKind } from '../../../domain/topics.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { openKafka, openObjectStore, topicPlanOf } from '../../../infra/connections.ts';
import { createViewRepository, type ViewRepository } from '../../../infra/hermes/repository.ts';
import type { KafkaClient } from '../../../infra/kafka/client.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import type { LogProducer } from '../../../infra/kafka/producer-port.ts';
import { ensureTopics } from '../../../infra/kafka/topics.ts';
import { silentLog } from '../../../infra/log.ts';
import type { S3ObjectStore } from '../../../infra/object-store/s3.ts';
import { readTopic } from '../../support/kafka-log.ts';
import { startProcess, type MarqueeProcess } from '../../support/pipeline.ts';
import { startProfileService, type Mood, type ProfileService } from '../../support/profile-service.ts';
import { publishCatalogue, publishPages } from '../../support/side-views.ts';
import { testConfig, testEnvironment } from '../../support/stack.ts';

const env = testEnvironment({
  MARQUEE_PARTITIONS: '2',
  EXTRACT_METRICS_PORT: '0',
  EXTRACT_COUNTRIES: 'SE,NO',
  EXTRACT_VIEW_POLL_INTERVAL_MS: '200',
  EXTRACT_COMPLETION_INTERVAL_MS: '200',
  PROFILE_SERVICE_DEADLINE_MS: '400',
  PROFILE_SERVICE_BREAKER_PAUSE_MS: '500',
  KAFKA_SESSION_TIMEOUT_MS: '6000',
  KAFKA_HEARTBEAT_INTERVAL_MS: '500',
});
const config = testConfig(env);
const { region, generation } = config;
const codec = createCleanCodec();
let kafka: KafkaClient;
let producer: LogProducer;
let store: S3ObjectStore;
let views: ViewRepository;
const running: { process: MarqueeProcess; service: ProfileService }[] = [];

before(async () => {
  kafka = openKafka(config, silentLog());
  await ensureTopics(kafka, topicPlanOf(config));
  producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
  store = openObjectStore(config);
  await store.ensureBucket();
  views = createViewRepository({ store, region });
});
afterEach(async () => {
  for (const { process, service } of running.splice(0)) {
    await process.stop();
    await service.close();
  }
});
after(async () => {
  await producer.close();
  await kafka.close();
  store.close();
});

async function start(mood: Mood): Promise<ProfileService> {
  const service = await startProfileService(mood);
  const process = await startProcess('extract', {
    env: { ...env, PROFILE_SERVICE_URL: service.url },
    logDir: join(config.dataDir, 'logs'),
  });
  running.push({ process, service });
  return service;
}

const nameOf = (kind: TopicKind): string => topicName(region, generation, kind);

let sent = 0;
/** Appends impressions of as many profiles to both raw partitions; returns their event ids. */
async function send(run: string, count: number, extra: object = {}): Promise<string[]> {
  const ids = Array.from({ length: count }, (_, i) => `${run}-${i}`);
  const messages = ids.map((eventId) => {
    const partition = sent++ % 2;
    const event = {
      kind: 'impression',
      eventId,
      eventTime: Date.now(),
      profileId: `profile-of-${eventId}`,
      country: 'SE',
      titleId: 'film-1',
      pageId: 'home',
      row: 'trending',
      rank: 1,
      ...extra,
    };
    return { partition, key: event.profileId, value: Buffer.from(JSON.stringify(event)) };
  });
  await producer.send([{ topic: nameOf('raw-events'), messages }]);
  return ids;
}

interface Found {
  readonly partition: number;
  readonly record: CleanRecord;
}

/** The clean impressions of a run once all are there, by event id; fails when one comes twice or never. */
async function cleanOf(ids: readonly string[]): Promise<Map<string, Found>> {
  const wanted = new Set(ids);
  for (let tries = 0; ; tries += 1) {
    const found = new Map<string, Found>();
    for (const [partition, records] of await readTopic(kafka, nameOf('impressions'))) {
      for (const { value } of records) {
        const record = codec.decodeClean('impressions', value!);
        const { eventId } = record.event;
        assert.ok(!found.has(eventId), `${eventId} came twice`);
        if (wanted.has(eventId)) found.set(eventId, { partition, record });
      }
    }
    if (found.size === wanted.size) return found;
    assert.ok(tries < 100, `${found.size} of ${wanted.size} came`);
    await sleep(200);
  }
}

async function completionsOf(ids: readonly string[]): Promise<DerivedRecord<'completions'>[]> {
  const wanted = new Set(ids);
  for (let tries = 0; ; tries += 1) {
    const topic = await readTopic(kafka, nameOf('completions'));
    const found = [...topic.values()]
      .flat()
      .map(({ value }) => codec.decodeDerived('completions', value!))
      .filter(({ eventId }) => wanted.has(eventId));
    if (new Set(found.map(({ upsertKey }) => upsertKey)).size === wanted.size) return found;
    // A killed owner's partitions are given away once its session has timed out, a quarter of a minute by itself.
    assert.ok(tries < 300, `${found.length} of ${wanted.size} were completed`);
    await sleep(200);
  }
}

const answersOf = (found: Map<string, Found>): Set<string | undefined> =>
  new Set([...found.values()].map(({ record }) => record.enriched?.profileAnswer));

test('without a catalogue at the start events go on as they are; its first version is taken up when it comes', async () => {
  await start('honest');
  const bare = await cleanOf(await send('bare', 20));
  for (const { record } of bare.values()) {
    const { profileHash, ...enriched } = record.enriched ?? {};
    assert.ok(profileHash !== undefined);
    assert.deepEqual(enriched, {
      profileAnswer: 'fresh',
      profileSegment: 'family',
      profileMaturity: 12,
      profileCountry: 'SE',
    });
  }
  await publishCatalogue(
    views,
    [{ id: 'film-1', kind: 'film', genres: 'Crime|Drama', runtimeSeconds: 5400 }],
    region,
  );
  await publishPages(
    views,
    [{ page: 'home', pageKind: 'start', row: 'trending', rowKind: 'ranked', index: 2, length: 40 }],
    region,
  );
  let taken: CleanRecord | undefined;
  for (
    let tries = 0;
    taken?.enriched?.pagesVersion === undefined || taken.enriched.catalogueVersion === undefined;
    tries += 1
  ) {
    assert.ok(tries < 100, 'the views were not taken up');
    const [id = ''] = await send(`taken-${tries}`, 1, {
      rank: 30,
      rowLength: 20,
      titleKind: 'episode',
      country: 'ZZ',
    });
    // Before the pages are there nothing settles this contradiction: it is a dead letter then, and never comes.
    await sleep(300);
    taken = await impression(id);
  }
  const { profileHash, corrections, ...enriched } = taken.enriched ?? {};
  assert.ok(profileHash !== undefined);
  assert.deepEqual(enriched, {
    catalogueVersion: 1,
    pagesVersion: 1,
    rootTitleId: 'film-1',
    knownKind: 'film',
    genres: 'Crime|Drama',
    runtimeSeconds: 5400,
    pageKind: 'start',
    rowKind: 'ranked',
    rowIndex: 2,
    profileAnswer: 'fresh',
    profileSegment: 'family',
    profileMaturity: 12,
    profileCountry: 'SE',
  });
  assert.deepEqual(JSON.parse(corrections ?? ''), { country: 'ZZ', rowLength: 20, titleKind: 'episode' });
  const { event } = taken as unknown as { event: Record<string, unknown> };
  assert.deepEqual([event['country'], event['rowLength'], event['titleKind']], ['SE', 40, 'film']);
});

async function impression(id: string): Promise<CleanRecord | undefined> {
  const topic = await readTopic(kafka, nameOf('impressions'));
  return [...topic.values()]
    .flat()
    .map(({ value }) => codec.decodeClean('impressions', value!))
    .find(({ event }) => event.eventId === id);
}

const DEAD: readonly Mood[] = ['out', 'silent', 'html', 'somebody else', 'wrong types'];

for (const mood of DEAD) {
  test(`with a profile service that is ${mood} every event goes on, and is completed once it is well`, async () => {
    const service = await start(mood);
    const ids = await send(`ill-${mood.replaceAll(' ', '-')}`, 60);
    const found = await cleanOf(ids);
    assert.deepEqual(answersOf(found), new Set(['unavailable']));
    for (const { record } of found.values()) {
      assert.equal(record.enriched?.profileCountry, undefined);
      assert.equal(record.enriched?.profileSegment, undefined);
    }
    service.mood = 'honest';
    for (const completion of await completionsOf(ids)) {
      const { partition, record } = found.get(completion.eventId)!;
      const { version, ...rest } = completion;
      assert.ok(version > 1_700_000_000_000);
      assert.deepEqual(rest, {
        upsertKey: `${region}/${generation}/${partition}/${record.rawOffset}`,
        appendTime: record.appendTime,
        rawOffset: record.rawOffset,
        topic: 'impressions',
        eventId: record.event.eventId,
        profileId: record.event.profileId,
        profileAnswer: 'fresh',
        profileSegment: 'family',
        profileMaturity: 12,
        profileCountry: 'SE',
      });
    }
    assert.deepEqual(answersOf(await cleanOf(ids)), new Set(['unavailable']), 'what was appended stays');
  });
}

test('what waited for its completion when the process was killed is completed by the next one', async () => {
  await start('out');
  const ids = await send('killed', 40);
  await cleanOf(ids);
  const { process, service } = running.splice(0)[0]!;
  process.signal('SIGKILL');
  await process.stop();
  await service.close();
  await start('honest');
  assert.equal(new Set((await completionsOf(ids)).map(({ eventId }) => eventId)).size, ids.length);
});
