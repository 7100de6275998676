import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ExtractOutcome } from '../../../domain/extract.ts';
import type { SideInputs } from '../../../domain/side-inputs.ts';
import type { ExtractCommit } from '../../../infra/state/extract-state.ts';
import {
  createExtractor,
  type ExtractorDeps,
  type SideInputSource,
} from '../../../streaming/extract/extractor.ts';
import { createExtractStateDouble } from '../../seam/doubles.ts';

const limits = { dedupeWindowMs: 1000, maxEventBytes: 2000 };
const raw = (offset: number, eventId: string, extra: object = {}) => ({
  offset,
  timestamp: 1_000_000 + offset,
  value: new TextEncoder().encode(
    JSON.stringify({
      ...{ kind: 'impression', eventId, eventTime: 1_000_000, profileId: `p-${eventId}`, country: 'SE' },
      ...{ titleId: 't', row: 'r', rank: 0, ...extra },
    }),
  ),
});

const UNAVAILABLE: SideInputs = { profileOf: () => ({ answer: 'unavailable' }) };

function setUp(sideInputs: SideInputSource, more: Partial<ExtractorDeps> = {}) {
  const outcomes: ExtractOutcome[] = [];
  const commits: ExtractCommit[] = [];
  const offsets: number[] = [];
  const state = createExtractStateDouble();
  const extractor = createExtractor({
    partition: 0,
    limits,
    log: {
      append: (_partition, added) =>
        Promise.resolve(void offsets.push(...added.map(({ source }) => source.offset))),
    },
    state: {
      ...state,
      commit(partition, commit) {
        commits.push(commit);
        return state.commit(partition, commit);
      },
    },
    sideInputs,
    onOutcomes: (added) => void outcomes.push(...added),
    ...more,
  });
  return { extractor, outcomes, commits, offsets, state };
}

test('what is known changes neither what is a duplicate nor any order', async () => {
  const answer = fc.constantFrom('fresh', 'stale', 'unknown', 'unavailable');
  const known = fc.record({ answer, country: fc.constantFrom('SE', 'NO'), isAbroad: fc.boolean() });
  const events = fc.array(
    fc.record({
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      country: fc.constantFrom('SE', 'ZZ'),
      rank: fc.nat(9),
    }),
    { maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(events, fc.array(known, { minLength: 1, maxLength: 5 }), async (sent, answers) => {
      const records = sent.map(({ id, ...extra }, i) => raw(i, id, { rowLength: 5, ...extra }));
      const decide = async (sideInputs: SideInputSource) => {
        const { extractor, outcomes, offsets, commits } = setUp(sideInputs);
        await extractor.open(0);
        for (let from = 0; from < records.length; from += 7)
          await extractor.process(records.slice(from, from + 7));
        const isNew = outcomes.map(({ type }) => type !== 'duplicate');
        return { isNew, offsets, seen: commits.map(({ seen }) => [...seen]) };
      };
      let turn = 0;
      const knowing: SideInputSource = {
        async lookUp() {
          await Promise.resolve();
          const { isAbroad, ...profile } = answers[turn++ % answers.length]!;
          return {
            countries: isAbroad ? new Set(['SE', 'NO']) : undefined,
            profileOf: () => profile,
          };
        },
      };
      assert.deepEqual(await decide(knowing), await decide({ lookUp: () => UNAVAILABLE }));
    }),
    { numRuns: 60 },
  );
});

test('only profiles of new events are looked up, and a batch is looked up once', async () => {
  const asked: (readonly string[])[] = [];
  const { extractor } = setUp({
    lookUp(profileIds) {
      asked.push(profileIds);
      return UNAVAILABLE;
    },
  });
  await extractor.open(0);
  await extractor.process([raw(0, 'a'), raw(1, 'a'), { offset: 2, timestamp: 1, value: null }, raw(3, 'b')]);
  assert.deepEqual(asked, [['p-a', 'p-b']]);
});

test('records without an answer are remembered with the position, as many as there is room for', async () => {
  let forgone = 0;
  const { extractor, commits } = setUp(
    { lookUp: () => UNAVAILABLE },
    { pendingRoom: () => 2, onForgone: (count) => (forgone += count) },
  );
  await extractor.open(0);
  await extractor.process([raw(0, 'a'), raw(1, 'b'), raw(2, 'c')]);
  assert.deepEqual(commits[0]?.pending, [
    { rawOffset: 0, topic: 'impressions', eventId: 'a', profileId: 'p-a', appendTime: 1_000_000 },
    { rawOffset: 1, topic: 'impressions', eventId: 'b', profileId: 'p-b', appendTime: 1_000_001 },
  ]);
  assert.equal(forgone, 1);
});

test('an owner that was overtaken while it looked things up stores nothing and stands where the other one does', async () => {
  const looking = Promise.withResolvers<SideInputs>();
  const { extractor, state, outcomes } = setUp({ lookUp: () => looking.promise });
  await extractor.open(0);
  const processing = extractor.process([raw(0, 'a'), raw(1, 'b')]);
  await state.commit(0, {
    expected: null,
    position: 5,
    logTime: 1_000_009,
    seen: new Map(),
    forgetBefore: 0,
  });
  looking.resolve(UNAVAILABLE);
  assert.equal(await processing, 5);
  assert.deepEqual(outcomes, []);
});
