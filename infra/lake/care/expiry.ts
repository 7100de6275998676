/** Removes snapshots that nobody reads any more. Their files become orphans, which go later. */
import { isMarqueeError, MarqueeError } from '../../../domain/errors.ts';
import type { EpochMs } from '../../../domain/time.ts';
import { refIsAt, removeSnapshots } from '../catalog/commits.ts';
import { currentSnapshot, MAIN, type TableMetadata } from '../catalog/table-metadata.ts';
import type { LakeTable } from '../tables.ts';
import type { KeptVersion } from './inputs.ts';
import { planTags, type TagDeps } from './tags.ts';

export interface ExpiryRules {
  /** Longer than any run takes: what it reads was the newest when it began. */
  readonly keepMs: number;
  readonly asOf: EpochMs;
}

export interface Expiry {
  readonly table: LakeTable;
  /** Removed, or to be removed, the oldest first. */
  readonly expired: readonly string[];
  readonly kept: number;
}

/** Snapshots of one commit. */
const MOST_SNAPSHOTS = 500;

/**
 * Never among them: what a tag or branch names, whoever set it; what a version was made from that is kept; the newest; and
 * what was the newest at any time within `keepMs`, since a run that began then may read it still.
 */
export function expirableSnapshots(
  metadata: TableMetadata,
  versions: readonly KeptVersion[],
  { keepMs, asOf }: ExpiryRules,
): string[] {
  const kept = new Set([
    ...Object.values(metadata.refs).map((ref) => ref['snapshot-id']),
    ...versions.flatMap(({ inputs }) => inputs.map(({ snapshotId }) => snapshotId)),
    currentSnapshot(metadata)?.['snapshot-id'],
  ]);
  const oldestFirst = metadata.snapshots.toSorted((a, b) => a['sequence-number'] - b['sequence-number']);
  return oldestFirst
    .filter((one, at) => {
      const next = oldestFirst[at + 1];
      return next !== undefined && next['timestamp-ms'] <= asOf - keepMs && !kept.has(one['snapshot-id']);
    })
    .map((one) => one['snapshot-id']);
}

/**
 * May be repeated after a crash at any point. Refuses with INTERNAL while a servable version's snapshot has no tag: those
 * are set first. Throws LAKE_CONFLICT where others kept committing, LAKE_UNAVAILABLE.
 */
export async function expireSnapshots(
  { catalog, namespace, attempts }: TagDeps,
  table: LakeTable,
  versions: readonly KeptVersion[],
  rules: ExpiryRules & { readonly dryRun: boolean },
): Promise<Expiry> {
  const expired: string[] = [];
  for (let conflicts = 0; ;) {
    const loaded = await catalog.loadTable(namespace, table);
    if (loaded === undefined) return { table, expired, kept: 0 };
    const { metadata } = loaded;
    const found = expirableSnapshots(metadata, versions, rules);
    if (rules.dryRun) return { table, expired: found, kept: metadata.snapshots.length - found.length };
    if (found.length === 0) return { table, expired, kept: metadata.snapshots.length };
    const untagged = planTags(table, metadata, versions).set;
    if (untagged.length > 0)
      throw new MarqueeError('INTERNAL', { reason: `${table}: ${untagged.join(', ')} have no tag yet` });
    const some = found.slice(0, MOST_SNAPSHOTS);
    // Whoever moves or removes a tag meanwhile is looked at first.
    const refs = Object.entries(metadata.refs).filter(([name]) => name !== MAIN);
    try {
      await catalog.commit(namespace, table, {
        requirements: [
          { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
          ...refs.map(([name, ref]) => refIsAt(name, ref['snapshot-id'])),
        ],
        updates: [removeSnapshots(some)],
      });
      expired.push(...some);
    } catch (error) {
      conflicts += 1;
      if (!isMarqueeError(error, 'LAKE_CONFLICT') || conflicts >= attempts) throw error;
    }
  }
}
