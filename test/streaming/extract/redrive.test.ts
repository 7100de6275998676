/** Redriven records, driven through the extractor with its state: whatever is sent again, each event counts once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RawRecord } from '../../../domain/extract.ts';
import { createExtractor, type ExtractOutput } from '../../../streaming/extract/extractor.ts';
import { createExtractStateDouble } from '../../seam/doubles.ts';

const WINDOW_MS = 1000;
const limits = { dedupeWindowMs: WINDOW_MS, maxEventBytes: 2000 };
const BROKEN = '{"kind":"impression"';
const CONTRADICTS = { rank: 9, rowLength: 3 };

const impression = (eventId: string, extra: object = {}): object => ({
  ...{ eventId, kind: 'impression', eventTime: 1_000_000, profileId: 'p', country: 'SE', titleId: 't' },
  ...{ row: 'r', rank: 0, ...extra },
});

interface Sent {
  readonly value: object | string;
  readonly at: number;
  readonly redriven?: RawRecord['redriven'];
}

function open(batchSize: number) {
  const outputs: ExtractOutput[] = [];
  /** Open letters by their coordinates. */
  const letters = new Map<number, string>();
  const log = {
    append(_partition: number, added: readonly ExtractOutput[], settled: readonly number[]) {
      outputs.push(...added);
      for (const { source, outcome } of added) {
        if (outcome.type === 'dead') letters.set(source.redriven?.from ?? source.offset, outcome.code);
      }
      for (const offset of settled) letters.delete(offset);
      return Promise.resolve();
    },
  };
  const extractor = createExtractor({ partition: 0, limits, log, state: createExtractStateDouble() });
  const clean = () => outputs.flatMap(({ outcome }) => (outcome.type === 'clean' ? [outcome.record] : []));
  return {
    letters,
    clean,
    async send(sent: readonly Sent[]) {
      const records = sent.map(({ value, at, redriven }, offset): RawRecord => {
        const text = typeof value === 'string' ? value : JSON.stringify(value);
        return { offset, timestamp: at, value: new TextEncoder().encode(text), redriven };
      });
      await extractor.open(0);
      for (let from = 0; from < records.length; from += batchSize) {
        await extractor.process(records.slice(from, from + batchSize));
      }
    },
  };
}

const from = (offset: number, sighted = false): Sent['redriven'] => ({ from: offset, sighted });

for (const batchSize of [1, 100]) {
  test(`a letter redriven twice gives one event, also long after the window (batches of ${batchSize})`, async () => {
    const world = open(batchSize);
    const fixed = impression('a');
    await world.send([
      { value: BROKEN, at: 0 },
      { value: fixed, at: 10, redriven: from(0) },
      { value: fixed, at: 20, redriven: from(0) },
      { value: fixed, at: 50 * WINDOW_MS, redriven: from(0) },
      { value: impression('another id'), at: 51 * WINDOW_MS, redriven: from(0) },
    ]);
    assert.deepEqual(
      world
        .clean()
        .map(({ rawOffset, appendTime, enriched }) => [rawOffset, appendTime, enriched?.redrivenFrom]),
      [[1, 10, 0]],
    );
    assert.deepEqual([...world.letters], []);
  });

  test(`a letter refused again stays one letter, and a later fix passes (batches of ${batchSize})`, async () => {
    const world = open(batchSize);
    await world.send([
      { value: impression('a', { rank: 'first' }), at: 0 },
      { value: BROKEN, at: 10, redriven: from(0) },
    ]);
    assert.deepEqual([...world.letters], [[0, 'EVENT_NOT_JSON']]);
    const second = open(batchSize);
    await second.send([
      { value: impression('a', { rank: 'first' }), at: 0 },
      { value: BROKEN, at: 10, redriven: from(0) },
      { value: impression('a'), at: 20, redriven: from(0) },
      { value: BROKEN, at: 30, redriven: from(0) },
    ]);
    assert.deepEqual([...second.letters], []);
    assert.equal(second.clean().length, 1);
  });
}

test('what the client sent right in the meantime is not counted again by a redrive, ever', async () => {
  const world = open(100);
  await world.send([
    { value: impression('a', { rank: -1 }), at: 0 },
    { value: impression('a'), at: 5 },
    { value: impression('a'), at: 10, redriven: from(0) },
    { value: impression('a'), at: 10 + 2 * WINDOW_MS, redriven: from(0) },
  ]);
  assert.deepEqual(
    world.clean().map(({ rawOffset }) => rawOffset),
    [1],
  );
  assert.deepEqual([...world.letters], []);
});

test('an event refused though its id was sighted is not a duplicate of itself', async () => {
  const world = open(100);
  await world.send([
    { value: impression('a', CONTRADICTS), at: 0 },
    { value: BROKEN, at: 5, redriven: from(0, true) },
    { value: impression('a'), at: 10, redriven: from(0, true) },
    { value: impression('a'), at: 20 },
  ]);
  assert.deepEqual(
    world.clean().map(({ rawOffset }) => rawOffset),
    [2],
  );
  assert.deepEqual([...world.letters], []);
});

test('killed between the clean record and the tombstone, the letter is settled all the same, the event taken once', async () => {
  const state = createExtractStateDouble();
  const letters = new Set([0]);
  const clean: number[] = [];
  const start = async (dies: boolean): Promise<void> => {
    const log = {
      append(_: number, added: readonly ExtractOutput[], settled: readonly number[]) {
        for (const { outcome } of added) if (outcome.type === 'clean') clean.push(outcome.record.rawOffset);
        if (dies && settled.length > 0) return Promise.reject(new Error('killed'));
        for (const offset of settled) letters.delete(offset);
        return Promise.resolve();
      },
    };
    const extractor = createExtractor({ partition: 0, limits, log, state });
    const next = await extractor.open(0);
    const values = [BROKEN, JSON.stringify(impression('a'))];
    const records = values.map((value, offset) => ({
      ...{ offset, timestamp: offset, value: new TextEncoder().encode(value) },
      redriven: offset === 1 ? from(0) : undefined,
    }));
    await extractor.process(records.slice(next));
  };
  await assert.rejects(start(true));
  assert.ok(letters.has(0), 'nothing says settled before it is durable');
  await start(false);
  assert.equal(letters.has(0), false);
  // Sent twice at one raw offset, which readers take once.
  assert.deepEqual(clean, [1, 1]);
});

test('in any order of redrives, fixes and repeats, each letter ends as one event or one letter', async () => {
  const redrive = fc.record({
    letter: fc.nat({ max: 3 }),
    fixed: fc.boolean(),
    gap: fc.constantFrom(1, WINDOW_MS + 1),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(redrive, { maxLength: 30 }),
      fc.integer({ min: 1, max: 5 }),
      async (redrives, size) => {
        const world = open(size);
        let at = 3;
        const dead = [0, 1, 2, 3].map((letter) => ({ value: BROKEN, at: letter }));
        await world.send([
          ...dead,
          ...redrives.map(({ letter, fixed, gap }) => ({
            value: fixed ? impression(`e${letter}`) : BROKEN,
            at: (at += gap),
            redriven: from(letter),
          })),
        ]);
        for (const letter of [0, 1, 2, 3]) {
          const isFixed = redrives.some((one) => one.letter === letter && one.fixed);
          const events = world.clean().filter(({ enriched }) => enriched?.redrivenFrom === letter);
          assert.equal(events.length, isFixed ? 1 : 0);
          assert.equal(world.letters.has(letter), !isFixed);
        }
      },
    ),
  );
});
