import type { Generation, Region } from '../domain/ids.ts';
import type { Manifest } from '../domain/manifest.ts';
import type { Refusal } from '../domain/publishing.ts';
import type { Pointer } from '../domain/views.ts';
import type { RangeJob } from '../batch/backfill/range-job.ts';
import type { IngestJob } from '../batch/ingest/ingest.ts';
import type { PopularityJob } from '../batch/popularity/job.ts';
import type { ViewRepository } from '../infra/hermes/repository.ts';
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

export interface ActivityDeps {
  readonly views: ViewRepository;
  readonly popularity: PopularityJob;
  readonly ranges: RangeJob;
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
