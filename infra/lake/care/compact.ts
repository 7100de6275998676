/** Makes many small files of sealed hours into few: the same rows, in one commit that readers see whole or not at all. */
import { isMarqueeError } from '../../../domain/errors.ts';
import { HOUR_MS, type EpochMs } from '../../../domain/time.ts';
import { CONTENT, type DataFile } from '../catalog/manifests.ts';
import {
  currentSnapshot,
  defaultSpec,
  schemaOf,
  type Snapshot,
  type TableMetadata,
  type TableSchema,
} from '../catalog/table-metadata.ts';
import type { DuckDbLake } from '../lake.ts';
import type { LakeTable } from '../tables.ts';
import {
  planCompaction,
  sealedBeforeOf,
  type CompactionPlan,
  type CompactionRules,
  type HourPlan,
} from './compaction-plan.ts';
import { commitReplacements, type ReplaceDeps, type Replacement } from './replace-commit.ts';
import { isLive } from './table-state.ts';
import { writeBin, type BinSource } from './write-bin.ts';

export interface CompactDeps extends ReplaceDeps {
  readonly namespace: string;
  readonly lake: Pick<DuckDbLake, 'read' | 'reference'>;
  readonly rules: CompactionRules;
  /** An hour is sealed once the table has rows this much younger than its end, and so has the clock. */
  readonly sealAfterMs: number;
}

export interface CompactOptions {
  readonly table: LakeTable;
  readonly asOf: EpochMs;
  readonly dryRun?: boolean | undefined;
  /** Called before each hour; throws to end the work. */
  readonly onHour?: ((hour: string) => void) | undefined;
}

export interface Compacted {
  readonly table: LakeTable;
  readonly hours: number;
  readonly filesBefore: number;
  readonly filesAfter: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Hours left for the next step. */
  readonly waiting: number;
  /** Undefined where nothing was done. */
  readonly snapshotId?: string | undefined;
  /** Why the table is left alone, where it is. */
  readonly reason?: string;
}

const NOTHING = { hours: 0, filesBefore: 0, filesAfter: 0, bytesBefore: 0, bytesAfter: 0, waiting: 0 };

/**
 * One step, of as many hours as the rules allow. Repeated after a crash it goes on with what is left: new files that no
 * commit names are seen by nobody and go with the orphans. Throws LAKE_CONFLICT when others kept committing,
 * LAKE_UNAVAILABLE, and INTERNAL where a new file is not what it was made from, which then is not committed.
 */
export async function compactTable(deps: CompactDeps, options: CompactOptions): Promise<Compacted> {
  const { table } = options;
  const nothing = { table, ...NOTHING };
  const loaded = await deps.catalog.loadTable(deps.namespace, table);
  const base = loaded && currentSnapshot(loaded.metadata);
  if (loaded === undefined || base === undefined) return nothing;
  const manifests = await deps.manifests.manifestsOf(base);
  const live = manifests.flatMap(({ entries }) => entries.filter(isLive)).map(({ data_file }) => data_file);
  const specId = loaded.metadata['default-spec-id'];
  const hasOtherSpecs = manifests.some(({ file }) => file.partition_spec_id !== specId);
  const shape = shapeOf(loaded.metadata, base, live, hasOtherSpecs);
  if ('reason' in shape) return { ...nothing, reason: shape.reason };
  const { hourName, schema } = shape;
  const sealedBefore = sealedBeforeOf(live, hourName, options.asOf, deps.sealAfterMs);
  const plan = planCompaction(live, hourName, sealedBefore, deps.rules);
  if (plan.hours.length === 0) return nothing;
  if (options.dryRun === true) return foreseen(table, plan);
  const reference = deps.lake.reference(table, base['snapshot-id']);
  const { location } = loaded.metadata;
  const wanted: Replacement[] = [];
  try {
    for (const one of plan.hours) {
      options.onHour?.(`${table} ${new Date(one.hour * HOUR_MS).toISOString()}`);
      wanted.push(await rewrite(deps, one, { table, reference, schema, location, hourName }));
    }
  } catch (error) {
    await discard(deps, wanted);
    throw error;
  }
  return commit(deps, table, plan, wanted, hourName);
}

