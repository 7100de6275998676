import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { creditOf, teamDraft, teamsText } from '../../../domain/experiments/interleave.ts';
import { createRandom } from '../../../domain/random.ts';

const ranking = fc.uniqueArray(fc.nat(60), { maxLength: 30 });

test('a drafted row holds no title twice, leaves none out while there is room, and the sides choose by turns', () => {
  fc.assert(
    fc.property(ranking, ranking, fc.nat(40), fc.nat(), (a, b, length, seed) => {
      const { titles, teams } = teamDraft(a, b, length, seed);
      assert.equal(new Set(titles).size, titles.length);
      assert.equal(teams.length, titles.length);
      assert.equal(titles.length, Math.min(length, new Set([...a, ...b]).size));
      assert.deepEqual(teamDraft(a, b, length, seed), { titles, teams });
      for (const [team, list] of [
        ['a', a],
        ['b', b],
      ] as const) {
        const chosen = [...titles].filter((_, place) => teams[place] === team);
        assert.deepEqual(
          chosen,
          list.filter((title) => chosen.includes(title)),
          'in the order of its own ranking',
        );
      }
    }),
  );
});

test('of equal rankings the row is that ranking, and every place belongs to either side alike', () => {
  const list = Array.from({ length: 10 }, (_, i) => i);
  const ofA = new Array<number>(10).fill(0);
  const rounds = 4000;
  for (let seed = 0; seed < rounds; seed++) {
    const { titles, teams } = teamDraft(list, list, 10, seed);
    assert.deepEqual([...titles], list);
    teams.forEach((team, place) => (ofA[place]! += team === 'a' ? 1 : 0));
  }
  // Four standard deviations of 4,000 coins.
  for (const count of ofA) assert.ok(Math.abs(count - rounds / 2) < 4 * Math.sqrt(rounds / 4), String(count));
});

test('equal rankers win alike although the first place is played most, and a better one wins', () => {
  const wins = (better: boolean): { a: number; b: number } => {
    const counts = { a: 0, b: 0 };
    for (let seed = 0; seed < 4000; seed++) {
      const random = createRandom(seed);
      const wanted = random.below(20);
      const shuffled = (): number[] =>
        Array.from({ length: 20 }, (_, i) => [random.next(), i] as const)
          .sort(([x], [y]) => x - y)
          .map(([, title]) => title);
      const [a, b] = [shuffled(), shuffled()];
      if (better) a.unshift(...a.splice(a.indexOf(wanted), 1));
      const { titles, teams } = teamDraft(a, b, 10, seed);
      const rank = titles.indexOf(wanted);
      const isLookedAt = rank >= 0 && random.chance(1 / (1 + rank));
      const credit = creditOf(teams, isLookedAt ? [rank] : []);
      counts.a += credit.a;
      counts.b += credit.b;
    }
    return counts;
  };
  const equal = wins(false);
  const total = equal.a + equal.b;
  assert.ok(total > 500, String(total));
  assert.ok(Math.abs(equal.a - total / 2) < 4 * Math.sqrt(total / 4), JSON.stringify(equal));
  const unequal = wins(true);
  assert.ok(unequal.a > 2 * unequal.b, JSON.stringify(unequal));
});

test('plays outside the row count for nobody', () => {
  assert.deepEqual(creditOf(['a', 'b', 'b'], [0, 2, 2, 7, -1]), { a: 1, b: 2 });
  assert.equal(teamsText(['a', 'b', 'b']), 'abb');
});
