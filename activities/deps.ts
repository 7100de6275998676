import type { Region } from '../domain/ids.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Refusal } from '../domain/publishing.ts';
import type { Pointer } from '../domain/views.ts';
import type { RangeJob } from '../batch/backfill/range-job.ts';
import type { PopularityJob } from '../batch/popularity/job.ts';
import type { ViewRepository } from '../infra/hermes/repository.ts';

/** A published version with its parts on local disk, by name. */
export interface LocalVersion {
  readonly manifest: Manifest;
  readonly partPaths: Readonly<Record<string, string>>;
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
