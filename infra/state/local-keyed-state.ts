/** Port: state of a keyed fold on this machine, as what moves it between machines needs it: encoded, at one moment. */
import type { KeyedPartition, KeyedStates, LogPositions, Timer, Turn } from './keyed-state.ts';

/** What stands in a partition's state; no positions where it is of another version of the fold. */
export interface StateHead {
  /** Of whoever opened it last. */
  readonly epoch: number;
  readonly positions: LogPositions;
  /** Commits that led there: one more with each, along whatever machines. */
  readonly commits: number;
}

/** A key with its encoded entry. */
export interface EncodedEntry {
  readonly key: string;
  readonly value: Uint8Array;
}

/** The state as of one commit, while others follow. Values can be decoded with these `structures`, and newer ones. */
export interface KeyedSnapshot {
  readonly positions: LogPositions;
  readonly commits: number;
  readonly structures: Uint8Array | undefined;
  value(key: string): Uint8Array | undefined;
  /** In the order of keys. */
  entries(): Iterable<EncodedEntry>;
  timers(): Iterable<Timer>;
  close(): void;
}

/** Takes what another machine has stored. */
export interface KeyedFill {
  /** In the order of keys, before anything else of entries: quicker, and with full pages. */
  append(entries: readonly EncodedEntry[]): void;
  /** In place of what there is; without a value there is nothing. */
  change(entries: readonly { readonly key: string; readonly value?: Uint8Array }[]): void;
  timers(timers: readonly Timer[]): void;
  structures(structures: Uint8Array): void;
}

export interface LocalKeyedPartition<S> extends KeyedPartition<S> {
  head(): Promise<StateHead | undefined>;
  /** As in KeyedPartition, under this very epoch. Throws STATE_MOVED where the state has it or a later one already. */
  open(at?: Turn & { readonly epoch?: number }): Promise<StateHead>;
  renew(epoch: number, next?: number): Promise<number>;
  snapshot(): KeyedSnapshot;
  /**
   * Puts what `fill` gives in the place of all that was stored, in one step once it is whole; readers find the old state
   * or the new one, or for a moment none. Answers how many entries there are. Leaves everything as it was when `fill` throws. Throws STATE_MOVED as `open` does.
   */
  restore(head: StateHead, fill: (into: KeyedFill) => Promise<void>): Promise<number>;
}

export interface LocalKeyedStates<S> extends KeyedStates<S> {
  partition(partition: number): LocalKeyedPartition<S>;
}
