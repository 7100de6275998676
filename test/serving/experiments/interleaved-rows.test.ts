import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_RANKING_POLICY, type RankingPolicy } from '../../../domain/ranking/policy.ts';
import type { Ranker, RankRequest } from '../../../domain/ranking/request.ts';
import { addTitle, emptyTitleSet, hasTitle, type RankedRow } from '../../../domain/ranking/types.ts';
import { interleaveRows } from '../../../serving/experiments/interleaved-rows.ts';

const A = DEFAULT_RANKING_POLICY;
const B: RankingPolicy = { ...A, arm: 'b' };
const available = emptyTitleSet(40);
for (let title = 0; title < 40; title++) addTitle(available, title);
const REQUEST = { policy: A, context: { available }, limit: 6 } as unknown as RankRequest;

const rowOf = (kind: RankedRow['kind'], titles: readonly number[]): RankedRow => ({
  ...{ kind, subject: -1 },
  titles: Uint32Array.from(titles),
  scores: Float32Array.from(titles, (title) => title / 100),
});

/** Policy A takes titles from 0 on, policy B from 20 on; both leave out what is not available. */
const RANKER: Pick<Ranker, 'row'> = {
  row({ policy, context }, kind) {
    const first = policy === B ? 20 : 0;
    const titles = Array.from({ length: 20 }, (_, i) => first + i).filter((one) =>
      hasTitle(context.available, one),
    );
    return rowOf(kind, titles);
  },
};
const SHARED = [{ row: 'trending', experiment: 'x', policies: [A, B] as const }];

test('a shared row has both choices by turns, as long as it was, and nothing of another row', () => {
  const rows = [rowOf('popular', [0, 20]), rowOf('trending', [1, 2, 3, 4, 5, 6])];
  const [popular, trending] = interleaveRows(RANKER, REQUEST, rows, SHARED, 'p/1');
  assert.equal(popular, rows[0]);
  assert.equal(trending!.titles.length, 6);
  assert.deepEqual(
    [...trending!.titles].sort((x, y) => x - y),
    [1, 2, 3, 21, 22, 23],
  );
  const teams = Array.from(trending!.titles, (title) => (title < 20 ? 'a' : 'b')).join('');
  assert.equal(trending!.teams, teams);
  assert.ok([...trending!.scores].every((score, i) => Math.abs(score - trending!.titles[i]! / 100) < 1e-6));
  assert.deepEqual(interleaveRows(RANKER, REQUEST, rows, SHARED, 'p/1')[1], trending);
  assert.ok(hasTitle(available, 0));
});

test('without an experiment rows are what they were', () => {
  const rows = [rowOf('trending', [1])];
  assert.deepEqual(interleaveRows(RANKER, REQUEST, rows, [], 'p/1'), rows);
});
