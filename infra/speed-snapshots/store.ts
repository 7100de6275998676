/**
 * Snapshots of what a reader of the speed view holds, in the object store, for readers that start: parts under the
 * snapshot's own prefix, then the manifest, swapped by compare-and-swap. They save work and are never needed: whatever is
 * wrong with one, it is ignored with a log line and the topic is read.
 */
import { createHash, randomUUID } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import { isMarqueeError, MarqueeError } from '../../domain/errors.ts';
import type { InGeneration } from '../../domain/generations.ts';
import type { Region } from '../../domain/ids.ts';
import { decodeLane, decodeSums, encodeLane, encodeSums } from '../../domain/speed-snapshot.ts';
import { sumUp, type LaneState, type SpeedState } from '../../domain/speed-totals.ts';
import type { Log } from '../log.ts';
import type { ObjectStore } from '../object-store/port.ts';
import { parseSnapshot, serialiseSnapshot, type SnapshotManifest, type SnapshotPart } from './manifest.ts';

export interface SpeedSnapshot {
  readonly state: SpeedState;
  /** Where reading goes on, by partition of the speed view. */
  readonly positions: ReadonlyMap<number, number>;
}

/** What is written: the sums are worked out on the way. */
export interface TakenSnapshot {
  readonly lanes: readonly LaneState[];
  readonly positions: ReadonlyMap<number, number>;
}

export interface SpeedSnapshots {
  /** The newest; undefined where there is none that can be used. Never throws. */
  load(): Promise<SpeedSnapshot | undefined>;
  /**
   * Writes one, unless the newest is younger than `everyMs` or somebody else is writing; `take` is asked for what to write
   * only then. Throws OBJECT_STORE_UNAVAILABLE and what else the store throws.
   */
  write(take: () => TakenSnapshot): Promise<'written' | 'young' | 'taken' | 'large'>;
}

export interface SpeedSnapshotsOptions {
  readonly store: ObjectStore;
  readonly region: Region;
  readonly shape: InGeneration;
  readonly everyMs: number;
  /** Older ones are ignored: past the topic's memory of tombstones, a reader would not hear what was cleared up. */
  readonly maxAgeMs: number;
  readonly maxBytes: number;
  readonly log: Log;
  readonly now?: () => number;
}

const SUMS = 'sums';
/** How long a writer may take before another begins. */
const CLAIM_MS = 120_000;
/** Parts that are fetched at a time. */
const AT_ONCE = 4;

