import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCommandLine } from '../../../infra/cli/program.ts';
import type { WhyAnswer } from '../../../infra/cli/why.ts';
import { whyLines } from '../../../infra/cli/why-text.ts';
import { startWorld } from '../../contract/world.ts';

async function marquee(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  let [stdout, stderr] = ['', ''];
  const code = await runCommandLine(['why', ...args], {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: {},
  });
  return { code, stdout, stderr };
}

test('a title that is on the page is told with its row and what it was ranked by', async (t) => {
  const world = await startWorld(t);
  const { code, stdout, stderr } = await marquee('somebody', '52', '--serving', world.url(), '--json');
  assert.equal(code, 0, stderr);
  const answer = JSON.parse(stdout) as WhyAnswer;
  assert.equal(answer.item?.titleId, '52');
  assert.equal(answer.item.rank, answer.shown?.rank);
  assert.match(
    (await marquee('somebody', '52', '--serving', world.url())).stdout,
    /stands in \S+ at position/,
  );
});

test('a title that is not there is told with the rule, and ends with 1', async (t) => {
  const world = await startWorld(t);
  const { code, stdout } = await marquee('somebody', 'nothing', '--serving', world.url());
  assert.equal(code, 1);
  assert.match(stdout, /nothing is not on the page .*\n {2}everywhere: the catalogue does not have it/);
});

test('what serving refuses is said in its words, and a serving that is away ends with 4', async (t) => {
  const world = await startWorld(t);
  const refused = await marquee('somebody', '52', '--hour', '25', '--serving', world.url());
  assert.deepEqual([refused.code, refused.stdout], [1, '']);
  assert.match(refused.stderr, /hour/);
  const away = await marquee('somebody', '52', '--serving', 'http://127.0.0.1:1');
  assert.equal(away.code, 4);
});

test('parts that weigh nothing are left out, and scores are told short', () => {
  const part = (ingredient: 'taste' | 'context', weight: number, value: number | null) => ({
    ...{ ingredient, weight, value, standard: 1.23456 },
  });
  const answer: WhyAnswer = {
    ...{ profileId: 'p', titleId: '1', name: 'Heat', reasons: [], views: {} },
    shown: { row: 'trending', rank: 3 },
    policy: { version: 2, arm: 'strong' },
    item: {
      ...{ titleId: '1', name: 'Heat', kind: 'film', year: null, genres: [], rank: 3 },
      explanation: {
        ...{ score: 1.98765, seen: -0.5, diversity: 0, candidates: 40 },
        parts: [part('taste', 0.5, 0.123456), part('context', 0, null)],
        plays: { batch: 5, speed: 2, total: 7 },
        ranked: true,
        policy: { version: 2, arm: 'strong', team: null },
        caps: { lastDay: 3, week: 4.5, capped: false, obeyed: true },
        filters: ['available'],
      },
    },
  };
  assert.deepEqual(whyLines(answer), [
    'Heat stands in trending at position 3 (by version 2 of the policy, arm strong).',
    '  score 1.99 among 40 candidates',
    '  taste: 0.123, 1.23 standard deviations, weight 0.5',
    '  seen often: -0.5',
    '  plays: 5 from the view + 2 since = 7',
  ]);
});
