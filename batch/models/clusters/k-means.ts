import { nearestCentre, type Centres } from '../../../domain/cluster-assignment.ts';
import type { Random } from '../../../domain/random.ts';
import type { Pace } from '../pace.ts';

export interface KMeansOptions {
  readonly clusters: number;
  /** Rounds of Lloyd's algorithm at most; it ends when no point moves. */
  readonly mostRounds: number;
  readonly random: Random;
  /** Awaited between blocks of points. */
  readonly pace: Pace;
}

export interface Clustering {
  /** As many as were asked for, or as there are distinct points. */
  readonly centres: Centres;
  /** The cluster of each point. */
  readonly assignments: Int32Array;
  readonly sizes: Int32Array;
  /** Sum of the squared distances to the centres, which training makes small. */
  readonly inertia: number;
}

/** Points between two turns of the pace. */
const BLOCK = 1024;

/**
 * K-means: seeded by k-means++ (Arthur & Vassilvitskii 2007, section 2.2), improved by Lloyd's rounds. Points are row-major
 * and finite. A cluster that lost all its points begins anew at the point furthest from its centre. Clusters are in the
 * order of their sizes, the largest first.
 */
export async function kMeans(
  points: Float32Array,
  width: number,
  options: KMeansOptions,
): Promise<Clustering> {
  const count = points.length / width;
  if (!Number.isInteger(count)) throw new RangeError(`${points.length} factors do not make rows of ${width}`);
  const centres = await seedCentres(points, width, options);
  const assignments = new Int32Array(count).fill(-1);
  const distances = new Float64Array(count);
  for (let round = 0; round < options.mostRounds; round++) {
    const moved = await assign(points, centres, assignments, distances, async (share) =>
      options.pace((round + share) / options.mostRounds),
    );
    if (moved === 0) break;
    moveCentres(points, centres, assignments, distances);
  }
  // The last move of the centres may have taken points to others.
  await assign(points, centres, assignments, distances, () => options.pace(1));
  return inOrderOfSize(
    centres,
    assignments,
    distances.reduce((sum, distance) => sum + distance, 0),
  );
}

/** The first centre is any point; each next one is a point with the probability of its squared distance to the nearest so far. */
async function seedCentres(
  points: Float32Array,
  width: number,
  { clusters, random, pace }: KMeansOptions,
): Promise<Centres> {
  const count = points.length / width;
  if (count === 0 || clusters < 1) return { values: new Float32Array(0), width };
  const chosen = [random.below(count)];
  const nearest = new Float64Array(count).fill(Infinity);
  while (chosen.length < clusters) {
    const centre = points.subarray(chosen.at(-1)! * width, (chosen.at(-1)! + 1) * width);
    let total = 0;
    for (let point = 0; point < count; point++) {
      nearest[point] = Math.min(nearest[point]!, squaredDistance(points, point * width, centre, 0, width));
      total += nearest[point]!;
    }
    // Every point is a centre: there are no more distinct ones.
    if (total === 0) break;
    chosen.push(drawByShare(nearest, random.next() * total));
    await pace(0);
  }
  const values = new Float32Array(chosen.length * width);
  chosen.forEach((point, centre) =>
    values.set(points.subarray(point * width, (point + 1) * width), centre * width),
  );
  return { values, width };
}

/** The first place at which the sum of the shares passes `at`; never one of share 0. */
function drawByShare(shares: Float64Array, at: number): number {
  let left = at;
  let last = 0;
  for (let place = 0; place < shares.length; place++) {
    if (shares[place] === 0) continue;
    last = place;
    left -= shares[place]!;
    if (left < 0) break;
  }
  return last;
}

/** Says how many points went to another centre. */
async function assign(
  points: Float32Array,
  centres: Centres,
  assignments: Int32Array,
  distances: Float64Array,
  pace: Pace,
): Promise<number> {
  const { values, width } = centres;
  let moved = 0;
  for (let point = 0; point < assignments.length; point++) {
    const centre = nearestCentre(centres, points, point * width);
    if (centre !== assignments[point]) moved += 1;
    assignments[point] = centre;
    distances[point] = squaredDistance(points, point * width, values, centre * width, width);
    if (point % BLOCK === 0) await pace(point / assignments.length);
  }
  return moved;
}

/** Each centre becomes the mean of its points, summed in 64 bits in their order. */
function moveCentres(
  points: Float32Array,
  { values, width }: Centres,
  assignments: Int32Array,
  distances: Float64Array,
): void {
  const sums = new Float64Array(values.length);
  const sizes = new Int32Array(values.length / width);
  assignments.forEach((centre, point) => {
    sizes[centre]! += 1;
    for (let k = 0; k < width; k++) sums[centre * width + k]! += points[point * width + k]!;
  });
  sizes.forEach((size, centre) => {
    if (size === 0) {
      const furthest = furthestOf(distances);
      distances[furthest] = 0;
      values.set(points.subarray(furthest * width, (furthest + 1) * width), centre * width);
    } else for (let k = 0; k < width; k++) values[centre * width + k] = sums[centre * width + k]! / size;
  });
}

function furthestOf(distances: Float64Array): number {
  let furthest = 0;
  for (let point = 1; point < distances.length; point++)
    if (distances[point]! > distances[furthest]!) furthest = point;
  return furthest;
}

function squaredDistance(a: Float32Array, aAt: number, b: Float32Array, bAt: number, width: number): number {
  let sum = 0;
  for (let k = 0; k < width; k++) {
    const difference = a[aAt + k]! - b[bAt + k]!;
    sum += difference * difference;
  }
  return sum;
}

function inOrderOfSize({ values, width }: Centres, assignments: Int32Array, inertia: number): Clustering {
  const sizes = new Int32Array(values.length / width);
  for (const centre of assignments) sizes[centre]! += 1;
  const order = Array.from(sizes, (_, centre) => centre).sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const places = new Int32Array(order.length);
  const ordered = new Float32Array(values.length);
  order.forEach((centre, place) => {
    places[centre] = place;
    ordered.set(values.subarray(centre * width, (centre + 1) * width), place * width);
  });
  return {
    centres: { values: ordered, width },
    assignments: assignments.map((centre) => places[centre]!),
    sizes: Int32Array.from(order, (centre) => sizes[centre]!),
    inertia,
  };
}
