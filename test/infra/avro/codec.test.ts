import assert from 'node:assert/strict';
import { test } from 'node:test';
import avro from 'avsc';
import fc from 'fast-check';
import { MarqueeError } from '../../../domain/errors.ts';
import { CLEAN_SCHEMAS } from '../../../domain/events/schemas.ts';
import {
  ENVELOPE_FIELDS,
  FIELDS,
  EVENT_KINDS,
  kindSpec,
  type EventField,
} from '../../../domain/events/contract.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { parseEvent, validateEvent } from '../../../domain/events/validate.ts';
import { region } from '../../../domain/ids.ts';
import { CLEAN_TOPICS, DERIVED_TOPICS } from '../../../domain/topics.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { fingerprintBytes, fingerprintOf } from '../../../infra/avro/fingerprint.ts';
import { createStoredRegistry } from '../../../infra/avro/registry.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';

const codec = createCleanCodec();

function record(attributes: Record<string, unknown> = {}): CleanRecord {
  const parsed = validateEvent({
    kind: 'impression',
    eventId: 'e-1',
    eventTime: 1_790_000_000_000,
    profileId: 'p-1',
    country: 'GB',
    titleId: 't-1',
    row: 'trending',
    rank: 3,
    ...attributes,
  });
  assert.ok(parsed.ok);
  return { rawOffset: 41, appendTime: 1_790_000_000_500, timeStatus: 'ok', event: parsed.event };
}

const corrupt = (bytes: Uint8Array, reason: RegExp): void =>
  assert.throws(
    () => codec.decodeClean('impressions', bytes, { partition: 2, offset: 7 }),
    (error) =>
      error instanceof MarqueeError &&
      error.code === 'RECORD_CORRUPT' &&
      error.message.includes('impressions/2@7') &&
      reason.test(error.message),
  );

const valueOf = (field: EventField): fc.Arbitrary<unknown> => {
  const spec = FIELDS[field];
  if (field === 'country') return fc.constantFrom('GB', 'DE');
  if (spec.type === 'integer') return fc.maxSafeNat().map((value) => Math.min(value, spec.max));
  if (spec.type === 'number') return fc.double({ min: spec.min, max: spec.max, noNaN: true });
  return fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .map((text) => text.replaceAll('\0', '0').slice(0, 100))
    .filter((text) => text.isWellFormed());
};

const anyRecord: fc.Arbitrary<CleanRecord> = fc.constantFrom(...EVENT_KINDS).chain((kind) => {
  const spec = kindSpec(kind);
  const required: EventField[] = ['eventId', 'eventTime', 'profileId', 'country', ...spec.required];
  const optional: EventField[] = ['device', 'producerSeq', 'pageId', ...spec.optional];
  const model = Object.fromEntries([...required, ...optional].map((field) => [field, valueOf(field)]));
  return fc.record(model, { requiredKeys: required }).chain((fields) =>
    fc.record({
      rawOffset: fc.maxSafeNat().map((value) => Math.min(value, Number.MAX_SAFE_INTEGER - 1)),
      appendTime: fc.nat(),
      timeStatus: fc.constantFrom('ok', 'future', 'old'),
      event: fc.constant({ kind, ...fields } as never),
    }),
  );
});

test('any event of any kind comes back as it was written', () => {
  fc.assert(
    fc.property(anyRecord, (given) => {
      const topic = kindSpec(given.event.kind).topic;
      const back = codec.decodeClean(topic, codec.encodeClean(topic, given));
      assert.deepEqual({ ...back, event: { ...back.event } }, { ...given, event: { ...given.event } });
    }),
    { numRuns: 500 },
  );
});

/** Of fields whose pattern allows few texts. */
const EXAMPLES: Readonly<Partial<Record<EventField, string>>> = {
  country: 'GB',
  origin: 'explicit',
  titleKind: 'film',
};

test('the least and the greatest value that the contract allows can be written', () => {
  for (const kind of EVENT_KINDS) {
    const { topic, required, optional } = kindSpec(kind);
    for (const edge of ['min', 'max'] as const) {
      const names = [...Object.keys(ENVELOPE_FIELDS), ...required, ...optional] as EventField[];
      const fields = names.map((name) => {
        const spec = FIELDS[name];
        if (spec.type !== 'string') return [name, spec[edge]] as const;
        return [name, EXAMPLES[name] ?? 'x'.repeat(spec[edge])] as const;
      });
      const parsed = validateEvent(Object.fromEntries([['kind', kind], ...fields]));
      assert.ok(parsed.ok, kind);
      const given = { rawOffset: 0, appendTime: 0, timeStatus: 'ok', event: parsed.event } as const;
      const back = codec.decodeClean(topic, codec.encodeClean(topic, given));
      assert.deepEqual({ ...back.event }, { ...parsed.event });
    }
  }
});

