/** A training set and trained tables as files of a working place: each is whole once the file that lists it is there. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Interactions, ModelTable, TrainingData } from '../batch/models/model.ts';
import { profileRange, type ProfileRange } from '../batch/models/precompute.ts';
import { writeTables } from '../batch/models/table-parts.ts';
import type { LocalPart } from '../batch/parts.ts';
import type { TRAINING_PARTS } from '../batch/training/job.ts';
import { HISTORY_PARTS, loadHistories, loadTrainingSet } from '../batch/training/load.ts';
import { MarqueeError } from '../domain/errors.ts';
import type { WorkFiles } from '../infra/object-store/working-places.ts';
import type { ActivityDeps } from './deps.ts';
import { endIfCancelled } from './guard.ts';

const LIST = 'parts.json';
const fileOf = (part: string): string => `${part}.parquet`;

/** Puts parts under their names, and the list of them last. */
export async function putParts(files: WorkFiles, parts: readonly LocalPart[]): Promise<void> {
  for (const { name, path } of parts) {
    endIfCancelled();
    await files.put(placed(name), await readFile(path));
  }
  await files.put(LIST, Buffer.from(JSON.stringify(parts.map(({ path: _path, ...part }) => part))));
}

/** The parts that were put, without their bytes; undefined unless all are there. */
export async function listParts(files: WorkFiles): Promise<Omit<LocalPart, 'path'>[] | undefined> {
  const found = await files.get(LIST);
  return found === undefined
    ? undefined
    : (JSON.parse(Buffer.from(found).toString()) as Omit<LocalPart, 'path'>[]);
}

/** Brings parts that were put into a folder: all, or those named. INTERNAL where they are not there. */
export async function fetchParts(
  files: WorkFiles,
  dir: string,
  names?: readonly string[],
): Promise<LocalPart[]> {
  const listed = await listParts(files);
  if (listed === undefined) throw missing(LIST);
  await mkdir(dir, { recursive: true });
  const parts: LocalPart[] = [];
  for (const part of listed.filter(({ name }) => names?.includes(name) ?? true)) {
    endIfCancelled();
    const path = join(dir, fileOf(part.name));
    const bytes = await files.get(placed(part.name));
    if (bytes === undefined) throw missing(part.name);
    await writeFile(path, bytes);
    parts.push({ ...part, path });
  }
  return parts;
}

export async function fetchTrainingSet(
  { duckdb }: Pick<ActivityDeps, 'duckdb'>,
  files: WorkFiles,
  dir: string,
): Promise<TrainingData> {
  const paths = pathsOf(await fetchParts(files, dir));
  return loadTrainingSet(duckdb, paths as Record<(typeof TRAINING_PARTS)[number], string>);
}

/** The interactions of one shard of the profiles, from 0, of so many. */
export async function fetchHistories(
  { duckdb }: Pick<ActivityDeps, 'duckdb'>,
  files: WorkFiles,
  dir: string,
  { shard, shards }: { readonly shard: number; readonly shards: number },
): Promise<{ readonly range: ProfileRange; readonly interactions: Interactions }> {
  const parts = await fetchParts(files, dir, HISTORY_PARTS);
  const profiles = parts.find(({ name }) => name === 'profiles')?.rows ?? 0;
  const range = profileRange(profiles, shard, shards);
  const paths = pathsOf(parts) as Record<(typeof HISTORY_PARTS)[number], string>;
  return { range, interactions: await loadHistories(duckdb, paths, range) };
}

export async function putTables(
  { duckdb }: Pick<ActivityDeps, 'duckdb'>,
  files: WorkFiles,
  tables: readonly ModelTable[],
  dir: string,
): Promise<void> {
  await putParts(files, await writeTables(duckdb, tables, dir));
}

const pathsOf = (parts: readonly LocalPart[]): Record<string, string> =>
  Object.fromEntries(parts.map(({ name, path }) => [name, path]));

/** Names of files know no underscore. */
const placed = (part: string): string => fileOf(part.replaceAll('_', '-'));

const missing = (name: string): MarqueeError =>
  new MarqueeError('INTERNAL', { reason: `the working place has no ${name}` });
