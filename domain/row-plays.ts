/**
 * Plays and impressions by row and position. Plays come from `attributed-plays` alone: each upsert moves its play from
 * the position it was last counted at to the one it says now, so that counts are those of the newest upserts, in
 * whatever order and however often they come. Impressions are explicit ones, by row and position and by title and row.
 */
import type { AttributedPlay } from './attribution/pending.ts';
import { PUT_RIGHT } from './events/derived.ts';
import type { Impression } from './events/event.ts';

export interface RowCount {
  readonly row: string;
  /** From 0; null for plays that say their row but not where in it. */
  readonly rank: number | null;
  readonly plays: number;
  readonly impressions: number;
}

export interface TitleRowCount {
  readonly titleId: string;
  readonly row: string;
  readonly plays: number;
  readonly impressions: number;
}

/** Of each partition of `attributed-plays`. */
export interface RowPlaysLimits {
  /**
   * Plays remembered that wait for their final upsert. Past it the one longest without an upsert is forgotten, and were
   * one to come, counted once more.
   */
  readonly openPlays: number;
  /**
   * Plays remembered after their final upsert: more than an owner can send again, which is what one batch led to.
   */
  readonly finalPlays: number;
  /** Pairs of row and position, and of title and row, counted apart, of all partitions. Past it a play has no place. */
  readonly places: number;
}

export interface RowPlays {
  /**
   * Takes an upsert of a partition of `attributed-plays`, in the so-manieth topic generation; says whether it was news.
   * What a later generation says of a play holds, whatever its version: they begin anew.
   */
  takePlay(partition: number, upsert: AttributedPlay, generation?: number): boolean;
  /** Takes an impression that was not taken before: of what was sent again, readers of clean topics skip the copy. */
  takeImpression(impression: Impression): void;
  /** Ordered by row, then rank; unknown ranks first. */
  byPosition(): RowCount[];
  /** Ordered by title, then row. */
  byTitle(): TitleRowCount[];
  /** Plays of a title by row. */
  ofTitle(title: string): ReadonlyMap<string, number>;
  /** Plays counted at no row, since nothing says where they came from. */
  withoutRow(): number;
  /** Plays and impressions counted nowhere, since there were no places left. */
  unplaced(): number;
  /** Plays that were forgotten before their final upsert: at most so many are counted more than once. */
  forgotten(): number;
}

interface Counted {
  readonly version: number;
  readonly titleId: string;
  readonly row: string | undefined;
  readonly rank: number;
  isPlaced: boolean;
}

/** Tallies by two keys, at most `places`. */
interface Table<K> {
  readonly tallies: Map<string, Map<K, Tally>>;
  size: number;
}

interface Tally {
  plays: number;
  impressions: number;
}

/** Plays of one partition, each group in the order of their last upsert. */
interface Memory {
  readonly generation: number;
  readonly open: Map<string, Counted>;
  readonly final: Map<string, Counted>;
}

const NO_RANK = -1;

