import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { kMeans } from '../../../../batch/models/clusters/k-means.ts';
import { createRandom } from '../../../../domain/random.ts';

const pace = (): Promise<void> => Promise.resolve();
const options = (clusters: number, seed = 1) => ({
  clusters,
  mostRounds: 50,
  random: createRandom(seed),
  pace,
});

const distance = (points: Float32Array, point: number, centres: Float32Array, centre: number): number =>
  (points[2 * point]! - centres[2 * centre]!) ** 2 + (points[2 * point + 1]! - centres[2 * centre + 1]!) ** 2;

/** Points near the corners of a square, in turn. */
function corners(count: number, seed: number): Float32Array {
  const random = createRandom(seed);
  return Float32Array.from({ length: 2 * count }, (_, index) => {
    const corner = Math.floor(index / 2) % 4;
    return (index % 2 === 0 ? corner & 1 : corner >> 1) * 1000 + random.next();
  });
}

test('finds what is plainly apart, whatever the seed', async () => {
  for (let seed = 0; seed < 20; seed++) {
    const { assignments, sizes } = await kMeans(corners(80, seed), 2, options(4, seed));
    assert.deepEqual([...sizes], [20, 20, 20, 20]);
    for (let point = 4; point < 80; point++) assert.equal(assignments[point], assignments[point % 4]);
  }
});

test('every point is with its nearest centre, and every centre is the mean of its points', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 2, maxLength: 60 }),
      fc.integer({ min: 1, max: 8 }),
      fc.nat(),
      async (values, clusters, seed) => {
        const points = Float32Array.from(values.slice(0, values.length - (values.length % 2)));
        const found = await kMeans(points, 2, options(clusters, seed));
        const { centres, assignments, sizes } = found;
        const distinct = new Set(Array.from(assignments, (_, i) => `${points[2 * i]},${points[2 * i + 1]}`))
          .size;
        assert.equal(sizes.length, Math.min(clusters, distinct));
        let inertia = 0;
        assignments.forEach((own, point) => {
          const to = (centre: number): number => distance(points, point, centres.values, centre);
          for (let centre = 0; centre < sizes.length; centre++) assert.ok(to(own) <= to(centre));
          inertia += to(own);
        });
        assert.ok(Math.abs(found.inertia - inertia) < 1e-6);
        sizes.forEach((size, centre) => {
          const members = [...assignments.keys()].filter((point) => assignments[point] === centre);
          assert.equal(members.length, size);
          for (const k of [0, 1]) {
            const mean = members.reduce((sum, point) => sum + points[2 * point + k]!, 0) / size;
            assert.ok(Math.abs(mean - centres.values[2 * centre + k]!) < 1e-4);
          }
        });
        assert.deepEqual(
          [...sizes],
          [...sizes].sort((a, b) => b - a),
        );
      },
    ),
  );
});

test('from centres of before it is gone on, in fewer rounds and to no worse an end', async () => {
  const random = createRandom(8);
  const points = Float32Array.from({ length: 2 * 3000 }, () => random.next());
  const cold = await kMeans(points, 2, options(12, 1));
  // A day later some have moved a little.
  const later = points.map((value) => value + (random.next() - 0.5) / 50);
  const [again, warm] = [
    await kMeans(later, 2, options(12, 2)),
    await kMeans(later, 2, { ...options(12, 2), previous: cold.centres }),
  ];
  assert.ok(warm.rounds < again.rounds, `${warm.rounds} and ${again.rounds}`);
  assert.ok(warm.inertia < 1.05 * again.inertia);
  const stayed = (found: { readonly assignments: Int32Array }): number => {
    const most = Array.from({ length: 12 }, (_, cluster) => {
      const members = [...cold.assignments.keys()].filter((point) => cold.assignments[point] === cluster);
      const counts = Map.groupBy(members, (point) => found.assignments[point]);
      return Math.max(...Array.from(counts.values(), ({ length }) => length));
    });
    return most.reduce((sum, count) => sum + count, 0) / 3000;
  };
  assert.ok(stayed(warm) > 0.9 && stayed(warm) > stayed(again), `${stayed(warm)} and ${stayed(again)}`);
});

test('centres of before that nobody is near, too many or of another width do no harm', async () => {
  const points = corners(40, 2);
  const far = { values: Float32Array.of(0, 0, 9e8, 9e8, 1000, 0, 1, 1, -5, 2, 999, 3), width: 2 };
  assert.deepEqual([...(await kMeans(points, 2, { ...options(4), previous: far })).sizes], [10, 10, 10, 10]);
  const wide = { values: Float32Array.of(1, 2, 3), width: 3 };
  assert.deepEqual(
    await kMeans(points, 2, { ...options(4), previous: wide }),
    await kMeans(points, 2, options(4)),
  );
  const three = Float32Array.of(1, 1, 2, 2, 3, 3);
  const { centres } = await kMeans(corners(40, 3), 2, options(12));
  assert.equal((await kMeans(three, 2, { ...options(12), previous: centres })).sizes.length, 3);
});

test('the same seed gives the same clusters', async () => {
  const points = corners(50, 3).map((value) => value % 7);
  assert.deepEqual(await kMeans(points, 2, options(6, 9)), await kMeans(points, 2, options(6, 9)));
});

test('no points make no clusters, and rows that do not fit are refused', async () => {
  assert.equal((await kMeans(new Float32Array(0), 2, options(3))).sizes.length, 0);
  await assert.rejects(kMeans(new Float32Array(3), 2, options(3)), RangeError);
});

test('seeding by squared distance is better than chance, on the whole (Arthur & Vassilvitskii, section 6)', async () => {
  const random = createRandom(5);
  const points = Float32Array.from({ length: 2 * 2000 }, (_, index) => {
    const cluster = Math.floor(index / 2) % 20;
    return (index % 2 === 0 ? cluster % 5 : Math.floor(cluster / 5)) * 8 + random.next();
  });
  const inertia = async (rounds: number, seed: number): Promise<number> =>
    (await kMeans(points, 2, { ...options(20, seed), mostRounds: rounds })).inertia;
  const seeds = Array.from({ length: 10 }, (_, seed) => seed);
  const seeded = (await Promise.all(seeds.map((seed) => inertia(0, seed)))).reduce((a, b) => a + b);
  const byChance = seeds
    .map((seed) => {
      const draw = createRandom(seed);
      const centres = Array.from({ length: 20 }, () => draw.below(2000));
      let sum = 0;
      for (let point = 0; point < 2000; point++)
        sum += Math.min(...centres.map((centre) => distance(points, point, points, centre)));
      return sum;
    })
    .reduce((a, b) => a + b);
  assert.ok(seeded < byChance / 2, `${seeded} is not below half of ${byChance}`);
});
