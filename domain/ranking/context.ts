/**
 * What is watched more at one hour or on one device than at other times: the logarithm of how much more often a genre is
 * played there, drawn towards what it is everywhere. With n of N plays of the context and m of M of all being of the genre,
 *
 *   ln((n + s m / M) / (N + s)) − ln(m / M)
 */
export function contextLifts(
  inContext: ArrayLike<number>,
  everywhere: ArrayLike<number>,
  strength: number,
): Float32Array {
  const sumOf = (counts: ArrayLike<number>): number =>
    Array.from(counts).reduce((sum, count) => sum + count, 0);
  const [ofContext, ofAll] = [sumOf(inContext), sumOf(everywhere)];
  return Float32Array.from(everywhere, (count, genre) => {
    const share = count / ofAll;
    const there = ((inContext[genre] ?? 0) + strength * share) / (ofContext + strength);
    // To 32 bits: what is as usual is 0, and no rounding that a pool of nothing else would be ordered by.
    return share > 0 && there > 0 ? Math.log(Math.fround(there / share)) : 0;
  });
}

/** Plays that everybody's share of a genre weighs beside those of a context. */
export const CONTEXT_STRENGTH = 100;
/** Hours before and after one that are counted with it. */
const HOURS_AROUND = 2;
const HOURS = 24;

/** Whether plays at one hour of the day say something of another. */
export function isNearHour(one: number, other: number): boolean {
  const apart = Math.abs(one - other);
  return Math.min(apart, HOURS - apart) <= HOURS_AROUND;
}

/** Plays by genre at the hours of a day (UTC) and on the devices of each country: columns, the rows of a country together. */
export interface GenreContexts {
  /** Rows [from, to) of each country; '' is all countries together. */
  readonly countries: ReadonlyMap<string, readonly [from: number, to: number]>;
  /** Of a row: hour, device and genre by their places among the names, plays. */
  readonly hours: Uint8Array;
  readonly devices: Uint32Array;
  readonly genres: Uint32Array;
  readonly plays: Float64Array;
  readonly deviceNames: readonly string[];
  readonly genreNames: readonly string[];
}

export interface Context {
  /** Null for all countries. */
  readonly country: string | null;
  /** Of the day in UTC, 0 to 23. */
  readonly hour: number;
  /** Null for all devices. */
  readonly device: string | null;
}

export interface ContextLifts {
  /** By the number of a genre; undefined where nothing was counted of the country. The same array for the same context. */
  of(context: Context): Float32Array | undefined;
}

/** Contexts whose lifts are kept. */
const MOST_KEPT = 10_000;

/** `genres` are the names by number. */
export function createContextLifts(counted: GenreContexts, genres: readonly string[]): ContextLifts {
  const numbers = Int32Array.from(counted.genreNames, (name) => genres.indexOf(name));
  const kept = new Map<string, Float32Array>();
  const asUsual = new Float32Array(genres.length);

  function make({ country, hour, device }: Context): Float32Array {
    const [from, to] = counted.countries.get(country ?? '') ?? [0, 0];
    const wanted = device === null ? -1 : counted.deviceNames.indexOf(device);
    const there = new Float64Array(genres.length);
    const everywhere = new Float64Array(genres.length);
    for (let row = from; row < to; row++) {
      const genre = numbers[counted.genres[row]!]!;
      if (genre < 0) continue;
      const plays = counted.plays[row]!;
      everywhere[genre]! += plays;
      const isOfDevice = device === null || counted.devices[row] === wanted;
      if (isOfDevice && isNearHour(counted.hours[row]!, hour)) there[genre]! += plays;
    }
    return contextLifts(there, everywhere, CONTEXT_STRENGTH);
  }

  return {
    of(context) {
      const { country, device } = context;
      if (!counted.countries.has(country ?? '')) return undefined;
      // Requests say what they like: names that were never counted are not worked through, nor kept.
      if (device !== null && !counted.deviceNames.includes(device)) return asUsual;
      const key = `${country ?? ''} ${context.hour} ${device ?? ''}`;
      const found = kept.get(key);
      if (found !== undefined) return found;
      if (kept.size >= MOST_KEPT) kept.clear();
      const made = make(context);
      kept.set(key, made);
      return made;
    },
  };
}
