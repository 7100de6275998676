/**
 * The extractor as it is deployed, but for Kafka: state in LMDB, both views loaded from Parquet, profiles from a service
 * of its own over HTTP. What it appends is encoded and acknowledged at once.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { createServer } from 'node:http';
import type { RawRecord } from '../../domain/extract.ts';
import { generation, region } from '../../domain/ids.ts';
import { profileOf } from '../../examples/profile-service/answers.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import { extractSection } from '../../infra/config/streaming.ts';
import { profileServiceSection } from '../../infra/config/profiles.ts';
import { createDuckDb } from '../../infra/duckdb/duckdb.ts';
import { createViewRepository } from '../../infra/hermes/repository.ts';
import { listen } from '../../infra/http/listen.ts';
import type { LogProducer } from '../../infra/kafka/producer-port.ts';
import { silentLog } from '../../infra/log.ts';
import { createMetrics } from '../../infra/metrics.ts';
import { createMemoryObjectStore } from '../../infra/object-store/memory.ts';
import { createProfileClient } from '../../infra/profiles/client.ts';
import { createHttpCall } from '../../infra/profiles/http-call.ts';
import { followSideViews, type SideViews } from '../../infra/side-inputs/views.ts';
import { createLmdbExtractState } from '../../infra/state/lmdb-extract-state.ts';
import { createCleanLog } from '../../streaming/extract/clean-log.ts';
import { createExtractor } from '../../streaming/extract/extractor.ts';
import { createInstruments } from '../../streaming/extract/instruments.ts';
import { createLiveInputs } from '../../streaming/extract/live-inputs.ts';
import { publishCatalogue, publishPages } from '../../test/support/side-views.ts';
import { SAMPLE } from './sample-events.ts';

export interface ExtractLane {
  /** Takes records that follow each other, a batch at a time. */
  process(records: readonly RawRecord[]): Promise<void>;
  /** Bytes appended, calls of the profile service and what became of records, since the start. */
  totals(): {
    readonly bytes: number;
    readonly calls: number;
    readonly outcomes: Readonly<Record<string, number>>;
  };
  close(): Promise<void>;
}

const HOME = region('bench');

export async function startExtractLane(): Promise<ExtractLane> {
  const dir = mkdtempSync(join(tmpdir(), 'marquee-extract-'));
  const service = await listen(profileService, { host: '127.0.0.1', port: 0 });
  const views = await followSampleViews(dir);
  const limits = { ...extractSection.parse({}), maxEventBytes: 1 << 20 };
  const state = createLmdbExtractState(join(dir, 'state'));
  const totals = { bytes: 0, calls: 0, outcomes: {} as Record<string, number> };
  const instruments = createInstruments(createMetrics());
  const settings = profileServiceSection.parse({ url: service.url, deadlineMs: '10000' });
  const profiles = createProfileClient({
    settings,
    call: createHttpCall({ url: service.url, maxAnswerBytes: settings.maxAnswerBytes }),
    onCall: () => (totals.calls += 1),
  });
  const producer: LogProducer = {
    send(batch) {
      for (const { messages } of batch) for (const { value } of messages) totals.bytes += value?.length ?? 0;
      return Promise.resolve([]);
    },
    close: () => Promise.resolve(),
  };
  const extractor = createExtractor({
    partition: 0,
    limits,
    log: createCleanLog({
      producerOf: () => producer,
      codec: createCleanCodec(),
      maxLetterBytes: limits.maxEventBytes,
      region: HOME,
      generation: generation('g1'),
    }),
    state,
    sideInputs: createLiveInputs({ views, profiles, countries: new Set(SAMPLE.countries) }),
    onOutcomes(outcomes) {
      instruments.count(outcomes);
      for (const { type } of outcomes) totals.outcomes[type] = (totals.outcomes[type] ?? 0) + 1;
    },
  });
  await extractor.open(0);
  return {
    async process(records) {
      for (let from = 0; from < records.length; from += limits.maxBatchRecords) {
        await extractor.process(records.slice(from, from + limits.maxBatchRecords));
      }
    },
    totals: () => ({ ...totals, outcomes: { ...totals.outcomes } }),
    async close() {
      profiles.close();
      await Promise.all([views.close(), state.close(), service.close()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function followSampleViews(dir: string): Promise<SideViews> {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256, connections: 1 });
  const repository = createViewRepository({ store: createMemoryObjectStore(), region: HOME });
  const film = { kind: 'film', genres: 'Drama|Thriller', runtimeSeconds: 6120 } as const;
  const launchTime = Date.UTC(2026, 3, 17);
  await publishCatalogue(
    repository,
    SAMPLE.titles.map((id) => ({ id, launchTime, ...film })),
    HOME,
  );
  const rows = SAMPLE.pages.flatMap((page) =>
    SAMPLE.rows.map((row, index) => ({ page, row, index, pageKind: 'home', rowKind: row })),
  );
  await publishPages(
    repository,
    rows.map((row) => ({ ...row, length: SAMPLE.rowLength })),
    HOME,
  );
  const views = followSideViews({
    ...{ repository, duckdb, log: silentLog() },
    dir: join(dir, 'views'),
    pollIntervalMs: 60_000,
  });
  await views.asked;
  return {
    ...views,
    async close() {
      await views.close();
      await duckdb.close();
    },
  };
}

const PROFILES = { seed: 7, countries: SAMPLE.countries, unknownEvery: 50 };

function profileService(
  ...[request, response]: Parameters<Parameters<typeof createServer>[1] & object>
): void {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.on('end', () => {
    const { profileIds } = JSON.parse(Buffer.concat(parts).toString()) as { profileIds: string[] };
    const found = profileIds.map((id) => [id, profileOf(id, PROFILES)] as const);
    response.end(
      JSON.stringify({
        profiles: found.flatMap(([, profile]) => profile ?? []),
        unknown: found.flatMap(([id, profile]) => (profile === undefined ? [id] : [])),
      }),
    );
  });
}
