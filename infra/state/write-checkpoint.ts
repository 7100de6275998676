/** What a checkpoint's parts hold: all of a snapshot, or what changed since the one before. Never more than a part in memory. */
import { DAY_MS, type EpochMs } from '../../domain/time.ts';
import { isBlank, logTimeIn, type Manifest, type PartInfo, type PartKind } from './checkpoint-manifest.ts';
import { rowBytes, type PartRow } from './checkpoint-part.ts';
import type { KeyedSnapshot } from './local-keyed-state.ts';

/** Keys that changed, each with its timer; 'all' where it is not known which. */
export type Changes = Map<string, EpochMs | undefined> | 'all';

/**
 * What becomes of the checkpoint that the next base takes the place of. `dropped`: what it holds may not be found again, or
 * cannot. `passing`: it may hold what was forgotten on this machine since, so it stays for one more checkpoint alone.
 * `spared`: the newest is gone, so that the one before it stays what there is until there is a newest again.
 */
export type Former = 'kept' | 'passing' | 'spared' | 'dropped';

export interface Unwritten {
  changes: Changes;
  former: Former;
}

const FORMERS: readonly Former[] = ['kept', 'passing', 'spared', 'dropped'];

/** `later` came while what was tried to be written failed. */
export function together(earlier: Unwritten, later: Unwritten): Unwritten {
  const former = FORMERS[Math.max(FORMERS.indexOf(earlier.former), FORMERS.indexOf(later.former))]!;
  if (earlier.changes === 'all' || later.changes === 'all') return { changes: 'all', former };
  return { changes: new Map([...earlier.changes, ...later.changes]), former };
}

export type WritePart = (kind: PartKind, rows: readonly PartRow[]) => Promise<PartInfo>;

export interface PartLimits {
  /** Rows are put into parts of about so many bytes before compression. */
  readonly partBytes: number;
  /** Parts after which all is written anew, so that a restore reads few objects. */
  readonly maxParts: number;
}

/** Of log time: well within what clean topics keep, so that what the one before lacks is there to be folded again. */
const OLDEST_BEFORE_MS = DAY_MS;

/**
 * Whether all is to be written anew so that there is a checkpoint to go on from besides the newest, with parts of its own,
 * and none that the log has left behind: once a partition `isQuiet`, both say the same.
 */
export function isBeforeDue(
  before: Manifest | undefined,
  newest: Manifest,
  { positions, commits }: Pick<KeyedSnapshot, 'positions' | 'commits'>,
  isQuiet: boolean,
): boolean {
  if (isBlank({ positions })) return false;
  if (before === undefined || isBlank(before) || before.isPassing === true) return true;
  if (before.parts.length > 0 && before.parts[0]?.key === newest.parts[0]?.key) return true;
  if (isQuiet) return before.commits !== commits;
  return logTimeIn(positions) - logTimeIn(before.positions) > OLDEST_BEFORE_MS;
}

/** Whether to write all anew: when the changes outgrow the rest, a restore reads at most twice what it must. */
export function isBaseDue(parts: readonly PartInfo[], changes: Changes, { maxParts }: PartLimits): boolean {
  if (changes === 'all') return true;
  let changed = 0;
  let rest = 0;
  let changesParts = 0;
  for (const { kind, bytes } of parts) {
    if (kind !== 'changes') rest += bytes;
    else {
      changed += bytes;
      changesParts += 1;
    }
  }
  return changed > rest || changesParts >= maxParts;
}

/** Writes all of it. Stops between parts, throwing the signal's reason, once that is aborted. */
export async function writeBase(
  snapshot: KeyedSnapshot,
  write: WritePart,
  { partBytes }: PartLimits,
  signal: AbortSignal,
): Promise<PartInfo[]> {
  const timers = mapped(snapshot.timers(), ({ key, time }): PartRow => ({ key, time }));
  return [
    ...(await writeAll('entries', snapshot.entries(), write, partBytes, signal)),
    ...(await writeAll('timers', timers, write, partBytes, signal)),
  ];
}

/** Writes what the keys that changed hold now. Stops as `writeBase` does. */
export function writeChanges(
  snapshot: KeyedSnapshot,
  changes: ReadonlyMap<string, EpochMs | undefined>,
  write: WritePart,
  { partBytes }: PartLimits,
  signal: AbortSignal,
): Promise<PartInfo[]> {
  const rows = mapped(changes, ([key, time]): PartRow => {
    const value = snapshot.value(key);
    if (value === undefined) return { key };
    return time === undefined ? { key, value } : { key, value, time };
  });
  return writeAll('changes', rows, write, partBytes, signal);
}

async function writeAll(
  kind: PartKind,
  rows: Iterable<PartRow>,
  write: WritePart,
  partBytes: number,
  signal: AbortSignal,
): Promise<PartInfo[]> {
  const parts: PartInfo[] = [];
  let waiting: PartRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    waiting.push(row);
    bytes += rowBytes(row);
    if (bytes < partBytes) continue;
    signal.throwIfAborted();
    parts.push(await write(kind, waiting));
    waiting = [];
    bytes = 0;
  }
  signal.throwIfAborted();
  if (waiting.length > 0) parts.push(await write(kind, waiting));
  return parts;
}

function* mapped<A, B>(from: Iterable<A>, to: (one: A) => B): Iterable<B> {
  for (const one of from) yield to(one);
}
