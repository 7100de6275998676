/**
 * Dot products of the factors of single titles with a query, each worked out once: those of domain/title-scores.ts to the
 * last bit, on every machine.
 */
import { createListedKernel, LISTED, PADDED } from './listed-kernel.ts';
import type { InSlices } from '../in-slices.ts';

export interface ListedScores {
  /** By title number; only those of titles that were asked for since the query came. */
  readonly scores: Float32Array;
  /** The query that the other calls are about; it is copied. */
  ask(query: Float32Array): void;
  /** Sees to it that the first `size` titles have scores. */
  score(titles: Uint32Array, size: number): void;
}

/** Titles that are scored by one call. */
const AT_ONCE = 1024;
const ROWS_A_SLICE = 2000;
const FLOAT_BYTES = 4;

/** Of row-major factors, which are copied where the machine has vectors. */
export function* createListedScores(values: Float32Array, width: number): InSlices<ListedScores> {
  const count = values.length / width;
  const scores = new Float32Array(count);
  const scoreThese = yield* createScoring(values, width, scores);
  const query = new Float32Array(width);
  /** The query by which each title was scored last. */
  const scoredBy = new Uint32Array(count);
  const missing = new Uint32Array(AT_ONCE);
  let current = 0;

  return {
    scores,
    ask(asked) {
      query.set(asked);
      current += 1;
      if (current <= MOST_QUERIES) return;
      scoredBy.fill(0);
      current = 1;
    },
    score(titles, size) {
      let waiting = 0;
      for (let i = 0; i < size; i++) {
        const title = titles[i]!;
        if (scoredBy[title] === current) continue;
        scoredBy[title] = current;
        missing[waiting++] = title;
        if (waiting < AT_ONCE) continue;
        scoreThese(query, missing, waiting);
        waiting = 0;
      }
      if (waiting > 0) scoreThese(query, missing, waiting);
    },
  };
}

const MOST_QUERIES = 0xffff_ffff;

/** Writes the scores of at most `AT_ONCE` titles, by number. */
type ScoreThese = (query: Float32Array, titles: Uint32Array, size: number) => void;

function* createScoring(values: Float32Array, width: number, scores: Float32Array): InSlices<ScoreThese> {
  const stride = Math.ceil(width / PADDED) * PADDED;
  const listAt = stride * FLOAT_BYTES;
  const outAt = listAt + AT_ONCE * FLOAT_BYTES;
  const rowsAt = outAt + AT_ONCE * FLOAT_BYTES;
  const kernel = createListedKernel(rowsAt + values.length * FLOAT_BYTES * (stride / width));
  if (kernel === undefined) return (query, titles, size) => scorePlainly(query, values, titles, size, scores);
  const memory = new Float32Array(kernel.buffer);
  const rows = rowsAt / FLOAT_BYTES;
  const slice = ROWS_A_SLICE * width;
  for (let from = 0; from < values.length; from += slice) {
    if (stride === width) memory.set(values.subarray(from, from + slice), rows + from);
    else
      for (let at = from; at < Math.min(values.length, from + slice); at += width)
        memory.set(values.subarray(at, at + width), rows + (at / width) * stride);
    yield;
  }
  const list = new Uint32Array(kernel.buffer, listAt, AT_ONCE);
  const out = memory.subarray(outAt / FLOAT_BYTES, rows);
  return (query, titles, size) => {
    memory.set(query);
    const end = Math.ceil(size / LISTED) * LISTED;
    for (let i = 0; i < size; i++) list[i] = rowsAt + titles[i]! * stride * FLOAT_BYTES;
    list.fill(rowsAt, size, end);
    kernel.score(listAt, listAt + end * FLOAT_BYTES, outAt, 0, listAt);
    for (let i = 0; i < size; i++) scores[titles[i]!] = out[i]!;
  };
}

/** In sums of 32 bits, as the kernel has them. */
function scorePlainly(
  query: Float32Array,
  values: Float32Array,
  titles: Uint32Array,
  size: number,
  scores: Float32Array,
): void {
  for (let i = 0; i < size; i++) {
    const title = titles[i]!;
    let sum = 0;
    for (let k = 0, at = title * query.length; k < query.length; k++, at++)
      sum = Math.fround(sum + Math.fround(query[k]! * values[at]!));
    scores[title] = sum;
  }
}
