import { nearestCentre, type Centres } from '../../../domain/cluster-assignment.ts';
import type { Random } from '../../../domain/random.ts';
import type { Pace } from '../pace.ts';

export interface KMeansOptions {
  readonly clusters: number;
  /** Rounds of Lloyd's algorithm at most; it ends when no point moves. */
  readonly mostRounds: number;
  readonly random: Random;
  /** Centres of a clustering before, of points as these: it is gone on from. Those of another width are passed over. */
  readonly previous?: Centres | undefined;
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
  /** Of Lloyd's algorithm, until no point moved. */
  readonly rounds: number;
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
  const centres = await firstCentres(points, width, options);
  const assignments = new Int32Array(count).fill(-1);
  const distances = new Float64Array(count);
  let rounds = 0;
  for (; rounds < options.mostRounds; rounds++) {
    const round = rounds;
    const moved = await assign(points, centres, assignments, distances, async (share) =>
      options.pace((round + share) / options.mostRounds),
    );
    if (moved === 0) break;
    moveCentres(points, centres, assignments, distances);
  }
  // The last move of the centres may have taken points to others.
  await assign(points, centres, assignments, distances, () => options.pace(1));
  const inertia = distances.reduce((sum, distance) => sum + distance, 0);
  return { ...inOrderOfSize(centres, assignments), inertia, rounds };
}

/** Seeds, or the centres of before: unless points have become others, so that fresh seeds are nearer to them already. */
async function firstCentres(points: Float32Array, width: number, options: KMeansOptions): Promise<Centres> {
  const { previous, ...fresh } = options;
  const seeds = await seedCentres(points, width, fresh);
  if (previous?.width !== width) return seeds;
  const known = await seedCentres(points, width, options);
  return potential(points, known) <= potential(points, seeds) ? known : seeds;
}

/** Sum of the squared distances to the nearest centre. */
function potential(points: Float32Array, centres: Centres): number {
  const { values, width } = centres;
  let sum = 0;
  for (let at = 0; at < points.length; at += width)
    sum += squaredDistance(points, at, values, nearestCentre(centres, points, at) * width, width);
  return sum;
}

/**
 * The points nearest to the centres of before, or any point; then each next one is a point with the probability of its squared
 * distance to the nearest so far.
 */
async function seedCentres(
  points: Float32Array,
  width: number,
  { clusters, random, previous, pace }: KMeansOptions,
): Promise<Centres> {
  const count = points.length / width;
  if (count === 0 || clusters < 1) return { values: new Float32Array(0), width };
  const kept = previous === undefined ? [] : nearestPoints(points, previous).slice(0, clusters);
  const chosen = kept.length > 0 ? kept : [random.below(count)];
  const nearest = new Float64Array(count).fill(Infinity);
  for (let seen = 0; chosen.length < clusters; seen++) {
    const centre = points.subarray(chosen[seen]! * width, (chosen[seen]! + 1) * width);
    let total = 0;
    for (let point = 0; point < count; point++) {
      nearest[point] = Math.min(nearest[point]!, squaredDistance(points, point * width, centre, 0, width));
      total += nearest[point]!;
    }
    // Every point is a centre: there are no more distinct ones.
    if (total === 0) break;
    if (seen === chosen.length - 1) chosen.push(drawByShare(nearest, random.next() * total));
    await pace(0);
  }
  const values = new Float32Array(chosen.length * width);
  chosen.forEach((point, centre) =>
    values.set(points.subarray(point * width, (point + 1) * width), centre * width),
  );
  return { values, width };
}

/** Of each centre that has points, the nearest of them: points that differ, in the order of the centres. */
function nearestPoints(points: Float32Array, centres: Centres): number[] {
  const { values, width } = centres;
  const found = new Int32Array(values.length / width).fill(-1);
  const least = new Float64Array(found.length).fill(Infinity);
  for (let point = 0; point * width < points.length; point++) {
    const centre = nearestCentre(centres, points, point * width);
    const distance = squaredDistance(points, point * width, values, centre * width, width);
    if (distance >= least[centre]!) continue;
    least[centre] = distance;
    found[centre] = point;
  }
  return Array.from(found).filter((point) => point >= 0);
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

function inOrderOfSize(
  { values, width }: Centres,
  assignments: Int32Array,
): Pick<Clustering, 'centres' | 'assignments' | 'sizes'> {
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
  };
}
