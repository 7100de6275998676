import { MarqueeError } from '../../../domain/errors.ts';
import type { Config } from '../../config.ts';
import { createKeptVersions } from '../../hermes/kept-versions.ts';
import { createS3ObjectStore } from '../../object-store/s3.ts';
import { createRestCatalog } from '../catalog/rest-catalog.ts';
import type { DuckDbLake } from '../lake.ts';
import { createLakeCare, type LakeCare } from './care.ts';
import { createLakeFiles } from './lake-files.ts';
import { createOrphanNotes } from './orphans.ts';

const noLake = (): never => {
  throw new MarqueeError('INTERNAL', { reason: 'this process does not read the lake' });
};
const NO_LAKE = { read: noLake, reference: noLake };

export interface OpenCare {
  readonly care: LakeCare;
  /** Drops the connections. */
  close(): void;
}

/** The care of the configured region's tables. Nothing connects before it is used. Without `lake` no hour is compacted. */
export function openCare(
  config: Pick<Config, 'region' | 'lake' | 's3' | 'lakeCare'>,
  { lake = NO_LAKE }: { readonly lake: Pick<DuckDbLake, 'read' | 'reference'> | undefined },
): OpenCare {
  const { region, s3, lake: settings, lakeCare } = config;
  const store = createS3ObjectStore(s3);
  const files = createLakeFiles((bucket) => createS3ObjectStore({ ...s3, bucket }));
  const care = createLakeCare({
    ...{ lake, files, namespace: settings.namespace },
    catalog: createRestCatalog({ ...settings, s3 }),
    keptVersions: createKeptVersions({ store, region }),
    notes: createOrphanNotes(store, region),
    attempts: settings.commitAttempts,
    now: () => Date.now(),
    rules: lakeCare,
    sealAfterMs: lakeCare.sealAfterMs,
    snapshotKeepMs: lakeCare.snapshotKeepMs,
    orphanAgeMs: lakeCare.orphanAgeMs,
  });
  return {
    care,
    close() {
      files.close();
      store.close();
    },
  };
}
