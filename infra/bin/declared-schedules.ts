/** What this configuration schedules, views that files declare among it. */
import { checkFolder, createDeclaredFolder, type DeclaredFolder } from '../../batch/declared/folder.ts';
import { MODELS } from '../../batch/models/models.ts';
import { PROFILE_ROWS_VIEW } from '../../batch/models/precompute.ts';
import { MarqueeError } from '../../domain/errors.ts';
import type { ViewName } from '../../domain/views.ts';
import { REFRESHED_VIEWS } from '../../domain/workflow-ids.ts';
import { declareSchedules, type ScheduleDeclaration } from '../../workflows/schedules.ts';
import type { Config } from '../config.ts';
import { createDuckDb } from '../duckdb/duckdb.ts';

const trainedViews = (): ViewName[] => Object.values(MODELS).map((create) => create().view);

/** Nothing that is made otherwise can be declared. */
export const openDeclaredFolder = ({ declared }: Pick<Config, 'declared'>): DeclaredFolder =>
  createDeclaredFolder(declared.viewsDir, [...REFRESHED_VIEWS, ...trainedViews(), PROFILE_ROWS_VIEW]);

/** Every view that something makes: counted, read from a source, trained, declared. */
export const viewsOf = async (config: Pick<Config, 'declared'>): Promise<readonly ViewName[]> => [
  ...new Set([...REFRESHED_VIEWS, ...trainedViews(), PROFILE_ROWS_VIEW]),
  ...(await openDeclaredFolder(config).read()).views.map(({ view }) => view),
];

/** Declarations that cannot be read are left out. */
export async function declaredBy(config: Config): Promise<ScheduleDeclaration[]> {
  const { region, sources, temporal, training, parity, worker, notifications, lakeCare } = config;
  const whereSet = (source: string | undefined, everyMs: number): number | undefined =>
    source === undefined ? undefined : everyMs;
  return declareSchedules({
    region,
    refreshIntervalMs: temporal.refreshIntervalMs,
    fullRefreshIntervalMs: temporal.fullRefreshIntervalMs,
    trainingIntervalMs: training.intervalMs,
    rowPerformanceIntervalMs: temporal.rowPerformanceIntervalMs,
    catalogueIntervalMs: whereSet(sources.catalogue, sources.catalogueIntervalMs),
    pagesIntervalMs: whereSet(sources.pages, sources.pagesIntervalMs),
    rankingPolicyIntervalMs: whereSet(sources.rankingPolicy, sources.rankingPolicyIntervalMs),
    sweepIntervalMs: worker.sweepIntervalMs,
    lakeCareIntervalMs: lakeCare.intervalMs,
    parityIntervalMs: parity.intervalMs,
    watchIntervalMs: notifications.watchIntervalMs,
    trainedViews: trainedViews(),
    declaredViews: (await openDeclaredFolder(config).read()).views,
  });
}

/** Throws DECLARATION_INVALID, naming every fault of every file, unless all declarations hold. */
export async function requireDeclared(config: Pick<Config, 'declared'>): Promise<void> {
  if (config.declared.viewsDir === undefined) return;
  const { faults } = await checkDeclarations(config);
  if (faults.length > 0) throw new MarqueeError('DECLARATION_INVALID', { faults: faults.join('; ') });
}

/** Reads and checks all declarations, without any server. */
export async function checkDeclarations(config: Pick<Config, 'declared'>): ReturnType<typeof checkFolder> {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  try {
    return await checkFolder(openDeclaredFolder(config), duckdb);
  } finally {
    await duckdb.close();
  }
}
