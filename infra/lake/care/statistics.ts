/** What a table is made of, as its current snapshot has it. */
import { HOUR_MS, type EpochMs } from '../../../domain/time.ts';
import { CONTENT, type DataFile } from '../catalog/manifests.ts';
import { currentSnapshot, defaultSpec, type TableMetadata } from '../catalog/table-metadata.ts';
import type { LakeTable } from '../tables.ts';
import { planCompaction, sealedBeforeOf, type CompactionRules } from './compaction-plan.ts';
import { isLive, type ReadManifest } from './table-state.ts';

export interface TableStatistics {
  readonly table: LakeTable;
  readonly dataFiles: number;
  readonly deleteFiles: number;
  readonly bytes: number;
  /** Those that were deleted taken off. */
  readonly rows: number;
  readonly manifests: number;
  readonly snapshots: number;
  /** ISO instants of append time's first and last hour; null while the table is empty. */
  readonly firstHour: string | null;
  readonly lastHour: string | null;
  readonly hours: number;
  readonly smallFiles: number;
  /** Small files of the hour that has most of them. */
  readonly mostSmallFiles: number;
  /** Sealed hours that the next compaction makes anew, and when the oldest of them begins; null where there is none. */
  readonly hoursToCompact: number;
  readonly oldestToCompact: string | null;
  /** When the oldest snapshot that is kept was made. */
  readonly oldestSnapshot: string | null;
  readonly tags: number;
  readonly oldestTag: { readonly name: string; readonly snapshotId: string; readonly madeAt: string } | null;
}

const instant = (ms: number): string => new Date(ms).toISOString();

/** What decides which hours are compacted. */
export interface Sealing {
  readonly rules: CompactionRules;
  readonly sealAfterMs: number;
  readonly asOf: EpochMs;
}

export function describeTable(
  table: LakeTable,
  metadata: TableMetadata,
  manifests: readonly ReadManifest[],
  sealing: Sealing,
): TableStatistics {
  const live = manifests.flatMap(({ entries }) => entries.filter(isLive)).map(({ data_file }) => data_file);
  const data = live.filter(({ content }) => content === CONTENT.data);
  const deletes = live.filter(({ content }) => content !== CONTENT.data);
  const hourName = defaultSpec(metadata)?.fields[0]?.name ?? '';
  const byHour = Map.groupBy(data, ({ partition }) => partition[hourName] ?? null);
  const hours = [...byHour.keys()].filter((hour) => hour !== null);
  const small = [...byHour.values()].map(
    (files) => files.filter(({ file_size_in_bytes }) => file_size_in_bytes < sealing.rules.smallBytes).length,
  );
  const toCompact = hoursToCompact(live, hourName, sealing);
  const sum = (list: typeof live, of: 'record_count' | 'file_size_in_bytes'): number =>
    list.reduce((total, file) => total + Number(file[of]), 0);
  const times = new Map(metadata.snapshots.map((one) => [one['snapshot-id'], one['timestamp-ms']]));
  const tags = Object.entries(metadata.refs)
    .filter(([, { type }]) => type === 'tag')
    .map(([name, ref]) => ({
      name,
      snapshotId: ref['snapshot-id'],
      madeMs: times.get(ref['snapshot-id']) ?? 0,
    }))
    .sort((a, b) => a.madeMs - b.madeMs);
  const oldest = tags[0];
  const ends = (pick: (...values: number[]) => number): string | null =>
    hours.length === 0 ? null : instant(hours.reduce((a, b) => pick(a, b)) * HOUR_MS);
  return {
    table,
    dataFiles: data.length,
    deleteFiles: deletes.length,
    bytes: sum(live, 'file_size_in_bytes'),
    rows: sum(data, 'record_count') - sum(deletes, 'record_count'),
    manifests: currentSnapshot(metadata) === undefined ? 0 : manifests.length,
    snapshots: metadata.snapshots.length,
    firstHour: ends(Math.min),
    lastHour: ends(Math.max),
    hours: hours.length,
    smallFiles: small.reduce((total, count) => total + count, 0),
    mostSmallFiles: small.reduce((most, count) => Math.max(most, count), 0),
    hoursToCompact: toCompact.length,
    oldestToCompact: toCompact[0] === undefined ? null : instant(toCompact[0] * HOUR_MS),
    oldestSnapshot: times.size === 0 ? null : instant(Math.min(...times.values())),
    tags: tags.length,
    oldestTag:
      oldest === undefined
        ? null
        : { name: oldest.name, snapshotId: oldest.snapshotId, madeAt: instant(oldest.madeMs) },
  };
}

/** Hours since the epoch, the oldest first, however many one commit takes. */
function hoursToCompact(
  live: readonly DataFile[],
  hourName: string,
  { rules, sealAfterMs, asOf }: Sealing,
): number[] {
  const sealedBefore = sealedBeforeOf(live, hourName, asOf, sealAfterMs);
  const all = { ...rules, mostHours: Infinity, mostBytes: Infinity };
  return planCompaction(live, hourName, sealedBefore, all).hours.map(({ hour }) => hour);
}
