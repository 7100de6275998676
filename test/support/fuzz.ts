/**
 * Garbage for the log: values that are no event, and bytes that are no clean record. As arbitraries they shrink; with
 * `sample` the same seed gives the same garbage.
 */
import fc from 'fast-check';
import { EVENT_KINDS, kindSpec, REQUIRED_ENVELOPE } from '../../domain/events/contract.ts';
import type { MarqueeEvent } from '../../domain/events/event.ts';
import type { CleanTopic } from '../../domain/topics.ts';
import type { CleanCodec } from '../../infra/avro/codec.ts';
import { anyEvent, arbitraryRecord } from './arbitrary-events.ts';

export interface Garbage {
  /** What is wrong with it, for messages. */
  readonly fault: string;
  readonly value: Buffer | null;
}

const garbage = (fault: string, value: string | Buffer | null): Garbage => ({
  fault,
  value: typeof value === 'string' ? Buffer.from(value) : value,
});

/** An object's JSON with one member written as given. */
function withMember(event: MarqueeEvent, name: string, json: string): string {
  const members = Object.entries(event).filter(([other]) => other !== name);
  return `{${[...members.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`), `"${name}":${json}`].join(',')}}`;
}

const requiredOf = (event: MarqueeEvent): readonly string[] => [
  ...REQUIRED_ENVELOPE,
  ...kindSpec(event.kind).required,
];

const broken = fc.tuple(anyEvent, fc.double({ min: 0, max: 1, noNaN: true })).map(([event, share]) => {
  const text = JSON.stringify(event);
  return garbage('broken JSON', text.slice(0, 1 + Math.floor(share * (text.length - 2))));
});
const WRONG = ['{}', '[1]', 'true', '""', '-1e999', '"\\u0000"', '{"__proto__":null}'];
const wrongType = fc.tuple(anyEvent, fc.nat(), fc.constantFrom(...WRONG)).map(([event, pick, json]) => {
  const names = requiredOf(event);
  return garbage('wrong type', withMember(event, names[pick % names.length]!, json));
});
const missing = fc.tuple(anyEvent, fc.nat()).map(([event, pick]) => {
  const names = requiredOf(event);
  const gone = names[pick % names.length]!;
  return garbage(
    'missing',
    JSON.stringify(Object.fromEntries(Object.entries(event).filter(([name]) => name !== gone))),
  );
});
const badTime = fc
  .tuple(
    anyEvent,
    fc.constantFrom('-1', '-9007199254740991', '8640000000000001', '1e300', '1.5', 'NaN', '"now"'),
  )
  .map(([event, json]) => garbage('impossible time', withMember(event, 'eventTime', json)));
const notANumber = anyEvent.map((event) => garbage('NaN', withMember(event, 'rank', 'NaN')));
const polluting = anyEvent.map((event) => garbage('__proto__', `{"__proto__":${JSON.stringify(event)}}`));
const loneSurrogate = anyEvent.map((event) =>
  garbage('lone surrogate', withMember(event, 'profileId', '"\\ud800"')),
);
const mark = anyEvent.map((event) =>
  garbage('mark of a store', withMember(event, 'profileId', '"a\\u0001"')),
);
const notText = fc
  .uint8Array({ maxLength: 64 })
  .map((bytes) => garbage('not UTF-8', Buffer.concat([Buffer.from([0xff]), Buffer.from(bytes)])));
const noObject = fc
  .constantFrom('[]', '0', '"impression"', 'null', `${'['.repeat(5000)}${']'.repeat(5000)}`)
  .map((text) => garbage('no object', text));
const nothing = fc.constantFrom(garbage('tombstone', null), garbage('empty', ''));

/** Each is refused, whatever the limits. */
export const rawGarbage: fc.Arbitrary<Garbage> = fc.oneof(
  ...[
    broken,
    wrongType,
    missing,
    badTime,
    notANumber,
    polluting,
    loneSurrogate,
    mark,
    notText,
    noObject,
    nothing,
  ],
);

/** An event that is refused for its size alone. */
export const oversized = (bytes: number): Garbage =>
  garbage(`${bytes} bytes`, Buffer.from(`{"note":"${'x'.repeat(bytes)}"}`));

/** Bytes that no reader of the clean topic can decode. */
export function cleanGarbage(codec: CleanCodec, topic: CleanTopic): fc.Arbitrary<Garbage> {
  const kinds = EVENT_KINDS.filter((kind) => kindSpec(kind).topic === topic);
  const encoded = fc.oneof(...kinds.map(arbitraryRecord)).map((record) => codec.encodeClean(topic, record));
  return fc.oneof(
    fc
      .tuple(encoded, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }))
      .map(([bytes, share]) =>
        garbage('truncated Avro', bytes.subarray(0, Math.floor(share * bytes.length))),
      ),
    fc.tuple(encoded, fc.uint8Array({ minLength: 8, maxLength: 8 })).map(([bytes, fingerprint]) => {
      const unknown = Buffer.from(bytes);
      unknown.set(fingerprint, 2);
      // An odd one among many: what is known is not drawn by chance.
      return garbage('unknown fingerprint', unknown);
    }),
    encoded.map((bytes) => garbage('bytes behind', Buffer.concat([bytes, Buffer.from([0])]))),
    fc.constant(garbage('tombstone', null)),
  );
}

export const sample = <T>(arbitrary: fc.Arbitrary<T>, count: number, seed: number): T[] =>
  fc.sample(arbitrary, { numRuns: count, seed });
