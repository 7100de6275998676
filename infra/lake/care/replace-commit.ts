/**
 * Puts new files in the place of old ones in one commit of operation `replace`: the same rows, laid out otherwise (Iceberg
 * table spec, "Snapshots"). DuckDB writes no such commits, so manifests are written here.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { isMarqueeError, MarqueeError } from '../../../domain/errors.ts';
import { refIsAt } from '../catalog/commits.ts';
import {
  CONTENT,
  describeManifest,
  STATUS,
  writeManifest,
  writeManifestList,
  type DataFile,
  type ManifestEntry,
  type ManifestFile,
  type ManifestHead,
} from '../catalog/manifests.ts';
import type { RestCatalog, TableName } from '../catalog/rest-catalog.ts';
import {
  currentSchema,
  currentSnapshot,
  defaultSpec,
  MAIN,
  type LoadedTable,
  type Snapshot,
} from '../catalog/table-metadata.ts';
import type { LakeFiles } from './lake-files.ts';
import { isLive, type ManifestReader, type ReadManifest } from './table-state.ts';

/** Files that go and files that come, of one hour. */
export interface Replacement {
  readonly hour: number;
  readonly removed: readonly DataFile[];
  /** Files of deletes that the new files obey. */
  readonly deletes: readonly DataFile[];
  readonly added: readonly DataFile[];
}

export interface Replaced {
  /** Undefined where nothing was left to do. */
  readonly snapshotId: string | undefined;
  readonly replaced: readonly Replacement[];
  /** Whose files somebody else changed meanwhile: their new files are of no use. */
  readonly overtaken: readonly Replacement[];
}

export interface ReplaceDeps {
  readonly catalog: RestCatalog;
  readonly files: LakeFiles;
  readonly manifests: ManifestReader;
  readonly attempts: number;
  readonly now: () => number;
  /** Told of each commit that others came before. */
  readonly onConflict?: () => void;
}

/** Entries of one manifest. */
const MOST_ENTRIES = 4000;

/**
 * Others may commit at the same time: what they changed is kept, and an hour whose files they changed is left out. Throws
 * LAKE_CONFLICT after so many tries, LAKE_UNAVAILABLE when nobody can say whether it was done: then nothing that was added
 * may be removed.
 */
export async function commitReplacements(
  deps: ReplaceDeps,
  { namespace, table }: TableName,
  wanted: readonly Replacement[],
  hourName: string,
): Promise<Replaced> {
  const tried: string[] = [];
  const lost: Replacement[] = [];
  let left = wanted;
  let unknown: MarqueeError | undefined;
  for (let attempt = 1; ; attempt++) {
    const loaded = await loadAgain(deps, { namespace, table });
    const done = tried.find((id) => loaded.metadata.snapshots.some((one) => one['snapshot-id'] === id));
    if (done !== undefined) return { snapshotId: done, replaced: left, overtaken: lost };
    const base = currentSnapshot(loaded.metadata);
    const manifests = base === undefined ? [] : await deps.manifests.manifestsOf(base);
    const [replaced, overtaken] = stillAsPlanned(manifests, left, hourName);
    lost.push(...overtaken);
    left = replaced;
    if (base === undefined || replaced.length === 0)
      return { snapshotId: undefined, replaced: [], overtaken: wanted };
    const snapshot = await writeSnapshot(deps, loaded, base, manifests, replaced);
    tried.push(snapshot['snapshot-id']);
    try {
      await deps.catalog.commit(namespace, table, {
        requirements: [
          { type: 'assert-table-uuid', uuid: loaded.metadata['table-uuid'] },
          refIsAt(MAIN, base['snapshot-id']),
        ],
        updates: [
          { action: 'add-snapshot', snapshot },
          {
            action: 'set-snapshot-ref',
            'ref-name': MAIN,
            type: 'branch',
            'snapshot-id': snapshot['snapshot-id'],
          },
        ],
      });
      return { snapshotId: snapshot['snapshot-id'], replaced, overtaken: lost };
    } catch (error) {
      if (!isMarqueeError(error) || !error.retryable) throw error;
      if (error.code !== 'LAKE_CONFLICT') unknown = error;
      // A try that nobody answered may be what the last one met.
      if (attempt >= deps.attempts) throw unknown ?? error;
      deps.onConflict?.();
    }
  }
}

async function loadAgain(deps: ReplaceDeps, { namespace, table }: TableName): Promise<LoadedTable> {
  const loaded = await deps.catalog.loadTable(namespace, table);
  if (loaded === undefined) throw new MarqueeError('INTERNAL', { reason: `table ${table} is gone` });
  return loaded;
}

/** Splits what is wanted by whether the hour still has the very files that were made anew, and no deletes beyond those. */
function stillAsPlanned(
  manifests: readonly ReadManifest[],
  wanted: readonly Replacement[],
  hourName: string,
): [Replacement[], Replacement[]] {
  const live = manifests.flatMap(({ entries }) => entries.filter(isLive)).map(({ data_file }) => data_file);
  const paths = new Set(live.map(({ file_path }) => file_path));
  const deletesOf = Map.groupBy(
    live.filter(({ content }) => content !== CONTENT.data),
    ({ partition }) => partition[hourName],
  );
  const stands = ({ hour, removed, deletes }: Replacement): boolean =>
    [...removed, ...deletes].every(({ file_path }) => paths.has(file_path)) &&
    (deletesOf.get(hour)?.length ?? 0) === deletes.length;
  return [wanted.filter(stands), wanted.filter((one) => !stands(one))];
}

