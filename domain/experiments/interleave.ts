/**
 * Team-draft interleaving (Radlinski, Kurup and Joachims, CIKM 2008): two rankings share one row, and whose titles are
 * played says which is better, with far fewer profiles than sharing those out would take (Chapelle et al., TOIS 2012). Round
 * by round a coin decides who chooses first, and each side takes its best title that is not there yet.
 */
import { mix32 } from '../hash.ts';
import { createRandom } from '../random.ts';

/** Whose choice a title was. */
export const TEAMS = ['a', 'b'] as const;
export type Team = (typeof TEAMS)[number];

export interface Drafted {
  readonly titles: Uint32Array;
  /** By place. */
  readonly teams: readonly Team[];
}

/**
 * At most `length` titles of two rankings (best first, each without repeats): no title twice, equal for equal seeds.
 * Once a side has none left the other chooses alone.
 */
export function teamDraft(a: ArrayLike<number>, b: ArrayLike<number>, length: number, seed: number): Drafted {
  const random = createRandom(mix32(seed));
  const taken = new Set<number>();
  const teams: Team[] = [];
  const sides = { a: { list: a, next: 0 }, b: { list: b, next: 0 } };
  const choose = (team: Team): void => {
    const side = sides[team];
    while (side.next < side.list.length && taken.has(side.list[side.next]!)) side.next += 1;
    if (side.next >= side.list.length || taken.size >= length) return;
    taken.add(side.list[side.next]!);
    teams.push(team);
  };
  for (let before = -1; taken.size > before && taken.size < length;) {
    before = taken.size;
    const order: readonly Team[] = random.chance(0.5) ? ['a', 'b'] : ['b', 'a'];
    order.forEach(choose);
  }
  return { titles: Uint32Array.from(taken), teams };
}

export interface Credit {
  readonly a: number;
  readonly b: number;
}

/** Plays by whose choice was played; places that are not in the row count for nobody. */
export function creditOf(teams: readonly Team[], playedRanks: readonly number[]): Credit {
  let [a, b] = [0, 0];
  for (const rank of playedRanks) {
    if (teams[rank] === 'a') a += 1;
    if (teams[rank] === 'b') b += 1;
  }
  return { a, b };
}

/** Teams as what was served keeps them, one letter a title. */
export const teamsText = (teams: readonly Team[]): string => teams.join('');