export function createSpeedSnapshots(options: SpeedSnapshotsOptions): SpeedSnapshots {
  const { store, shape, everyMs, maxAgeMs, maxBytes, log, now = Date.now } = options;
  const prefix = `${options.region}/speed-snapshots/${shape.generation}`;
  const manifestKey = `${prefix}/manifest.json`;
  const keyOf = (id: string, name: string): string => `${prefix}/${id}/${name}`;

  const refuse = (reason: string): never => {
    throw new MarqueeError('CHECKPOINT_CORRUPT', { key: manifestKey, reason });
  };

  const read = async (): Promise<{ manifest: SnapshotManifest; etag: string } | undefined> => {
    const held = await store.get(manifestKey);
    return held && { manifest: parseSnapshot(new TextDecoder().decode(held.body), refuse), etag: held.etag };
  };

  const fetchPart = async (id: string, { name, bytes, sha256 }: SnapshotPart): Promise<Uint8Array> => {
    const body = (await store.get(keyOf(id, name)))?.body;
    if (body === undefined) return refuse(`part ${name} is missing`);
    if (body.length !== bytes || sha256Of(body) !== sha256) return refuse(`part ${name} is torn`);
    return body;
  };

  const assemble = async (manifest: SnapshotManifest): Promise<SpeedSnapshot> => {
    const { id, parts, positions } = manifest;
    refuseMisfit(manifest, shape, refuse);
    const ageMs = now() - manifest.writtenAt;
    if (ageMs > maxAgeMs) refuse(`it is ${Math.round(ageMs / 1000)} s old`);
    if (sizeOf(parts) > maxBytes) refuse(`it has ${sizeOf(parts)} bytes`);
    const lanes: LaneState[] = [];
    let sums: SpeedState['sums'] | undefined;
    for (let first = 0; first < parts.length; first += AT_ONCE) {
      const some = parts.slice(first, first + AT_ONCE);
      const bodies = await Promise.all(some.map((part) => fetchPart(id, part)));
      for (const [i, body] of bodies.entries()) {
        if (some[i]!.name === SUMS) sums = decodeSums(body);
        else lanes.push(decodeLane(body));
        await breathe();
      }
    }
    const known = positions.flatMap((at, partition) => (at === null ? [] : [[partition, at] as const]));
    return { state: { lanes, sums: sums ?? refuse('the sums are missing') }, positions: new Map(known) };
  };

  /** True for at most one process at a time. */
  const claim = async (): Promise<boolean> => {
    const key = `${prefix}/claim.json`;
    const held = await store.get(key);
    if (held !== undefined && untilOf(held.body) > now()) return false;
    const body = new TextEncoder().encode(JSON.stringify({ until: now() + CLAIM_MS, by: randomUUID() }));
    try {
      await store.put(key, body, held === undefined ? { ifAbsent: true } : { ifMatch: held.etag });
      return true;
    } catch (error) {
      if (isMarqueeError(error, 'OBJECT_PRECONDITION_FAILED')) return false;
      throw error;
    }
  };

  const clear = async (id: string): Promise<void> => {
    for (const { key } of await store.list(`${prefix}/${id}/`)) await store.delete(key);
  };

  /** What writers that were killed left behind goes as well. */
  const clearBut = async (ids: readonly string[]): Promise<void> => {
    for (const { key } of await store.list(`${prefix}/`)) {
      const [id, part] = key.slice(prefix.length + 1).split('/');
      if (part !== undefined && !ids.includes(id!)) await store.delete(key);
    }
  };

  const put = async (id: string, { lanes }: TakenSnapshot): Promise<readonly SnapshotPart[] | undefined> => {
    const parts: SnapshotPart[] = [];
    const add = async (name: string, body: Uint8Array): Promise<void> => {
      await store.put(keyOf(id, name), body);
      parts.push({ name, bytes: body.length, sha256: sha256Of(body) });
    };
    for (const lane of lanes) {
      await add(`${lane.topic}-${lane.partition}`, await inSlices(encodeLane(lane)));
      if (sizeOf(parts) > maxBytes) return undefined;
    }
    await add(SUMS, await inSlices(encodeSums(await inSlices(sumUp(lanes, shape)))));
    return parts;
  };

  return {
    async load() {
      try {
        const found = await read();
        return found && (await assemble(found.manifest));
      } catch (error) {
        log.warn({ err: error }, 'snapshot of the speed view is ignored: the topic is read');
        return undefined;
      }
    },
    async write(take) {
      const held = await store.get(manifestKey);
      const before = held && readable(new TextDecoder().decode(held.body));
      if (before !== undefined && now() - before.writtenAt < everyMs) return 'young';
      if (!(await claim())) return 'taken';
      const id = randomUUID();
      const snapshot = take();
      const parts = await put(id, snapshot);
      if (parts === undefined) {
        await clear(id);
        return 'large';
      }
      const { partitions, blockSize } = shape;
      const positions = Array.from({ length: 2 * partitions }, (_, at) => snapshot.positions.get(at) ?? null);
      const manifest = {
        id,
        before: before?.id ?? null,
        writtenAt: now(),
        partitions,
        blockSize,
        positions,
        parts,
      };
      const body = new TextEncoder().encode(serialiseSnapshot(manifest));
      try {
        await store.put(manifestKey, body, held === undefined ? { ifAbsent: true } : { ifMatch: held.etag });
      } catch (error) {
        if (!isMarqueeError(error, 'OBJECT_PRECONDITION_FAILED')) throw error;
        await clear(id);
        return 'taken';
      }
      // Whoever began to read the one before may still be at it.
      await clearBut([id, manifest.before ?? id]);
      return 'written';
    },
  };
}

function refuseMisfit(
  { partitions, blockSize, positions }: SnapshotManifest,
  shape: InGeneration,
  refuse: (reason: string) => never,
): void {
  if (blockSize !== shape.blockSize) refuse(`it is of blocks of ${blockSize}, not ${shape.blockSize}`);
  if (partitions !== shape.partitions || positions.length !== 2 * partitions)
    refuse(`it is of ${partitions} partitions, not ${shape.partitions}`);
}

/** One that cannot be read is as good as none: the next takes its place. */
function readable(text: string): SnapshotManifest | undefined {
  try {
    return parseSnapshot(text, (reason) => {
      throw new RangeError(reason);
    });
  } catch {
    return undefined;
  }
}

function untilOf(body: Uint8Array): number {
  try {
    const { until } = JSON.parse(new TextDecoder().decode(body)) as { readonly until?: unknown };
    return typeof until === 'number' ? until : 0;
  } catch {
    return 0;
  }
}

async function inSlices<T>(work: Generator<void, T>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await breathe();
  }
}

const sizeOf = (parts: readonly SnapshotPart[]): number => parts.reduce((sum, { bytes }) => sum + bytes, 0);
const sha256Of = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex');
