/** A list of titles grouped by their genres in one go, in memory that is used again. */
import type { TitleTable } from './types.ts';

/** Titles [from, to) of an array. */
export interface TitleRun {
  readonly titles: Uint32Array;
  from: number;
  to: number;
}

export interface GenreGroups {
  /** Allocates only for more than ever before. */
  group(list: { readonly titles: Uint32Array; readonly size: number }): void;
  /** Those of a genre, in the order of the list, until the next call of either. */
  of(genre: number): TitleRun;
}

export function createGenreGroups({ genres, genreStarts, genreOf }: TitleTable): GenreGroups {
  /** Where the titles of a genre end; where they begin is where those of the one before end. */
  const ends = new Uint32Array(genres.length);
  let run: TitleRun = { titles: new Uint32Array(1024), from: 0, to: 0 };

  return {
    group({ titles, size }) {
      ends.fill(0);
      for (let i = 0; i < size; i++) {
        const to = genreStarts[titles[i]! + 1]!;
        for (let at = genreStarts[titles[i]!]!; at < to; at++) ends[genreOf[at]!]! += 1;
      }
      let whole = 0;
      for (let genre = 0; genre < ends.length; genre++) {
        const count = ends[genre]!;
        ends[genre] = whole;
        whole += count;
      }
      if (run.titles.length < whole) run = { titles: new Uint32Array(2 * whole), from: 0, to: 0 };
      for (let i = 0; i < size; i++) {
        const to = genreStarts[titles[i]! + 1]!;
        for (let at = genreStarts[titles[i]!]!; at < to; at++) run.titles[ends[genreOf[at]!]!++] = titles[i]!;
      }
    },
    of(genre) {
      run.from = genre > 0 ? ends[genre - 1]! : 0;
      run.to = ends[genre]!;
      return run;
    },
  };
}
