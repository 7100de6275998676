/** Hours of the day in which a profile's recent plays are of another genre than its plays at large. */
import { HOUR_MS, type EpochMs } from '../time.ts';
import { genresOf } from './binge.ts';
import type { Play } from './play.ts';
import type { Signal } from './signal.ts';

const HOURS = 24;
/** How many plays of the profile's usual mix every hour starts with. */
const STRENGTH = 5;

/** Plays that are no longer kept one by one: all of them by mix of genres, and the newest ones with their start. */
export interface GenreHistory {
  /** Distinct values of `genres`, as enriched. */
  mixes: string[];
  /** Plays ever, by mix. */
  mixPlays: number[];
  /** Start and mix of the newest plays. */
  recentAt: EpochMs[];
  recentMix: number[];
}

export interface GenreLimits {
  /** Plays that are recent. */
  readonly recentPlays: number;
  /** Distinct mixes of genres per profile; plays of any further one are not counted. */
  readonly mixes: number;
  /** Recent plays of the genre in the hour, at least. */
  readonly shiftEvidence: number;
  /** How much more often than usual, at least. */
  readonly shiftLift: number;
}

/** A qualified play whose genres are known. */
export interface Started {
  readonly at: EpochMs;
  readonly genres: string;
}

/** Whether a play says anything of what the profile watches when. */
export const tellsGenre = (play: Play): boolean => play.isQualified && play.genres !== '';

/** Takes the plays kept that tell of genres. */
export function genreShiftsOf(told: readonly Started[], carry: GenreHistory, limits: GenreLimits): Signal[] {
  const count = told.length + carry.recentAt.length;
  if (Math.min(count, limits.recentPlays) < limits.shiftEvidence) return [];
  const recent = carry.recentAt.map((at, i): Started => ({ at, genres: carry.mixes[carry.recentMix[i]!]! }));
  recent.push(...told);
  if (count > limits.recentPlays) recent.sort(newestFirst).length = limits.recentPlays;
  const byHour: (Started[] | undefined)[] = [];
  for (const play of recent) (byHour[Math.floor(play.at / HOUR_MS) % HOURS] ??= []).push(play);
  let usual: ReadonlyMap<string, number> | undefined;
  const signals: Signal[] = [];
  for (let hour = 0; hour < HOURS; hour++) {
    const own = byHour[hour];
    if (own === undefined || own.length < limits.shiftEvidence) continue;
    const signal = shiftOf(hour, own, (usual ??= usualShares(told, carry)), limits);
    if (signal !== undefined) signals.push(signal);
  }
  return signals;
}

const newestFirst = (a: Started, b: Started): number => b.at - a.at || (a.genres < b.genres ? -1 : 1);

/** Share of all plays that are of each genre. */
function usualShares(told: readonly Started[], carry: GenreHistory): Map<string, number> {
  const counts = new Map<string, number>();
  let total = told.length;
  const add = (genres: string, times: number): void => {
    for (const genre of genresOf({ genres })) counts.set(genre, (counts.get(genre) ?? 0) + times);
  };
  for (const { genres } of told) add(genres, 1);
  carry.mixes.forEach((genres, i) => {
    add(genres, carry.mixPlays[i]!);
    total += carry.mixPlays[i]!;
  });
  return new Map([...counts].map(([genre, count]) => [genre, count / total]));
}

function shiftOf(
  hour: number,
  own: readonly Started[],
  usual: ReadonlyMap<string, number>,
  { shiftEvidence, shiftLift }: GenreLimits,
): Signal | undefined {
  const counts = new Map<string, { plays: number; newest: EpochMs }>();
  for (const { at, genres } of own) {
    for (const genre of genresOf({ genres })) {
      const count = counts.get(genre) ?? { plays: 0, newest: at };
      counts.set(genre, { plays: count.plays + 1, newest: Math.max(count.newest, at) });
    }
  }
  let best: { genre: string; lift: number; plays: number; newest: EpochMs } | undefined;
  for (const [genre, { plays, newest }] of counts) {
    if (plays < shiftEvidence) continue;
    const share = usual.get(genre)!;
    const lift = (plays + STRENGTH * share) / (own.length + STRENGTH) / share;
    const isBest = best === undefined || lift > best.lift || (lift === best.lift && genre < best.genre);
    if (isBest) best = { genre, lift, plays, newest };
  }
  if (best === undefined || best.lift < shiftLift) return undefined;
  return {
    name: 'genre-shift',
    subject: `hour:${hour}`,
    occurrence: `hour:${hour}`,
    eventTime: best.newest,
    value: Math.round(best.lift * 10) / 10,
    detail: JSON.stringify({ genre: best.genre, plays: best.plays, ofPlays: own.length }),
  };
}

/** Counts a play that is no longer kept. */
export function carryGenres(carry: GenreHistory, play: Play, limits: GenreLimits): void {
  if (!tellsGenre(play)) return;
  let mix = carry.mixes.indexOf(play.genres);
  if (mix < 0) {
    if (carry.mixes.length >= limits.mixes) return;
    mix = carry.mixes.push(play.genres) - 1;
    carry.mixPlays.push(0);
  }
  carry.mixPlays[mix]! += 1;
  carry.recentAt.push(play.startedAt);
  carry.recentMix.push(mix);
  if (carry.recentAt.length > limits.recentPlays) dropOldest(carry);
}

function dropOldest({ mixes, recentAt, recentMix }: GenreHistory): void {
  let oldest = 0;
  for (let i = 1; i < recentAt.length; i++) {
    const order = recentAt[i]! - recentAt[oldest]!;
    if (order < 0 || (order === 0 && mixes[recentMix[i]!]! > mixes[recentMix[oldest]!]!)) oldest = i;
  }
  recentAt.splice(oldest, 1);
  recentMix.splice(oldest, 1);
}
