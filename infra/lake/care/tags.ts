/** A tag on each snapshot that a servable version was made from, so that no engine's maintenance takes it. */
import { isMarqueeError } from '../../../domain/errors.ts';
import { refIsAt, removeTag, setTag, type TableCommit } from '../catalog/commits.ts';
import type { RestCatalog } from '../catalog/rest-catalog.ts';
import type { TableMetadata } from '../catalog/table-metadata.ts';
import { isLakeTable, type LakeTable } from '../tables.ts';
import { isOurTag, tagOf, type KeptVersion } from './inputs.ts';

export interface Tagged {
  readonly table: LakeTable;
  readonly set: readonly string[];
  readonly removed: readonly string[];
  /** Versions whose snapshot is gone: they are served as before, and count from the lake anew. */
  readonly lost: readonly string[];
}

export interface TagPlan extends Tagged {
  readonly commit: TableCommit;
}

/** What makes the table's tags those of the versions. */
export function planTags(
  table: LakeTable,
  metadata: TableMetadata,
  versions: readonly KeptVersion[],
): TagPlan {
  const wanted = new Map(
    versions
      .filter(({ isServable }) => isServable)
      .flatMap(({ view, version, inputs }) =>
        inputs
          .filter((input) => input.table === table)
          .map((input) => [tagOf(view, version), input.snapshotId]),
      ),
  );
  const there = new Set(metadata.snapshots.map((one) => one['snapshot-id']));
  const at = (name: string): string | undefined => metadata.refs[name]?.['snapshot-id'];
  const [set, lost]: [string[], string[]] = [[], []];
  for (const [name, id] of wanted) {
    if (!there.has(id)) lost.push(name);
    else if (at(name) !== id) set.push(name);
  }
  // A version on its way has its tags before it is announced.
  const onTheirWay = new Set(versions.map(({ view, version }) => tagOf(view, version)));
  const removed = Object.entries(metadata.refs)
    .filter(([name, { type }]) => type === 'tag' && isOurTag(name))
    .map(([name]) => name)
    .filter((name) => !wanted.has(name) && !onTheirWay.has(name));
  return {
    ...{ table, set, removed, lost },
    commit: {
      requirements: [
        { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
        ...[...set, ...removed].map((name) => refIsAt(name, at(name) ?? null)),
      ],
      updates: [...set.map((name) => setTag(name, wanted.get(name)!)), ...removed.map(removeTag)],
    },
  };
}

export interface TagDeps {
  readonly catalog: RestCatalog;
  readonly namespace: string;
  readonly attempts: number;
}

/**
 * Sets the tag of one version on the snapshots that it was made from, before anybody may serve it; answers with the tables
 * that have lost theirs. Done again, nothing is left to do. Throws LAKE_CONFLICT, LAKE_UNAVAILABLE.
 */
export async function tagVersion(deps: TagDeps, version: KeptVersion): Promise<readonly LakeTable[]> {
  const lost: LakeTable[] = [];
  for (const { table, snapshotId } of version.inputs) {
    if (!isLakeTable(table)) continue;
    const tagged = await commitTags(deps, table, (metadata) =>
      planTag(table, metadata, tagOf(version.view, version.version), snapshotId),
    );
    if (tagged.lost.length > 0) lost.push(table);
  }
  return lost;
}

function planTag(table: LakeTable, metadata: TableMetadata, name: string, snapshotId: string): TagPlan {
  const isThere = metadata.snapshots.some((one) => one['snapshot-id'] === snapshotId);
  const at = metadata.refs[name]?.['snapshot-id'];
  const set = isThere && at !== snapshotId ? [name] : [];
  return {
    ...{ table, set, removed: [], lost: isThere ? [] : [name] },
    commit: {
      requirements: [
        { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
        ...set.map(() => refIsAt(name, at ?? null)),
      ],
      updates: set.map(() => setTag(name, snapshotId)),
    },
  };
}

/** Makes the tags those of the versions. Done again, nothing is left to do. Throws LAKE_CONFLICT where others kept changing the same tags, LAKE_UNAVAILABLE. */
export const syncTags = (
  deps: TagDeps,
  table: LakeTable,
  versions: readonly KeptVersion[],
  dryRun: boolean,
): Promise<Tagged> => commitTags(deps, table, (metadata) => planTags(table, metadata, versions), dryRun);

async function commitTags(
  { catalog, namespace, attempts }: TagDeps,
  table: LakeTable,
  plan: (metadata: TableMetadata) => TagPlan,
  dryRun = false,
): Promise<Tagged> {
  for (let attempt = 1; ; attempt++) {
    const loaded = await catalog.loadTable(namespace, table);
    if (loaded === undefined) return { table, set: [], removed: [], lost: [] };
    const { commit, ...tagged } = plan(loaded.metadata);
    if (dryRun || commit.updates.length === 0) return tagged;
    try {
      await catalog.commit(namespace, table, commit);
      return tagged;
    } catch (error) {
      if (!isMarqueeError(error, 'LAKE_CONFLICT') || attempt >= attempts) throw error;
    }
  }
}
