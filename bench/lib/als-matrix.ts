/** Who watched what in the ALS benchmark. Same seed, same matrix. */
import type { SideMatrix } from '../../batch/models/als/matrix.ts';
import { createRandom } from '../../domain/random.ts';
import { createSampler } from './demand.ts';

/** Zipf–Mandelbrot, shifted by a share of the titles: before a profile's repeats are taken out, the top 1 % take 25 %. */
const TITLE_EXPONENT = 1.4;
const TITLE_SHIFT_SHARE = 0.0127;
/** Profiles and titles are of so many tastes, and half of what is watched is of one's own. */
const TASTES = 20;
const OWN_TASTE = 0.5;
const LEAST_WATCHED = 5;

export interface BenchMatrix extends SideMatrix {
  readonly titles: number;
}

/** About `profiles` × `mean` entries; how much a profile watches falls off exponentially. Strengths are 0.5 to 4. */
export function benchMatrix(profiles: number, titles: number, mean: number): BenchMatrix {
  const random = createRandom(20_081_215);
  const shift = 1 + titles * TITLE_SHIFT_SHARE;
  const draw = createSampler(Array.from({ length: titles }, (_, rank) => (rank + shift) ** -TITLE_EXPONENT));
  const columns: number[] = [];
  const strengths: number[] = [];
  const rowStarts = new Uint32Array(profiles + 1);
  for (let profile = 0; profile < profiles; profile++) {
    const wanted = LEAST_WATCHED - Math.log(1 - random.next()) * (mean - LEAST_WATCHED);
    const row = new Set<number>();
    for (let tries = 0; row.size < Math.min(wanted, titles / 2) && tries < 4 * wanted; tries++) {
      const title = draw(random.next(), random.next());
      const own = title - (title % TASTES) + (profile % TASTES);
      row.add(random.chance(OWN_TASTE) && own < titles ? own : title);
    }
    for (const column of [...row].sort((a, b) => a - b)) {
      columns.push(column);
      strengths.push(0.5 + 3.5 * random.next());
    }
    rowStarts[profile + 1] = columns.length;
  }
  return {
    rowStarts,
    columns: Uint32Array.from(columns),
    strengths: Float32Array.from(strengths),
    titles,
  };
}

/** The share of entries that the most watched `share` of titles have. */
export function topShare({ rowStarts, columns }: SideMatrix, share: number): number {
  const counts = Uint32Array.from(
    { length: rowStarts.length - 1 },
    (_, row) => rowStarts[row + 1]! - rowStarts[row]!,
  );
  const most = counts.sort().subarray(Math.floor(counts.length * (1 - share)));
  return most.reduce((sum, count) => sum + count, 0) / columns.length;
}