async function writeSnapshot(
  deps: ReplaceDeps,
  { metadata }: LoadedTable,
  base: Snapshot,
  manifests: readonly ReadManifest[],
  replaced: readonly Replacement[],
): Promise<Snapshot> {
  const [schema, spec] = [currentSchema(metadata), defaultSpec(metadata)];
  if (schema === undefined || spec === undefined)
    throw new MarqueeError('INTERNAL', {
      reason: 'a table without a schema or partitions cannot be laid out anew',
    });
  // Whole for readers whose numbers are doubles as well.
  const snapshotId = randomBytes(8).readBigUInt64BE() >> 12n;
  const sequence = BigInt(metadata['last-sequence-number'] + 1);
  const folder = `${metadata.location.replace(/\/$/, '')}/metadata`;
  const gone = new Set(
    replaced.flatMap((one) => [...one.removed, ...one.deletes]).map((file) => file.file_path),
  );
  const touched = (one: ReadManifest): boolean =>
    one.entries.some(({ data_file }) => gone.has(data_file.file_path));
  const hasLive = (one: ReadManifest): boolean => one.entries.some(isLive);
  const lines: ManifestFile[] = manifests
    .filter((one) => !touched(one) && hasLive(one))
    .map(({ file }) => file);

  const put = async (entries: readonly ManifestEntry[], head: ManifestHead): Promise<void> => {
    for (let from = 0; from < entries.length; from += MOST_ENTRIES) {
      const some = entries.slice(from, from + MOST_ENTRIES);
      const bytes = writeManifest(some, head);
      const path = `${folder}/${randomUUID()}-m0.avro`;
      await deps.files.put(path, bytes);
      lines.push(describeManifest(some, head, { path, length: bytes.length, snapshotId, sequence }));
    }
  };
  for (const content of [CONTENT.data, CONTENT.deletes]) {
    const of = manifests.filter((one) => touched(one) && one.file.content === content);
    const live = of.flatMap(({ entries }) => entries.filter(isLive));
    const head = { schema, spec, content };
    const [leaving, staying] = [
      live.filter(({ data_file }) => gone.has(data_file.file_path)),
      live.filter(({ data_file }) => !gone.has(data_file.file_path)),
    ];
    await put(
      staying.map((entry) => ({ ...entry, status: STATUS.existing })),
      head,
    );
    await put(
      // Without bounds: they are values of rows, which may be gone for a reason.
      leaving.map(({ data_file, ...entry }) => ({
        ...entry,
        ...{ status: STATUS.deleted, snapshot_id: snapshotId },
        data_file: { ...data_file, lower_bounds: null, upper_bounds: null },
      })),
      head,
    );
  }
  const added = replaced.flatMap((one) => one.added);
  await put(
    added.map((data_file) => ({
      ...{ status: STATUS.added, snapshot_id: snapshotId, data_file },
      ...{ sequence_number: sequence, file_sequence_number: sequence },
    })),
    { schema, spec, content: CONTENT.data },
  );
  const list = `${folder}/snap-${snapshotId}-1-${randomUUID()}.avro`;
  const parentId = BigInt(base['snapshot-id']);
  await deps.files.put(list, writeManifestList(lines, { snapshotId, parentId, sequence }));
  return {
    'snapshot-id': String(snapshotId),
    'parent-snapshot-id': base['snapshot-id'],
    'sequence-number': Number(sequence),
    'timestamp-ms': Math.max(deps.now(), metadata['last-updated-ms'] + 1),
    'manifest-list': list,
    'schema-id': schema['schema-id'],
    summary: summaryOf(manifests, replaced),
  };
}

/** Names and texts as the spec's appendix on optional snapshot summary fields has them. */
function summaryOf(
  manifests: readonly ReadManifest[],
  replaced: readonly Replacement[],
): Snapshot['summary'] {
  const before = manifests.flatMap(({ entries }) => entries.filter(isLive)).map(({ data_file }) => data_file);
  const [removed, deletes, added] = [
    replaced.flatMap((one) => one.removed),
    replaced.flatMap((one) => one.deletes),
    replaced.flatMap((one) => one.added),
  ];
  const ofContent = (list: readonly DataFile[], isData: boolean) =>
    list.filter(({ content }) => (content === CONTENT.data) === isData);
  const rows = (list: readonly DataFile[]): number =>
    list.reduce((sum, { record_count }) => sum + Number(record_count), 0);
  const bytes = (list: readonly DataFile[]): number =>
    list.reduce((sum, { file_size_in_bytes }) => sum + Number(file_size_in_bytes), 0);
  const [data, deleteFiles] = [ofContent(before, true), ofContent(before, false)];
  const figures = {
    'added-data-files': added.length,
    'deleted-data-files': removed.length,
    'removed-delete-files': deletes.length,
    'added-records': rows(added),
    'deleted-records': rows(removed),
    'added-files-size': bytes(added),
    'removed-files-size': bytes([...removed, ...deletes]),
    'changed-partition-count': replaced.length,
    'total-data-files': data.length + added.length - removed.length,
    'total-delete-files': deleteFiles.length - deletes.length,
    'total-records': rows(data) + rows(added) - rows(removed),
    'total-files-size': bytes(before) + bytes(added) - bytes([...removed, ...deletes]),
  };
  return {
    operation: 'replace',
    ...Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, String(value)])),
  };
}
