/** A table as one of its snapshots has it: its manifests and the files that they name. */
import {
  readManifest,
  readManifestList,
  STATUS,
  type ManifestEntry,
  type ManifestFile,
} from '../catalog/manifests.ts';
import type { Snapshot } from '../catalog/table-metadata.ts';
import type { LakeFiles } from './lake-files.ts';

export interface ReadManifest {
  readonly file: ManifestFile;
  readonly entries: readonly ManifestEntry[];
}

/** Requests to the object store at a time. */
const AT_ONCE = 16;

/** Reads each manifest once, however many snapshots have it. */
export interface ManifestReader {
  listOf(snapshot: Pick<Snapshot, 'manifest-list'>): Promise<readonly ManifestFile[]>;
  entriesOf(manifest: ManifestFile): Promise<readonly ManifestEntry[]>;
  manifestsOf(snapshot: Pick<Snapshot, 'manifest-list'>): Promise<readonly ReadManifest[]>;
}

export function createManifestReader(files: Pick<LakeFiles, 'get'>): ManifestReader {
  const known = new Map<string, Promise<readonly ManifestEntry[]>>();
  const entriesOf = (file: ManifestFile): Promise<readonly ManifestEntry[]> => {
    const path = file.manifest_path;
    const reading = known.get(path) ?? files.get(path).then((bytes) => readManifest(bytes, file));
    known.set(path, reading);
    reading.catch(() => known.delete(path));
    return reading;
  };
  const listOf = async ({
    'manifest-list': path,
  }: Pick<Snapshot, 'manifest-list'>): Promise<ManifestFile[]> =>
    readManifestList(await files.get(path), path);
  return {
    listOf,
    entriesOf,
    manifestsOf: async (snapshot) =>
      fewAtOnce(await listOf(snapshot), async (file) => ({ file, entries: await entriesOf(file) })),
  };
}

/** Entries whose file the snapshot has. */
export const isLive = ({ status }: ManifestEntry): boolean => status !== STATUS.deleted;

/** Does `work` for every item, some at a time; results in the order of the items. */
export async function fewAtOnce<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at]!);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker));
  return results;
}