async function commit(
  deps: CompactDeps,
  table: LakeTable,
  plan: CompactionPlan,
  wanted: readonly Replacement[],
  hourName: string,
): Promise<Compacted> {
  const name = { namespace: deps.namespace, table };
  try {
    const { snapshotId, replaced, overtaken } = await commitReplacements(deps, name, wanted, hourName);
    await discard(deps, overtaken);
    return { ...figuresOf(table, replaced), waiting: plan.waiting, snapshotId };
  } catch (error) {
    // Where the outcome is not known the new files may be in use.
    if (isMarqueeError(error, 'LAKE_CONFLICT')) await discard(deps, wanted);
    throw error;
  }
}

type Shape = { readonly hourName: string; readonly schema: TableSchema } | { readonly reason: string };

/** What other engines may do to a table that is not undone by laying it out anew here. */
function shapeOf(
  metadata: TableMetadata,
  base: Snapshot,
  live: readonly DataFile[],
  hasOtherSpecs: boolean,
): Shape {
  const [spec, schema] = [defaultSpec(metadata), schemaOf(metadata, base)];
  const [hour, ...more] = spec?.fields ?? [];
  if (metadata['format-version'] !== 2)
    return { reason: `format version ${metadata['format-version']} is not 2` };
  if (schema === undefined || hour?.transform !== 'hour' || more.length > 0 || hasOtherSpecs)
    return { reason: 'it is not partitioned by the hour alone' };
  if (live.some(({ content }) => content > CONTENT.deletes)) return { reason: 'it has equality deletes' };
  return { hourName: hour.name, schema };
}

async function rewrite(
  deps: CompactDeps,
  { hour, bins, deletes }: HourPlan,
  at: Omit<BinSource, 'hour' | 'files' | 'hasDeletes'>,
): Promise<Replacement> {
  const added: DataFile[] = [];
  try {
    for (const files of bins) {
      const source = { ...at, hour, files, hasDeletes: deletes.length > 0 };
      const file = await deps.lake.read((connection) => writeBin(connection, source));
      if (file !== null) added.push(file);
    }
  } catch (error) {
    await discard(deps, [{ hour, removed: [], deletes: [], added }]);
    throw error;
  }
  return { hour, removed: bins.flat(), deletes, added };
}

/** As a courtesy: what stays goes with the orphans. */
async function discard(deps: CompactDeps, unused: readonly Replacement[]): Promise<void> {
  for (const { added } of unused)
    for (const { file_path } of added) await deps.files.delete(file_path).catch(() => undefined);
}

const bytesOf = (files: readonly DataFile[]): number =>
  files.reduce((sum, { file_size_in_bytes }) => sum + Number(file_size_in_bytes), 0);

function figuresOf(table: LakeTable, replaced: readonly Replacement[]): Omit<Compacted, 'waiting'> {
  const before = replaced.flatMap(({ removed, deletes }) => [...removed, ...deletes]);
  const after = replaced.flatMap(({ added }) => added);
  return {
    ...{ table, hours: replaced.length, filesBefore: before.length, filesAfter: after.length },
    ...{ bytesBefore: bytesOf(before), bytesAfter: bytesOf(after) },
  };
}

/** Sizes to come are not known before they are written. */
function foreseen(table: LakeTable, { hours, waiting }: CompactionPlan): Compacted {
  const before = hours.flatMap(({ bins, deletes }) => [...bins.flat(), ...deletes]);
  const filesAfter = hours.reduce((sum, { bins }) => sum + bins.length, 0);
  const bytes = bytesOf(before);
  return {
    ...{ table, hours: hours.length, filesBefore: before.length, filesAfter, waiting },
    ...{ bytesBefore: bytes, bytesAfter: bytes },
  };
}
