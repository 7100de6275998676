/**
 * What a checkpoint of a partition consists of: an object that is swapped by compare-and-swap. Its first line is the
 * SHA-256 of the second, which is JSON.
 */
import type { EpochMs } from '../../domain/time.ts';
import type { LogPositions } from './keyed-state.ts';
import { sha256Of } from './checkpoint-part.ts';

/**
 * `entries`: each key once, with its value. `timers`: of those, a row each. `changes`: what was said of a key before,
 * its timer too, holds no longer.
 */
export type PartKind = 'entries' | 'timers' | 'changes';

export interface PartInfo {
  readonly key: string;
  readonly kind: PartKind;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Manifest {
  readonly fold: string;
  readonly foldVersion: number;
  /** Of whoever took the partition last: what earlier owners have stored on their own since is not what was gone on from. */
  readonly epoch: number;
  readonly owner: string;
  /** Of all topics; none where there is nothing yet. */
  readonly positions: LogPositions;
  /** Commits that led there. */
  readonly commits: number;
  /** What encoded values have in common, in base64. */
  readonly structures?: string;
  /** In the order in which they were written. */
  readonly parts: readonly PartInfo[];
  /** In a manifest without positions: there was a checkpoint, and nobody could read it. */
  readonly isLost?: boolean;
  /** In the one before: may hold what was forgotten since, and goes with the next checkpoint. */
  readonly isPassing?: boolean;
}

/** Whether nothing can be gone on from here. */
export const isBlank = ({ positions }: Pick<Manifest, 'positions'>): boolean =>
  Object.keys(positions).length === 0;

/** Log time up to which any topic was read; 0 where none was. */
export const logTimeIn = (positions: LogPositions): EpochMs =>
  Math.max(0, ...Object.values(positions).map(({ logTime }) => logTime));

export function encodeManifest(manifest: Manifest): Uint8Array {
  const json = JSON.stringify(manifest);
  return Buffer.from(`${sha256Of(Buffer.from(json))}\n${json}`);
}

/** Throws RangeError unless the bytes are a whole manifest of this fold in this version. */
export function decodeManifest(
  bytes: Uint8Array,
  { fold, foldVersion }: Pick<Manifest, 'fold' | 'foldVersion'>,
): Manifest {
  const text = Buffer.from(bytes).toString('utf8');
  const end = text.indexOf('\n');
  const json = text.slice(end + 1);
  if (end < 0 || sha256Of(Buffer.from(json)) !== text.slice(0, end))
    throw new RangeError('checksum does not match');
  const manifest = JSON.parse(json) as Manifest;
  if (manifest.fold === fold && manifest.foldVersion === foldVersion) return manifest;
  throw new RangeError(
    `it is of ${manifest.fold} in version ${manifest.foldVersion}, this is ${fold} in version ${foldVersion}`,
  );
}
