import assert from 'node:assert/strict';
import { test } from 'node:test';
import avro from 'avsc';
import fc from 'fast-check';
import { columnsOf, createCountedColumns, type CountedColumns } from '../../../domain/counted-columns.ts';
import { CLEAN_SCHEMAS } from '../../../domain/events/schemas.ts';
import { isMarqueeError } from '../../../domain/errors.ts';
import { countedRecord } from '../../../domain/measures.ts';
import type { CountedTopic } from '../../../domain/topics.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { createCountedDecoder } from '../../../infra/avro/counted-decoder.ts';

const codec = createCleanCodec();
const decoders = { plays: createCountedDecoder('plays'), impressions: createCountedDecoder('impressions') };

const text = fc.oneof(
  fc.string({ minLength: 1, maxLength: 20 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
);
const seconds = fc.double({ min: 0, max: 1e6, noNaN: true });
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(value, { nil: null, freq: 3 });
const time = fc.integer({ min: 0, max: 8_640_000_000_000 });

const sound = (kinds: readonly string[]): fc.Arbitrary<Record<string, unknown>> =>
  fc.record({
    rawOffset: fc.nat({ max: 2 ** 40 }),
    appendTime: time,
    timeStatus: fc.constantFrom('ok', 'future', 'old'),
    kind: fc.constantFrom(...kinds),
    eventId: text,
    eventTime: time,
    profileId: text,
    country: fc.constantFrom('DE', 'US', 'ZA'),
    sessionId: optional(text),
    titleId: text,
    playId: optional(text),
    viewedSeconds: optional(seconds),
    durationSeconds: optional(seconds),
    row: optional(text),
    rank: optional(fc.nat(10_000)),
    origin: optional(fc.constantFrom('explicit', 'synthetic')),
    extra: optional(fc.string({ maxLength: 300 })),
    profileHash: optional(fc.maxSafeNat().map((hash) => hash % 2 ** 52)),
    runtimeSeconds: optional(seconds),
  });
const SOUND = {
  plays: sound(['play_start', 'play_stop', 'play_pause', 'play_resume', 'play_skip']),
  impressions: sound(['impression']),
};
const types = {
  plays: avro.Type.forSchema(CLEAN_SCHEMAS.plays as unknown as avro.Schema),
  impressions: avro.Type.forSchema(CLEAN_SCHEMAS.impressions as unknown as avro.Schema),
};
const HEADER_BYTES = 10;

function encode(topic: CountedTopic, datum: Record<string, unknown>): Buffer {
  // A record's header is the same whatever it holds.
  const header = codec
    .encodeClean('impressions', {
      ...{ rawOffset: 0, appendTime: 0, timeStatus: 'ok' },
      event: { kind: 'impression', eventId: 'e', eventTime: 0, profileId: 'p', country: 'DE' } as never,
    })
    .subarray(0, HEADER_BYTES);
  const ofPlays = codec
    .encodeClean('plays', {
      ...{ rawOffset: 0, appendTime: 0, timeStatus: 'ok' },
      event: { kind: 'play_start', eventId: 'e', eventTime: 0, profileId: 'p', country: 'DE' } as never,
    })
    .subarray(0, HEADER_BYTES);
  const known = Object.fromEntries(
    CLEAN_SCHEMAS[topic].fields.map(({ name }) => [name, datum[name] ?? null]),
  );
  return Buffer.concat([topic === 'plays' ? ofPlays : header, types[topic].toBuffer(known)]);
}

/** A row's values, with texts in place of their numbers. */
function rowOf(columns: CountedColumns, i: number): Record<string, unknown> {
  const { titles, rowNames, capacity: _, size: __, ...arrays } = columns;
  const values = Object.fromEntries(Object.entries(arrays).map(([name, column]) => [name, column[i]]));
  if (values['hasPlay'] === 0) delete values['playLow'];
  if (values['hasPlay'] === 0) delete values['playHigh'];
  const row = columns.row[i]!;
  return { ...values, title: titles.text(columns.title[i]!), row: row < 0 ? undefined : rowNames.text(row) };
}

for (const topic of ['plays', 'impressions'] as const) {
  test(`${topic}: columns from bytes are those of the decoded records`, () => {
    fc.assert(
      fc.property(fc.array(SOUND[topic], { minLength: 1, maxLength: 8 }), (data) => {
        const columns = createCountedColumns(data.length);
        columns.size = data.length;
        const bytes = data.map((datum) => encode(topic, datum));
        const all = Buffer.concat([Buffer.alloc(3), ...bytes]);
        let at = 3;
        bytes.forEach((one, i) => {
          columns.offset[i] = i;
          assert.equal(decoders[topic](all, at, at + one.length, columns, i), true);
          at += one.length;
        });
        const expected = columnsOf(
          bytes.map((one, offset) => ({ offset, record: countedRecord(codec.decodeClean(topic, one)) })),
        );
        for (let i = 0; i < data.length; i++) assert.deepEqual(rowOf(columns, i), rowOf(expected, i));
      }),
      { numRuns: 300 },
    );
  });

  test(`${topic}: what the codec refuses is never taken from bytes`, () => {
    const damage = fc.record({ at: fc.double({ min: 0, max: 0.999, noNaN: true }), to: fc.nat(255) });
    let refused = 0;
    fc.assert(
      fc.property(SOUND[topic], damage, fc.boolean(), (datum, { at, to }, isCut) => {
        const whole = encode(topic, datum);
        const place = Math.floor(at * whole.length);
        const bytes = isCut ? whole.subarray(0, place) : Buffer.from(whole);
        if (!isCut) bytes[place] = to;
        try {
          codec.decodeClean(topic, bytes);
        } catch (error) {
          assert.ok(isMarqueeError(error, 'RECORD_CORRUPT'));
          refused += 1;
          const columns = createCountedColumns(1);
          assert.equal(decoders[topic](bytes, 0, bytes.length, columns, 0), false);
        }
      }),
      { numRuns: 1000 },
    );
    assert.ok(refused > 100, 'enough records were damaged beyond reading');
  });
}
