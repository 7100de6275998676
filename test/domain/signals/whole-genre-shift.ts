/** Shifts of genre from all plays, without a thought to what it costs; see whole-play-signals.ts. */
import { genresOf } from '../../../domain/signals/binge.ts';
import { tellsGenre, type GenreHistory, type GenreLimits } from '../../../domain/signals/genre-shift.ts';
import type { Play } from '../../../domain/signals/play.ts';
import type { Signal } from '../../../domain/signals/signal.ts';
import { HOUR_MS, type EpochMs } from '../../../domain/time.ts';

const HOURS = 24;
/** How many plays of the profile's usual mix every hour starts with. */
const STRENGTH = 5;

interface Started {
  readonly at: EpochMs;
  readonly genres: string;
}

export function genreShiftsOf(plays: readonly Play[], carry: GenreHistory, limits: GenreLimits): Signal[] {
  const told = plays.filter(tellsGenre).map(({ startedAt, genres }): Started => ({ at: startedAt, genres }));
  const carried = carry.recentAt.map((at, i): Started => ({ at, genres: carry.mixes[carry.recentMix[i]!]! }));
  const recent = [...carried, ...told].sort(newestFirst).slice(0, limits.recentPlays);
  if (recent.length < limits.shiftEvidence) return [];
  const usual = usualShares(told, carry);
  const signals: Signal[] = [];
  for (let hour = 0; hour < HOURS; hour++) {
    const own = recent.filter(({ at }) => Math.floor(at / HOUR_MS) % HOURS === hour);
    const signal = shiftOf(hour, own, usual, limits);
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
  if (own.length < shiftEvidence) return undefined;
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
