/** Garbage through the extractor: no crash, every piece a dead letter once, every good event counted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isMarqueeError } from '../../../domain/errors.ts';
import { CLEAN_TOPICS } from '../../../domain/topics.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { createExtractor, type ExtractOutput } from '../../../streaming/extract/extractor.ts';
import { createExtractStateDouble } from '../../seam/doubles.ts';
import { profileEvents } from '../../support/profile-events.ts';
import { cleanGarbage, rawGarbage } from '../../support/fuzz.ts';

const limits = { dedupeWindowMs: 60_000, maxEventBytes: 100_000 };
const NOW = 1_790_000_000_000;
const GOOD = profileEvents({ seed: 1, count: 40, now: NOW }).map((event) =>
  Buffer.from(JSON.stringify(event)),
);

test('whatever garbage stands among good events, each piece is one letter and every good event is there', async () => {
  const placed = fc.record({ at: fc.nat({ max: GOOD.length }), piece: rawGarbage });
  await fc.assert(
    fc.asyncProperty(fc.array(placed, { maxLength: 25 }), async (pieces) => {
      const values: (Buffer | null)[] = [];
      const bad = new Set<number>();
      for (let i = 0; i <= GOOD.length; i++) {
        for (const { at, piece } of pieces) {
          if (at === i) bad.add(values.push(piece.value) - 1);
        }
        if (i < GOOD.length) values.push(GOOD[i]!);
      }
      const outputs: ExtractOutput[] = [];
      const log = {
        append: (_: number, added: readonly ExtractOutput[]) => Promise.resolve(void outputs.push(...added)),
      };
      const extractor = createExtractor({ partition: 0, limits, log, state: createExtractStateDouble() });
      await extractor.open(0);
      await extractor.process(values.map((value, offset) => ({ offset, timestamp: NOW, value })));
      const of = (type: string) =>
        outputs.flatMap(({ source, outcome }) => (outcome.type === type ? [source.offset] : []));
      assert.deepEqual(of('dead'), [...bad]);
      assert.equal(of('clean').length, GOOD.length);
    }),
  );
  assert.equal(({} as Record<string, unknown>)['kind'], undefined, 'no prototype was polluted');
});

for (const topic of CLEAN_TOPICS) {
  test(`bytes that are no record of ${topic} are refused as corrupt and crash nothing`, () => {
    const codec = createCleanCodec();
    fc.assert(
      fc.property(cleanGarbage(codec, topic), ({ value }) => {
        assert.throws(
          () => codec.decodeClean(topic, value ?? Buffer.alloc(0)),
          (error) => isMarqueeError(error, 'RECORD_CORRUPT'),
        );
      }),
    );
  });
}