export function createRowPlays({ openPlays, finalPlays, places }: RowPlaysLimits): RowPlays {
  const memories = new Map<string, Memory>();
  const positions: Table<number> = { tallies: new Map(), size: 0 };
  const titles: Table<string> = { tallies: new Map(), size: 0 };
  let rowless = 0;
  let unplaced = 0;
  let forgotten = 0;

  const placesOf = (row: string, rank: number, titleId: string): readonly Tally[] => {
    const ofPosition = tallyOf(positions, row, rank, places);
    const ofTitle = tallyOf(titles, titleId, row, places);
    return ofPosition === undefined || ofTitle === undefined ? [] : [ofPosition, ofTitle];
  };

  const count = (counted: Counted): void => {
    const { row, rank, titleId } = counted;
    if (row === undefined) {
      rowless += 1;
      return;
    }
    const tallies = placesOf(row, rank, titleId);
    for (const tally of tallies) tally.plays += 1;
    counted.isPlaced = tallies.length > 0;
    if (!counted.isPlaced) unplaced += 1;
  };

  const uncount = ({ row, rank, titleId, isPlaced }: Counted): void => {
    if (row === undefined) rowless -= 1;
    else if (!isPlaced) unplaced -= 1;
    else for (const tally of placesOf(row, rank, titleId)) tally.plays -= 1;
  };

  const memoryOf = (generation: number, partition: number): Memory => {
    const name = `${generation}/${partition}`;
    const known = memories.get(name);
    if (known !== undefined) return known;
    const memory: Memory = { generation, open: new Map(), final: new Map() };
    memories.set(name, memory);
    return memory;
  };

  /** Where another generation's word about the play stands. */
  const elsewhere = ({ generation }: Memory, upsertKey: string): Memory | undefined => {
    for (const memory of memories.values())
      if (memory.generation !== generation && (memory.open.has(upsertKey) || memory.final.has(upsertKey)))
        return memory;
    return undefined;
  };

  return {
    takePlay(partition, upsert, generation = 1) {
      const { upsertKey, version, titleId, row, rank = NO_RANK, isFinal } = upsert;
      const own = memoryOf(generation, partition);
      const { open, final } = own;
      const holder = open.has(upsertKey) || final.has(upsertKey) ? own : elsewhere(own, upsertKey);
      const before = holder?.open.get(upsertKey) ?? holder?.final.get(upsertKey);
      if (holder !== undefined && holder.generation > generation) return false;
      if (before !== undefined && holder === own && before.version >= version) return false;
      // It was counted when it became final, and nobody knows any more where.
      if (before === undefined && isFinal === PUT_RIGHT) return false;
      const counted: Counted = { version, titleId, row, rank, isPlaced: false };
      if (before !== undefined) uncount(before);
      count(counted);
      holder?.open.delete(upsertKey);
      holder?.final.delete(upsertKey);
      (isFinal === 0 ? open : final).set(upsertKey, counted);
      if (final.size > finalPlays) forgetFirst(final);
      if (open.size > openPlays) {
        forgetFirst(open);
        forgotten++;
      }
      return true;
    },
    takeImpression({ titleId, row, rank, origin }) {
      if (origin === 'synthetic') return;
      const tallies = placesOf(row, rank, titleId);
      for (const tally of tallies) tally.impressions += 1;
      if (tallies.length === 0) unplaced += 1;
    },
    byPosition: () =>
      listed(positions, (row, rank, tally) => ({ row, rank: rank === NO_RANK ? null : rank, ...tally })).sort(
        (a, b) => inOrder(a.row, b.row) || (a.rank ?? NO_RANK) - (b.rank ?? NO_RANK),
      ),
    byTitle: () =>
      listed(titles, (titleId, row, tally) => ({ titleId, row, ...tally })).sort(
        (a, b) => inOrder(a.titleId, b.titleId) || inOrder(a.row, b.row),
      ),
    ofTitle(title) {
      const byRow = new Map<string, number>();
      for (const [row, { plays }] of titles.tallies.get(title) ?? []) if (plays > 0) byRow.set(row, plays);
      return byRow;
    },
    withoutRow: () => rowless,
    unplaced: () => unplaced,
    forgotten: () => forgotten,
  };
}

function forgetFirst(plays: Map<string, Counted>): void {
  for (const key of plays.keys()) {
    plays.delete(key);
    return;
  }
}

function tallyOf<K>(table: Table<K>, first: string, second: K, places: number): Tally | undefined {
  const found = table.tallies.get(first)?.get(second);
  if (found !== undefined || table.size >= places) return found;
  let inner = table.tallies.get(first);
  if (inner === undefined) table.tallies.set(first, (inner = new Map<K, Tally>()));
  const tally = { plays: 0, impressions: 0 };
  inner.set(second, tally);
  table.size += 1;
  return tally;
}

/** Without those that every play has been moved away from. */
function listed<K, T>({ tallies }: Table<K>, make: (a: string, b: K, tally: Tally) => T): T[] {
  const all: T[] = [];
  for (const [a, inner] of tallies) {
    for (const [b, tally] of inner) if (tally.plays + tally.impressions > 0) all.push(make(a, b, tally));
  }
  return all;
}

const inOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
