import { factorise, solveFactorised } from '../../../domain/cholesky.ts';
import {
  createFoldIn,
  createWeightedFoldIn,
  regularisationOf,
  type Regularisation,
} from '../../../domain/fold-in.ts';
import { titleId } from '../../../domain/ids.ts';
import type { FactorRows } from '../factor-table.ts';
import type { Interactions, TrainingData } from '../model.ts';
import { createPace, type Pace } from '../pace.ts';
import { watchersOf, type Watchers } from '../sides.ts';
import { CONTENT_DEFAULTS, trainContent, type ContentOptions } from './content.ts';

export interface NewTitlesOptions {
  readonly content: ContentOptions;
  readonly onProgress?: ((share: number) => void) | undefined;
}

const NEW_TITLES_DEFAULTS: NewTitlesOptions = { content: CONTENT_DEFAULTS };

/** Factors of titles that a version does not know, by either way. Row i is title `columns[i]` of the interactions. */
export interface NewTitles {
  readonly columns: Uint32Array;
  /** Profiles that watched each and have factors. */
  readonly profiles: Uint32Array;
  readonly width: number;
  /** Solved from the factors of those profiles; zeros where nobody watched it. */
  readonly foldedIn: Float32Array;
  /** Predicted from genres and year. */
  readonly content: Float32Array;
  /** What content says, moved by the plays. */
  readonly moved: Float32Array;
}

/**
 * Factors for the titles of the data that `known`, a version's factors, has none of. What a title's content says, m, is
 * moved by the profiles x that watched it, which are folded in from what they watched of the known titles:
 *
 *   y = m + d,  (XᵀX + Σ w x xᵀ + λ I) d = Σ w x (1 − x·m)
 *
 * So a play is evidence, but that others did not play a title that has just come is none: their scores are held at what
 * content says, where training and plain fold-in pull them to 0. The known factors stay as they
 * are. Memory grows with titles and with the profiles that watched a new one.
 */
export async function foldInNewTitles(
  known: FactorRows,
  regularisation: Regularisation,
  { interactions, features }: TrainingData,
  given: Partial<NewTitlesOptions> = {},
): Promise<NewTitles> {
  const { content, onProgress } = { ...NEW_TITLES_DEFAULTS, ...given };
  const pace = createPace(onProgress);
  const { width } = known;
  const { rowOf, columns } = splitTitles(known, interactions);
  const watchers = watchersOf(interactions);
  const sides = await foldInProfiles(known, regularisation, interactions, rowOf, pace);
  const plays = playsOf(columns, watchers, interactions, sides);
  const predicted = new Float32Array(columns.length * width);
  const model = trainContent(features, knownTitles(known, rowOf, watchers), content);
  columns.forEach((column, row) => {
    model.predict(features, column, predicted, row * width);
  });
  const { foldedIn, moved } = solveTitles(plays, predicted, sides, regularisation);
  return {
    columns,
    profiles: Uint32Array.from(plays, ({ places }) => places.length),
    width,
    foldedIn,
    content: predicted,
    moved,
  };
}

/** The row of each column among the known factors, −1 for the new ones; and those. */
function splitTitles(
  { ids }: FactorRows,
  { titles }: Interactions,
): { readonly rowOf: Int32Array; readonly columns: Uint32Array } {
  const rows = new Map(ids.map((id, row) => [titleId(id), row]));
  const rowOf = Int32Array.from(titles, (title) => rows.get(title) ?? -1);
  return { rowOf, columns: Uint32Array.from(titles.keys()).filter((column) => rowOf[column] === -1) };
}

/** Factors of the profiles that watched a new title, and XᵀX of all profiles. */
interface ProfileSide {
  /** The place of each profile among `values`, −1 where it has none. */
  readonly placeOf: Int32Array;
  readonly values: Float32Array;
  readonly gram: Float64Array;
}

