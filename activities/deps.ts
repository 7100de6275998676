import type { BackfillDiff, HourRange } from '../domain/backfill.ts';
import type { Region } from '../domain/ids.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { ComputePlan, Refusal } from '../domain/publishing.ts';
import type { Pointer } from '../domain/views.ts';
import type { ComputeOptions, PopularityJob, PopularityParts } from '../batch/popularity/job.ts';
import type { ViewRepository } from '../infra/hermes/repository.ts';

/** A published version with its parts on local disk, by name. */
export interface LocalVersion {
  readonly manifest: Manifest;
  readonly partPaths: Readonly<Record<string, string>>;
}

/** Recomputing a range of hours over a published version. */
export interface RangeJob {
  /** What counting the range anew would change in the part `hours`. */
  diff(base: LocalVersion, plan: ComputePlan, range: HourRange): Promise<BackfillDiff>;
  /** Writes the parts of the version that has the range counted anew, and all else as in the base. */
  compute(
    base: LocalVersion,
    plan: ComputePlan,
    range: HourRange,
    options: ComputeOptions,
  ): Promise<PopularityParts>;
}

export interface ActivityDeps {
  readonly views: ViewRepository;
  readonly popularity: PopularityJob;
  readonly ranges: RangeJob;
  /** The first rule that the candidate breaks, or null. `previous` is null for the first version. */
  readonly validate: (candidate: LocalVersion, previous: LocalVersion | null) => Promise<Refusal | null>;
  /** Tells subscribers that a view's pointer moved; throws LOG_UNAVAILABLE. */
  readonly announce: (pointer: Pointer) => Promise<void>;
  readonly region: Region;
  /** Which code computed a version: part of its lineage. */
  readonly codeVersion: string;
  /** Folder for part files, emptied after each activity. */
  readonly workDir: string;
}
