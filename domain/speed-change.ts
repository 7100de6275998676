/** Sums that follow the committed blocks of a speed view, by what changed in them instead of by all they hold. */
import { deltaOf } from './chunk-delta.ts';
import type { BlockChange, SpeedReader } from './speed-reader.ts';
import type { SpeedSums } from './speed-sums.ts';
import { chunkName, type Chunk, type FamilyPart, type SpeedRecord } from './speed-view.ts';

/** What is new in chunks that wait for their marker. */
export interface Deltas {
  /** To be called before the reader takes the record. */
  note(record: SpeedRecord, reader: SpeedReader): void;
  find(chunk: Chunk): { readonly before: Chunk; readonly part: FamilyPart } | undefined;
  forget(chunks: readonly Chunk[]): void;
}

/** Worked out when a chunk comes: once its marker does, all chunks of the flush count at once. */
export function createDeltas(): Deltas {
  const known = new WeakMap<Chunk, { readonly before: Chunk; readonly part: FamilyPart }>();
  return {
    note({ value }, reader) {
      if (value?.type !== 'chunk') return;
      const before = reader.committed(value.block)?.chunks.get(chunkName(value.family, value.slot));
      const part = before && deltaOf(before, value);
      if (before !== undefined && part !== undefined) known.set(value, { before, part });
    },
    find: (chunk) => known.get(chunk),
    // Else each would hold on to the one before it.
    forget: (chunks) => chunks.forEach((chunk) => known.delete(chunk)),
  };
}

/** Makes sums follow a change. Chunks of `waiting` are not in the sums yet, and need not be taken away. */
export function applyChange(
  sums: SpeedSums,
  { removed, added }: BlockChange,
  deltas: Deltas,
  waiting?: Set<Chunk>,
): void {
  const gone = new Set(removed);
  for (const chunk of removed) if (waiting?.delete(chunk) === true) gone.delete(chunk);
  const whole: Chunk[] = [];
  for (const chunk of added) {
    const delta = deltas.find(chunk);
    if (delta !== undefined && gone.delete(delta.before)) sums.add(delta.part, 1);
    else whole.push(chunk);
  }
  // What a block's newer state holds includes what the older held, so registers need not be taken back.
  for (const chunk of gone) sums.add(chunk, -1);
  for (const chunk of whole) sums.add(chunk, 1);
}