async function foldInProfiles(
  known: FactorRows,
  regularisation: Regularisation,
  { profiles, rowStarts, columns, weights }: Interactions,
  rowOf: Int32Array,
  pace: Pace,
): Promise<ProfileSide> {
  const { width } = known;
  const foldIn = createWeightedFoldIn(known, regularisation);
  const gram = new Float64Array(width * width);
  const placeOf = new Int32Array(profiles.length).fill(-1);
  const kept: Float32Array[] = [];
  const own = new Float32Array(width);
  for (let profile = 0; profile < profiles.length; profile++) {
    const entries = Array.from(
      { length: rowStarts[profile + 1]! - rowStarts[profile]! },
      (_, place) => rowStarts[profile]! + place,
    );
    const held = entries.filter((entry) => rowOf[columns[entry]!]! >= 0);
    const rows = Uint32Array.from(held, (entry) => rowOf[columns[entry]!]!);
    foldIn.solve(
      rows,
      Float32Array.from(held, (entry) => weights[entry]!),
      held.length,
      own,
    );
    for (let i = 0; i < width; i++) for (let j = 0; j < width; j++) gram[i * width + j]! += own[i]! * own[j]!;
    if (held.length > 0 && held.length < entries.length) {
      placeOf[profile] = kept.length;
      kept.push(own.slice());
    }
    await pace(profile / profiles.length);
  }
  const values = new Float32Array(kept.length * width);
  kept.forEach((row, place) => values.set(row, place * width));
  return { placeOf, values, gram };
}

/** Who watched one title: places among the profile side's values, and what the play weighs. */
interface Plays {
  readonly places: Uint32Array;
  readonly weights: Float32Array;
}

const playsOf = (
  newColumns: Uint32Array,
  { columnStarts, profiles, entries }: Watchers,
  { weights }: Interactions,
  { placeOf }: ProfileSide,
): Plays[] =>
  Array.from(newColumns, (column) => {
    const held = entries
      .subarray(columnStarts[column], columnStarts[column + 1])
      .map((_, at) => columnStarts[column]! + at)
      .filter((at) => placeOf[profiles[at]!]! >= 0);
    return {
      places: held.map((at) => placeOf[profiles[at]!]!),
      weights: Float32Array.from(held, (at) => weights[entries[at]!]!),
    };
  });

function solveTitles(
  plays: readonly Plays[],
  content: Float32Array,
  { values, gram, placeOf }: ProfileSide,
  regularisation: Regularisation,
): { foldedIn: Float32Array; moved: Float32Array } {
  const width = Math.sqrt(gram.length);
  const { unobservedWeight } = regularisation;
  const foldIn = createFoldIn({ values, width, gram });
  const foldedIn = new Float32Array(content.length);
  const moved = content.slice();
  plays.forEach(({ places, weights }, row) => {
    const ridge = regularisationOf(regularisation, places.length, placeOf.length) / unobservedWeight;
    const strengths = weights.map((weight) => weight / unobservedWeight);
    const confidences = strengths.map((strength) => 1 + strength);
    foldIn.solve(places, confidences, places.length, ridge, foldedIn, row * width);
    const own = moved.subarray(row * width, (row + 1) * width);
    if (places.length > 0) move(own, { places, weights: strengths }, values, gram.slice(), ridge);
  });
  return { foldedIn, moved };
}

/** Adds d to m, in place; leaves m where d has no solution. */
function move(
  m: Float32Array,
  { places, weights }: Plays,
  values: Float32Array,
  matrix: Float64Array,
  ridge: number,
): void {
  const width = m.length;
  const side = new Float64Array(width);
  for (let k = 0; k < width; k++) matrix[k * width + k]! += ridge;
  places.forEach((place, entry) => {
    const x = values.subarray(place * width, (place + 1) * width);
    const weight = weights[entry]!;
    const short = 1 - x.reduce((sum, factor, k) => sum + factor * m[k]!, 0);
    x.forEach((factor, i) => {
      side[i]! += weight * short * factor;
      for (let j = 0; j <= i; j++) matrix[i * width + j]! += weight * factor * x[j]!;
    });
  });
  if (!factorise(matrix, width)) return;
  solveFactorised(matrix, width, side);
  if (side.every(Number.isFinite)) side.forEach((value, k) => (m[k]! += value));
}

function knownTitles(known: FactorRows, rowOf: Int32Array, { columnStarts }: Watchers) {
  const columns = Uint32Array.from(rowOf.keys()).filter((column) => rowOf[column]! >= 0);
  const { width } = known;
  const values = new Float32Array(columns.length * width);
  columns.forEach((column, row) => {
    const from = rowOf[column]! * width;
    values.set(known.values.subarray(from, from + width), row * width);
  });
  const profiles = columns.map((column) => columnStarts[column + 1]! - columnStarts[column]!);
  return { columns, profiles, values, width };
}
