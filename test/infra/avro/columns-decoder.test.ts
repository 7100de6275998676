import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EVENT_KINDS, kindSpec, type EventKind } from '../../../domain/events/contract.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { CLEAN_SCHEMAS } from '../../../domain/events/schemas.ts';
import { CLEAN_TOPICS, type CleanTopic } from '../../../domain/topics.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { createColumnsDecoder, type ColumnsDecoder } from '../../../infra/avro/columns-decoder.ts';
import { packedValue, type PackedColumn } from '../../../infra/duckdb/packed-columns.ts';
import { arbitraryRecord } from '../../support/arbitrary-events.ts';

const codec = createCleanCodec();
const STATUSES = ['ok', 'future', 'old'];

const decoders = new Map(
  CLEAN_TOPICS.map((topic) => {
    const kind = EVENT_KINDS.filter((one) => kindSpec(one).topic === topic);
    return [topic, createColumnsDecoder(CLEAN_SCHEMAS[topic], { kind, timeStatus: STATUSES })];
  }),
);
const decoderOf = (topic: CleanTopic): ColumnsDecoder => decoders.get(topic)!;

type Flat = Readonly<Record<string, unknown>>;

/** A row as a flat record: without what is null. */
const rowOf = (decoder: ColumnsDecoder, columns: readonly PackedColumn[], row: number): Flat =>
  Object.fromEntries(
    decoder.names
      .map((name, i) => [name, packedValue(columns[i]!, row)] as const)
      .filter(([, value]) => value !== null),
  );
const flat = ({ event, enriched, ...place }: CleanRecord): Flat => ({ ...place, ...event, ...enriched });
function decoded(topic: CleanTopic, bytes: Buffer): Flat | undefined {
  try {
    return flat(codec.decodeClean(topic, bytes));
  } catch {
    return undefined;
  }
}
/** avsc takes odd zigzag numbers above 2^53 for even ones, and then loses the sign of what they stand for. */
const isPastCodec = (row: Flat): boolean =>
  Object.values(row).some((value) => typeof value === 'number' && value < -(2 ** 52));
const kinds = fc.constantFrom(...EVENT_KINDS);
const records = (kind: EventKind) => fc.array(arbitraryRecord(kind), { minLength: 1, maxLength: 5 });

test('columns hold what was encoded, for every kind of event', () => {
  fc.assert(
    fc.property(
      kinds.chain((kind) => fc.tuple(fc.constant(kindSpec(kind).topic), records(kind))),
      ([topic, log]) => {
        const decoder = decoderOf(topic);
        const columns = decoder.createColumns();
        log.forEach((record, row) => {
          const bytes = codec.encodeClean(topic, record);
          assert.equal(decoder.isOwn(bytes, 0, bytes.length), true);
          assert.equal(decoder.decode(bytes, 0, bytes.length, columns, row), true);
          assert.deepEqual(rowOf(decoder, columns, row), flat(record));
        });
      },
    ),
    { numRuns: 500 },
  );
});

test('what the decoder takes of damaged records is what the codec takes, and what it leaves leaves no trace', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { maxLength: 3 });
  let left = 0;
  fc.assert(
    fc.property(
      kinds.chain((kind) => fc.tuple(fc.constant(kindSpec(kind).topic), arbitraryRecord(kind))),
      damage,
      fc.option(fc.nat()),
      ([topic, record], changes, cut) => {
        const whole = codec.encodeClean(topic, record);
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        const given = cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
        const decoder = decoderOf(topic);
        const columns = decoder.createColumns();
        assert.equal(decoder.decode(whole, 0, whole.length, columns, 0), true);
        const among = Buffer.concat([whole, given, whole]);
        const isTaken = decoder.decode(among, whole.length, whole.length + given.length, columns, 1);
        const taken = rowOf(decoder, columns, 1);
        if (isTaken) assert.deepEqual(taken, isPastCodec(taken) ? taken : decoded(topic, given));
        else {
          left += 1;
          assert.deepEqual(taken, {});
        }
        assert.equal(decoder.decode(whole, 0, whole.length, columns, 2), true);
        assert.deepEqual(rowOf(decoder, columns, 2), flat(record));
        assert.deepEqual(rowOf(decoder, columns, 0), flat(record));
      },
    ),
    { numRuns: 1000 },
  );
  assert.ok(left > 100, `only ${left} records were damaged enough`);
});

test('a record of another schema is left to the codec', () => {
  const decoder = decoderOf('plays');
  const [record] = fc.sample(arbitraryRecord('search'), 1);
  const bytes = codec.encodeClean('searches', record!);
  assert.equal(decoder.isOwn(bytes, 0, bytes.length), false);
  assert.equal(decoder.decode(bytes, 0, bytes.length, decoder.createColumns(), 0), false);
});
