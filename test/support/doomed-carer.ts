/**
 * Compacts a table and kills itself on the way, in a process of its own:
 *
 *   node test/support/doomed-carer.ts <table> <as of, ms> <moment>
 */
import { createLakeCare } from '../../infra/lake/care/care.ts';
import { createLakeFiles } from '../../infra/lake/care/lake-files.ts';
import { createOrphanNotes } from '../../infra/lake/care/orphans.ts';
import { createRestCatalog } from '../../infra/lake/catalog/rest-catalog.ts';
import { openLake } from '../../infra/lake/open.ts';
import { LAKE_TABLES } from '../../infra/lake/tables.ts';
import { loadConfig } from '../../infra/config.ts';
import { silentLog } from '../../infra/log.ts';
import { createMemoryObjectStore } from '../../infra/object-store/memory.ts';
import { createS3ObjectStore } from '../../infra/object-store/s3.ts';

/** Data files are there, but no manifest; all files are there, but no commit; it is committed, but nobody heard of it. */
export const MOMENTS = ['data-written', 'manifests-written', 'committed'] as const;
export type Moment = (typeof MOMENTS)[number];

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal needs a moment, in which nothing more may be done.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  throw new Error('it is dead');
}

async function main(name: string, asOf: number, moment: Moment): Promise<void> {
  const config = loadConfig();
  const { lake, close } = await openLake(config, silentLog());
  const files = createLakeFiles((bucket) => createS3ObjectStore({ ...config.s3, bucket }));
  const catalog = createRestCatalog({ ...config.lake, s3: config.s3 });
  const { namespace, commitAttempts } = config.lake;
  const care = createLakeCare({
    ...{ lake, namespace, attempts: commitAttempts, now: Date.now },
    files: { ...files, put: (path, bytes) => (moment === 'data-written' ? die() : files.put(path, bytes)) },
    catalog: {
      ...catalog,
      async commit(...asked) {
        if (moment === 'manifests-written') die();
        await catalog.commit(...asked);
        return die();
      },
    },
    keptVersions: () => Promise.resolve([]),
    notes: createOrphanNotes(createMemoryObjectStore(), config.region),
    rules: config.lakeCare,
    sealAfterMs: config.lakeCare.sealAfterMs,
    ...{ snapshotKeepMs: config.lakeCare.snapshotKeepMs, orphanAgeMs: config.lakeCare.orphanAgeMs },
  });
  const table = LAKE_TABLES.find((one) => one === name);
  if (table !== undefined) await care.compact({ table, asOf });
  await close();
}

if (import.meta.main) {
  const [table = '', asOf = '', moment = ''] = process.argv.slice(2);
  await main(table, Number(asOf), moment as Moment);
}
