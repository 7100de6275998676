/** Files in a table's folder that no snapshot names: left by commits that were never made, and by snapshots that expired. */
import type { EpochMs } from '../../../domain/time.ts';
import type { ObjectStore } from '../../object-store/port.ts';
import type { RestCatalog } from '../catalog/rest-catalog.ts';
import type { ManifestFile } from '../catalog/manifests.ts';
import type { LoadedTable } from '../catalog/table-metadata.ts';
import type { LakeTable } from '../tables.ts';
import type { LakeFiles } from './lake-files.ts';
import { fewAtOnce, isLive, type ManifestReader } from './table-state.ts';

export interface Orphan {
  readonly path: string;
  readonly bytes: number;
  /** ISO instant at which it was first found so. */
  readonly since: string;
  /** It was found so long enough ago to go. */
  readonly isDue: boolean;
}

export interface Orphans {
  readonly table: LakeTable;
  /** Files in the folder. */
  readonly files: number;
  readonly found: readonly Orphan[];
  readonly removed: number;
  readonly removedBytes: number;
}

export interface OrphanDeps {
  readonly catalog: RestCatalog;
  readonly namespace: string;
  readonly files: LakeFiles;
  readonly manifests: ManifestReader;
  readonly notes: OrphanNotes;
  /** Longer than any commit takes from its first file on. */
  readonly ageMs: number;
}

/** Files removed at a time. */
const AT_ONCE = 16;

/** When each file was first found to be nobody's, by path, milliseconds since the epoch. */
export interface OrphanNotes {
  read(table: LakeTable): Promise<ReadonlyMap<string, EpochMs>>;
  write(table: LakeTable, notes: ReadonlyMap<string, EpochMs>): Promise<void>;
}

export function createOrphanNotes(store: Pick<ObjectStore, 'get' | 'put'>, region: string): OrphanNotes {
  const keyOf = (table: LakeTable): string => `${region}/lake/orphans/${table}.json`;
  return {
    async read(table) {
      const found = await store.get(keyOf(table));
      if (found === undefined) return new Map();
      return new Map(
        Object.entries(JSON.parse(Buffer.from(found.body).toString('utf8')) as Record<string, number>),
      );
    },
    async write(table, notes) {
      await store.put(keyOf(table), Buffer.from(JSON.stringify(Object.fromEntries(notes))));
    },
  };
}

/**
 * Removes files that an earlier look, `ageMs` before this one or longer, found to be nobody's already: what a commit under
 * way has written is named by then, or will never be. Everything may be done again.
 */
export async function removeOrphans(
  deps: OrphanDeps,
  table: LakeTable,
  { asOf, dryRun, onFile }: { asOf: EpochMs; dryRun: boolean; onFile?: ((path: string) => void) | undefined },
): Promise<Orphans> {
  const first = await deps.catalog.loadTable(deps.namespace, table);
  if (first === undefined) return { table, files: 0, found: [], removed: 0, removedBytes: 0 };
  // The folder first: what is put into a snapshot after that is found to be named.
  const listed = await deps.files.list(`${first.metadata.location.replace(/\/$/, '')}/`);
  const named = await filesOf(deps, (await deps.catalog.loadTable(deps.namespace, table)) ?? first);
  const known = await deps.notes.read(table);
  const found = listed
    .filter(({ path }) => !named.has(path))
    .map(({ path, sizeBytes }): Orphan => {
      const sinceMs = known.get(path) ?? asOf;
      const isDue = known.has(path) && sinceMs <= asOf - deps.ageMs;
      return { path, bytes: sizeBytes, since: new Date(sinceMs).toISOString(), isDue };
    });
  const answer = { table, files: listed.length, found, removed: 0, removedBytes: 0 };
  if (dryRun) return answer;
  const due = found.filter(({ isDue }) => isDue);
  for (let from = 0; from < due.length; from += AT_ONCE) {
    const some = due.slice(from, from + AT_ONCE);
    for (const { path } of some) onFile?.(path);
    const settled = await Promise.allSettled(some.map(({ path }) => deps.files.delete(path)));
    for (const one of settled) if (one.status === 'rejected') throw one.reason;
  }
  const left = found.filter(({ isDue }) => !isDue);
  if (left.length > 0 || known.size > 0)
    await deps.notes.write(table, new Map(left.map(({ path, since }) => [path, Date.parse(since)])));
  return { ...answer, removed: due.length, removedBytes: due.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** Everything that the table's metadata leads to, from any of its snapshots. */
async function filesOf(deps: OrphanDeps, loaded: LoadedTable): Promise<Set<string>> {
  const { metadata } = loaded;
  const named = new Set<string>([
    ...metadata['metadata-log'].map((one) => one['metadata-file']),
    ...[...metadata.statistics, ...metadata['partition-statistics']].map((one) => one['statistics-path']),
    ...metadata.snapshots.map((one) => one['manifest-list']),
  ]);
  const location = loaded['metadata-location'];
  if (typeof location === 'string') named.add(location);
  const manifests = new Map<string, ManifestFile>();
  await fewAtOnce(metadata.snapshots, async (snapshot) => {
    for (const file of await deps.manifests.listOf(snapshot)) manifests.set(file.manifest_path, file);
  });
  await fewAtOnce([...manifests.values()], async (file) => {
    named.add(file.manifest_path);
    for (const entry of await deps.manifests.entriesOf(file))
      if (isLive(entry)) named.add(entry.data_file.file_path);
  });
  return named;
}
