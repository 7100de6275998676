import type { Generation, Region } from '../domain/ids.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Refusal } from '../domain/publishing.ts';
import type { Pointer } from '../domain/views.ts';
import type { evaluateCandidate } from '../batch/evaluation/candidate.ts';
import type { Model } from '../batch/models/model.ts';
import type { ShardedModel } from '../batch/models/training-work.ts';
import type { TrainingJob } from '../batch/training/job.ts';
import type { DuckDb } from '../infra/duckdb/duckdb.ts';
import type { WorkingPlaces } from '../infra/object-store/working-places.ts';
import type { RangeJob } from '../batch/backfill/range-job.ts';
import type { IngestJob } from '../batch/ingest/ingest.ts';
import type { PerformanceJob } from '../batch/performance/job.ts';
import type { PopularityJob } from '../batch/popularity/job.ts';
import type { PieceLimits } from '../batch/popularity/pieces.ts';
import type { CanaryDeps } from './canary.ts';
import type { DeclaringDeps } from './declaring.ts';
import type { NoticeDeps } from './notifying.ts';
import type { EventBackfills } from './backfilling.ts';
import type { ErasingDeps } from './erasing.ts';
import type { LaneComparison } from './reconciling.ts';
import type { LakeCare } from '../infra/lake/care/care.ts';
import type { HeldParts } from '../infra/hermes/held-parts.ts';
import type { Retention } from '../infra/hermes/retention.ts';
import type { VersionRepository } from '../infra/hermes/repositories/port.ts';
import type { ViewRepository } from '../infra/hermes/repository.ts';
import type { ShowRecount } from '../infra/parity/recount-alert.ts';
import type { Source } from '../infra/sources/source.ts';

/** A published version with its parts on local disk, by name. */
export interface LocalVersion {
  readonly manifest: Manifest;
  readonly partPaths: Readonly<Record<string, string>>;
}

/** A view that is made from a source. */
export interface SideInput {
  /** Undefined where none is configured. */
  readonly source: Source | undefined;
  /** The setting that names the source, for who must set it. */
  readonly setting: string;
  readonly job: IngestJob;
}

export interface TrainingDeps {
  readonly job: TrainingJob;
  /** What can be trained, by name; those that workers can share are sharded. */
  readonly models: Readonly<Record<string, () => Model | ShardedModel>>;
  readonly evaluate: typeof evaluateCandidate;
  readonly settings: TrainingSettings;
}

export interface TrainingSettings {
  /** Of all chance in training; part of a version's lineage. */
  readonly seed: number;
  /** Threads of one training beside its own. */
  readonly threads: number;
  /** A training set with more entries is cut into shards of about so many. */
  readonly entriesPerShard: number;
  readonly maxShards: number;
  /** Shards under way at a time, over all workers. */
  readonly window: number;
}

export interface PrecomputeSettings {
  /** By whose scores rows are ordered. */
  readonly model: string;
  /** Profiles are cut into so many shards by their hash: so many parts has a version. */
  readonly shards: number;
  readonly window: number;
  /** Titles kept for each profile. */
  readonly length: number;
  /** A version this young stands, unless another model was announced. */
  readonly intervalMs: number;
}

export interface CountingSettings extends PieceLimits {
  /** Pieces under way at a time, over all workers. */
  readonly window: number;
}

export interface SweepSettings {
  /** Working files that a sweep saw first so long ago are of no run any more. */
  readonly keepMs: number;
}

export interface ActivityDeps {
  /** Absent where no version is tried out before it is announced. */
  readonly canary?: CanaryDeps;
  /** Absent where the lanes are not compared. */
  readonly parity?: LaneComparison;
  /** Absent where nobody sees to the lake. */
  readonly lakeCare?: LakeCare;
  /** Told what came of each full count that could be held against counting on; absent where nobody looks. */
  readonly onRecount?: ShowRecount;
  readonly notices: NoticeDeps;
  /** Views that files declare. */
  readonly declared: DeclaringDeps;
  readonly views: ViewRepository;
  /** Where else rows of a view are kept, for those who read them by key: by the view's name. */
  readonly keyedViews?: Readonly<Record<string, Pick<VersionRepository, 'put'>>>;
  /** Where parts are held that the next version may have too, by the view's name; all of others are fetched. */
  readonly heldParts?: Readonly<Record<string, HeldParts>>;
  readonly popularity: PopularityJob;
  readonly counting: CountingSettings;
  readonly ranges: RangeJob;
  /** Absent where events of the lake are not backfilled. */
  readonly backfills?: EventBackfills;
  /** Absent where nobody can be erased. */
  readonly erasing?: ErasingDeps;
  readonly performance: PerformanceJob;
  readonly training: TrainingDeps;
  readonly precompute: PrecomputeSettings;
  readonly places: WorkingPlaces;
  readonly sweep: SweepSettings;
  readonly retention: Retention;
  /** Reads and writes parts on local disk. */
  readonly duckdb: DuckDb;
  /** By the view's name. */
  readonly sideInputs: Readonly<Record<string, SideInput>>;
  /** The first rule that the candidate breaks, or null. `previous` is null for the first version. */
  readonly validate: (candidate: LocalVersion, previous: LocalVersion | null) => Promise<Refusal | null>;
  /** Tells subscribers that a view's pointer moved; throws LOG_UNAVAILABLE. */
  readonly announce: (pointer: Pointer) => Promise<void>;
  readonly region: Region;
  readonly generation: Generation;
  /** Which code computed a version: part of its lineage. */
  readonly codeVersion: string;
  /** Folder for part files, emptied after each activity. */
  readonly workDir: string;
}
