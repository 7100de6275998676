/** Port: the extractor's state of one raw partition, always one with its position in the log. */
import type { EpochMs } from '../../domain/time.ts';

export interface ExtractPosition {
  /** Next raw offset to be read. */
  readonly position: number;
  /** The log's time there. */
  readonly logTime: EpochMs;
}

export interface ExtractCommit extends ExtractPosition {
  /** Where the state stood when this was worked out; null before the first commit. */
  readonly expected: number | null;
  /** Keys sighted since, with log time. */
  readonly seen: ReadonlyMap<string, EpochMs>;
  /** Sightings before this log time can be forgotten. */
  readonly forgetBefore: EpochMs;
}

export interface ExtractState {
  load(partition: number): Promise<ExtractPosition | undefined>;
  /** Next raw offset of the stored state as it is now; null where there is none. */
  standsAt(partition: number): number | null;
  lastSeen(partition: number, key: string): EpochMs | undefined;
  /** One atomic write. Throws STATE_MOVED, having written nothing, when the state does not stand at `expected`. */
  commit(partition: number, commit: ExtractCommit): Promise<void>;
}
