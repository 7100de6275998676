/** What is played at which hour and on which device of a country: what serving reads from the view `genre-contexts`. */
import { createContextLifts, type Context, type ContextLifts } from '../../../domain/ranking/context.ts';
import { HOUR_MS } from '../../../domain/time.ts';

export interface PlayedWhere {
  readonly country: string;
  readonly device: string;
}

/** The view is refreshed each hour. */
export function createContextCounts(genreNames: readonly string[]) {
  const plays = new Map<string, Map<string, Float64Array>>();
  let made: { readonly hour: number; readonly lifts: ContextLifts } | undefined;

  function make(): ContextLifts {
    const rows: { hour: number; device: string; genre: number; plays: number }[] = [];
    const countries = new Map<string, [number, number]>();
    for (const [country, ofCountry] of plays) {
      const from = rows.length;
      for (const [context, ofContext] of ofCountry) {
        const [hour, device] = context.split(' ', 2) as [string, string];
        ofContext.forEach((counted, genre) => {
          if (counted > 0) rows.push({ hour: Number(hour), device, genre, plays: counted });
        });
      }
      countries.set(country, [from, rows.length]);
    }
    const deviceNames = [...new Set(rows.map(({ device }) => device))];
    const columns = {
      hours: Uint8Array.from(rows, ({ hour }) => hour),
      devices: Uint32Array.from(rows, ({ device }) => deviceNames.indexOf(device)),
      genres: Uint32Array.from(rows, ({ genre }) => genre),
      plays: Float64Array.from(rows, (row) => row.plays),
    };
    return createContextLifts({ countries, ...columns, deviceNames, genreNames }, genreNames);
  }

  return {
    play(genres: Uint16Array, at: number, { country, device }: PlayedWhere): void {
      const ofCountry = plays.get(country) ?? new Map<string, Float64Array>();
      plays.set(country, ofCountry);
      const context = `${Math.floor(at / HOUR_MS) % 24} ${device}`;
      const ofContext = ofCountry.get(context) ?? new Float64Array(genreNames.length);
      ofCountry.set(context, ofContext);
      for (const genre of genres) ofContext[genre]! += 1;
    },
    lifts(context: Context, at: number): Float32Array | undefined {
      const hour = Math.floor(at / HOUR_MS);
      if (made?.hour !== hour) made = { hour, lifts: make() };
      return made.lifts.of(context);
    },
  };
}