test('attributes outside the contract survive as one JSON text', () => {
  const given = record({ experiment: { arm: 'b' }, __proto__x: 1 });
  const back = codec.decodeClean('impressions', codec.encodeClean('impressions', given));
  assert.equal(back.event.extra, '{"experiment":{"arm":"b"},"__proto__x":1}');
  const parsed = parseEvent(
    '{"kind":"browse","eventId":"a","eventTime":1,"profileId":"p","country":"GB","target":"x","__proto__":{"y":1}}',
  );
  assert.ok(parsed.ok);
  assert.equal(parsed.event.extra, '{"__proto__":{"y":1}}');
});

test('a record larger than the scratch buffer is encoded whole', () => {
  const given = record({ note: 'é'.repeat(200_000) });
  const back = codec.decodeClean('impressions', codec.encodeClean('impressions', given));
  assert.equal(back.event.extra, given.event.extra);
});

test('every truncation of a record is corrupt, and so are trailing bytes', () => {
  const bytes = codec.encodeClean('impressions', record({ device: 'tv', viewportMs: 900 }));
  for (let length = 0; length < bytes.length; length += 1) corrupt(bytes.subarray(0, length), /./);
  corrupt(Buffer.concat([bytes, Buffer.of(0)]), /1 bytes follow/);
});

test('flipped bytes give a record or RECORD_CORRUPT, never another failure', () => {
  const bytes = codec.encodeClean('impressions', record({ device: 'tv' }));
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const broken = Buffer.from(bytes);
      broken[at] = (broken[at] ?? 0) ^ flip;
      try {
        codec.decodeClean('impressions', broken);
      } catch (error) {
        assert.ok(error instanceof MarqueeError && error.code === 'RECORD_CORRUPT', String(error));
      }
    }),
    { numRuns: 2000 },
  );
});

test('a schema that nobody knows is named', () => {
  const bytes = codec.encodeClean('impressions', record());
  bytes[2] = (bytes[2] ?? 0) ^ 1;
  corrupt(bytes, /schema [0-9a-f]{16} is not known/);
  corrupt(codec.encodeClean('plays', record({ kind: 'play_start' })), /is not known/);
});

test('a record of an older schema is read through the registry', async () => {
  const registry = createStoredRegistry(createMemoryObjectStore(), region('eu'));
  const { fields, ...rest } = CLEAN_SCHEMAS.impressions;
  const older = { ...rest, fields: fields.filter(({ name }) => name !== 'viewportMs' && name !== 'extra') };
  const type = avro.Type.forSchema(older as unknown as avro.Schema);
  const { event, ...place } = record({ device: 'tv' });
  const header = Buffer.concat([Buffer.of(0xc3, 1), fingerprintBytes(fingerprintOf(type))]);
  const bytes = Buffer.concat([header, type.toBuffer({ ...place, ...event })]);
  const reader = createCleanCodec(registry);
  await reader.learn('impressions', [bytes]);
  assert.throws(() => reader.decodeClean('impressions', bytes), /is not known/);
  await registry.save(fingerprintOf(type), JSON.stringify(older));
  await reader.learn('impressions', [bytes]);
  const back = reader.decodeClean('impressions', bytes);
  assert.deepEqual({ ...back, event: { ...back.event } }, { ...place, event: { ...event } });
});

test('published schemas are found by their fingerprints, and publishing again is harmless', async () => {
  const store = createMemoryObjectStore();
  const writer = createCleanCodec(createStoredRegistry(store, region('eu')));
  await writer.publishSchemas();
  await writer.publishSchemas();
  const keys = (await store.list('eu/schemas/')).map(({ key }) => key);
  assert.equal(keys.length, CLEAN_TOPICS.length + DERIVED_TOPICS.length);
  const fingerprint = writer
    .encodeClean('impressions', record())
    .readBigUInt64LE(2)
    .toString(16)
    .padStart(16, '0');
  assert.ok(keys.includes(`eu/schemas/${fingerprint}.avsc`));
});

test('what the extractor added comes back beside the event, and only that', () => {
  const enriched = {
    profileHash: 2 ** 52 - 1,
    genres: 'Drama|War',
    runtimeSeconds: 5400.5,
    catalogueVersion: 3,
  };
  const back = codec.decodeClean('impressions', codec.encodeClean('impressions', { ...record(), enriched }));
  assert.deepEqual(back, { ...record(), enriched });
  assert.equal(
    'enriched' in codec.decodeClean('impressions', codec.encodeClean('impressions', record())),
    false,
  );
});

test('a derived record comes back as it was, absent fields absent', () => {
  const raised = {
    upsertKey: 'p1/binge/Drama',
    version: 7,
    appendTime: 1_700_000_000_000,
    profileId: 'p1',
    signal: 'binge',
    subject: 'Drama',
    state: 'raised',
    eventTime: 1_700_000_000_000,
    value: 3,
  };
  const bytes = codec.encodeDerived('user-behavior-features', raised);
  assert.deepEqual(codec.decodeDerived('user-behavior-features', bytes), raised);
  assert.throws(() => codec.decodeDerived('attributed-plays', bytes), { code: 'RECORD_CORRUPT' });
});
