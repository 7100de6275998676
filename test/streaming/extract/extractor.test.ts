import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isMarqueeError } from '../../../domain/errors.ts';
import { createExtractor, type ExtractOutput } from '../../../streaming/extract/extractor.ts';
import { createExtractStateDouble } from '../../seam/doubles.ts';

const limits = { dedupeWindowMs: 1000, maxEventBytes: 2000 };
const bytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const impression = (eventId: string, extra: object = {}) => ({
  eventId,
  kind: 'impression',
  eventTime: 1_000_000,
  profileId: 'p',
  country: 'SE',
  titleId: 't',
  row: 'r',
  rank: 0,
  ...extra,
});

async function extractAll(values: (Uint8Array | null)[], stepMs = 1): Promise<ExtractOutput[]> {
  const outputs: ExtractOutput[] = [];
  const log = {
    append: (_p: number, added: readonly ExtractOutput[]) => Promise.resolve(void outputs.push(...added)),
  };
  const extractor = createExtractor({ partition: 0, limits, log, state: createExtractStateDouble() });
  await extractor.open(0);
  const end = await extractor.process(
    values.map((value, offset) => ({ offset, timestamp: 1_000_000 + offset * stepMs, value })),
  );
  assert.equal(end, values.length);
  return outputs;
}

test('garbage never throws: each record is a dead letter once and good ones around it pass', async () => {
  const garbage = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.json().map(bytes),
    fc.constant(null),
    fc
      .constantFrom(
        '{"__proto__":{"kind":"impression"}}',
        '[]',
        '"x"',
        '1e999',
        '{"kind":"impression","rank":1e999}',
      )
      .map(bytes),
    fc.constant(bytes('x'.repeat(3000))),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(garbage, { maxLength: 20 }), async (values) => {
      const outputs = await extractAll([bytes(impression('first')), ...values, bytes(impression('last'))]);
      assert.deepEqual(
        outputs.map(({ source }) => source.offset),
        Array.from({ length: values.length + 2 }, (_, i) => i),
      );
      const dead = outputs.filter(({ outcome }) => outcome.type === 'dead');
      assert.equal(dead.length, values.length);
    }),
  );
});

test('an id that comes again within the window is dropped, later it is a new event', async () => {
  const again = bytes(impression('again'));
  const other = bytes(impression('other'));
  const offsets = async (stepMs: number) =>
    (await extractAll([again, other, again, again], stepMs)).map(({ source }) => source.offset);
  assert.deepEqual(await offsets(100), [0, 1]);
  assert.deepEqual(await offsets(501), [0, 1, 2]);
});

test('what is far ahead of the log or far behind it is kept and marked', async () => {
  const day = 86_400_000;
  const outputs = await extractAll(
    [
      bytes(impression('now')),
      bytes(impression('ahead', { eventTime: 1_000_000 + day })),
      bytes(impression('behind', { eventTime: 0 })),
    ],
    8 * day,
  );
  const marks = outputs.map(({ outcome }) =>
    outcome.type === 'clean' ? outcome.record.timeStatus : outcome.type,
  );
  assert.deepEqual(marks, ['ok', 'ok', 'old']);
  const [, ahead] = await extractAll([
    bytes(impression('now')),
    bytes(impression('ahead', { eventTime: 1_000_000 + day })),
  ]);
  assert.equal(ahead?.outcome.type === 'clean' && ahead.outcome.record.timeStatus, 'future');
});

test('attributes outside the contract travel on as text', async () => {
  const [output] = await extractAll([
    bytes(
      '{"eventId":"e","kind":"search","eventTime":5,"profileId":"p","country":"SE","query":"q","__proto__":{"a":1},"new":[1]}',
    ),
  ]);
  assert.ok(output?.outcome.type === 'clean');
  assert.equal(output.outcome.record.event.extra, '{"__proto__":{"a":1},"new":[1]}');
});

test('records that are missing are never passed over in silence', async () => {
  const log = { append: () => Promise.resolve() };
  const extractor = createExtractor({ partition: 0, limits, log, state: createExtractStateDouble() });
  await extractor.open(0);
  const record = (offset: number) => ({ offset, timestamp: 1, value: bytes(impression(`e${offset}`)) });
  assert.equal(await extractor.process([record(0)]), 1);
  await assert.rejects(extractor.process([record(5)]), (error) => isMarqueeError(error, 'STATE_MOVED'));
  extractor.skipTo(5);
  assert.equal(await extractor.process([record(5)]), 6);
});
