import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createProfileLog, createSearchLog, RETURNING } from '../../../bench/lib/profile-log.ts';
import {
  ENRICHED_FIELDS,
  FIELDS,
  type EnrichedField,
  type EventField,
} from '../../../domain/events/contract.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import type { KeyedFold } from '../../../domain/keyed-fold.ts';
import { CLEAN_TOPICS } from '../../../domain/topics.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { createProjectedDecoder } from '../../../infra/avro/projected-decoder.ts';
import { loadConfig } from '../../../infra/config.ts';
import { behaviourFolds } from '../../../streaming/behaviour/folds.ts';

const codec = createCleanCodec();
const log = [...createProfileLog(RETURNING).take(3000), ...createSearchLog().take(300)];

/** The record with these fields alone. */
function pick(record: CleanRecord, fields: readonly string[]): CleanRecord {
  const only = (from: object): object =>
    Object.fromEntries(Object.entries(from).filter(([name]) => name === 'kind' || fields.includes(name)));
  const { event, enriched = {}, ...rest } = record;
  const picked = only(enriched);
  return {
    ...rest,
    event: only(event) as CleanRecord['event'],
    ...(Object.keys(picked).length === 0 ? {} : { enriched: picked }),
  };
}

test('a projected record is the whole one without the fields that were not asked for', () => {
  const all = [...Object.keys(FIELDS), ...Object.keys(ENRICHED_FIELDS)] as (EventField | EnrichedField)[];
  for (const fields of [all, all.filter((_, i) => i % 2 === 0), all.filter((_, i) => i % 3 === 1), []]) {
    const decoders = new Map(CLEAN_TOPICS.map((topic) => [topic, createProjectedDecoder(topic, fields)]));
    for (const { topic, record } of log) {
      const bytes = codec.encodeClean(topic, record);
      const within = Buffer.concat([Buffer.from('before'), bytes, Buffer.from('behind')]);
      const found = decoders.get(topic)!(within, 6, 6 + bytes.length);
      assert.deepEqual(found, pick(record, fields));
    }
  }
});

test('what is not a whole record of the topic is left to the codec', () => {
  const decode = createProjectedDecoder('plays', ['eventTime']);
  const { record } = log.find(({ topic }) => topic === 'plays')!;
  const bytes = codec.encodeClean('plays', record);
  assert.equal(decode(bytes, 0, bytes.length - 1), undefined);
  assert.equal(decode(Buffer.concat([bytes, Buffer.of(0)]), 0, bytes.length + 1), undefined);
  assert.equal(createProjectedDecoder('impressions', [])(bytes, 0, bytes.length), undefined);
});

const UNUSED = ['KAFKA_BROKERS', 'TEMPORAL_ADDRESS', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'];
const config = loadConfig({
  ...Object.fromEntries(UNUSED.map((key) => [key, 'unused:1'])),
  ...{ S3_ENDPOINT: 'http://unused', ICEBERG_CATALOG_URI: 'http://unused' },
});
const folds: readonly KeyedFold<unknown>[] = [...behaviourFolds(config)];

for (const fold of folds) {
  test(`${fold.name} reads no other fields than it says`, () => {
    const states = new Map<string, unknown>();
    const read = new Set<string>();
    const watched = <T extends object>(of: T): T =>
      new Proxy(of, {
        get: (target, name) => {
          read.add(String(name));
          return Reflect.get(target, name) as unknown;
        },
      });
    log.forEach(({ topic, record }, offset) => {
      if (!fold.topics.includes(topic)) return;
      const { event, enriched, ...rest } = record;
      const given = { ...rest, event: watched(event), ...(enriched && { enriched: watched(enriched) }) };
      const key = fold.keyOf(given);
      const input = { topic, partition: 0, offset, record: given as CleanRecord };
      states.set(key, fold.step(states.get(key), input).state);
    });
    read.delete('kind');
    assert.ok(read.size > 2, 'the log has records that the fold looks at');
    assert.deepEqual(
      [...read].filter((name) => !(fold.reads as readonly string[]).includes(name)),
      [],
    );
  });
}
