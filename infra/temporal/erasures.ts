import { erasureId, ERASURE_ID } from '../../domain/erasure/tombstone.ts';
import type { ErasureProgress, ErasureReport } from '../../domain/erasure/report.ts';
import { MarqueeError } from '../../domain/errors.ts';
import { profileId as toProfileId, type Region } from '../../domain/ids.ts';
import { eraseId, PROGRESS_QUERY, WORKFLOW_TYPES } from '../../domain/workflow-ids.ts';
import type { Config } from '../config.ts';
import type { ErasureSecret } from '../erasure/secret.ts';
import type { ErasureStore } from '../erasure/store.ts';
import type { Temporal } from './client.ts';
import { answerOf, orMissing } from './runs.ts';

/** An erasure as operators see it. Nothing of it names the profile. */
export interface ErasureStanding {
  readonly id: string;
  /** `running`, or how it ended: `done`, `overdue`, `failed`. */
  readonly state: 'running' | 'done' | 'overdue' | 'failed';
  /** Null where no worker answers, and once it has ended. */
  readonly progress: ErasureProgress | null;
  /** Null while it runs. */
  readonly report: ErasureReport | null;
}

export interface ErasureOrder {
  readonly profileId: string;
  readonly dryRun: boolean;
}

/** Verbs throw WORKFLOW_SERVICE_UNAVAILABLE and OBJECT_STORE_UNAVAILABLE. */
export interface ErasureClient {
  /** Asked for again while it runs, or after it ended overdue, it is the same erasure. Throws ERASURE_REFUSED. */
  start(order: ErasureOrder): Promise<{ readonly id: string }>;
  /** Throws ERASURE_NOT_FOUND. */
  get(id: string): Promise<ErasureStanding>;
  /** How a dry run ended; waits for it. Throws ERASURE_NOT_FOUND. */
  result(id: string): Promise<ErasureReport>;
  /** All that there were, in the order of their ids, at most `limit` (default 50). */
  list(
    limit?: number,
  ): Promise<readonly { readonly id: string; readonly requestedAt: string; readonly isDone: boolean }[]>;
}

export interface ErasureClientDeps {
  readonly temporal: Temporal;
  readonly region: Region;
  readonly settings: Config['erasure'];
  readonly store: ErasureStore;
  readonly secret: ErasureSecret;
}

const LONGEST_PROFILE_ID = 128;
/** Beyond the deadline: for the activities under way when it comes. */
const WORK_TIMEOUT_MS = 24 * 3_600_000;
const MOST_LISTED = 50;

export function createErasures({
  temporal,
  region,
  settings,
  store,
  secret,
}: ErasureClientDeps): ErasureClient {
  async function start({ profileId, dryRun }: ErasureOrder): Promise<{ id: string }> {
    if (profileId.length < 1 || profileId.length > LONGEST_PROFILE_ID) {
      const reason = `a profile id has 1 to ${LONGEST_PROFILE_ID} characters, this one has ${profileId.length}`;
      throw new MarqueeError('ERASURE_REFUSED', { reason });
    }
    const profile = toProfileId(profileId);
    const hash = secret.hashOf(profile);
    const [underWay] = (await store.underWay(profile)).slice(-1);
    if (underWay !== undefined && dryRun)
      throw new MarqueeError('ERASURE_REFUSED', {
        reason: `erasure ${underWay} of this profile is under way`,
      });
    const id = underWay ?? erasureId(hash, await store.countOf(hash));
    await store.request(id, profile);
    const { deadlineMs, graceMs, pollMs } = settings;
    await temporal.request((client) =>
      client.workflow.start(WORKFLOW_TYPES.erase, {
        workflowId: eraseId(region, id),
        taskQueue: temporal.taskQueue,
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        workflowExecutionTimeout: deadlineMs + graceMs + WORK_TIMEOUT_MS,
        args: [{ id, dryRun, deadlineMs, graceMs, pollMs }],
      }),
    );
    return { id };
  }

  async function about<T>(id: string, work: (handle: ReturnType<typeof handleOf>) => Promise<T>): Promise<T> {
    const notFound = new MarqueeError('ERASURE_NOT_FOUND', { id });
    if (!ERASURE_ID.test(id)) throw notFound;
    return orMissing(notFound, () => work(handleOf(id)));
  }
  const handleOf = (id: string) => temporal.client.workflow.getHandle(eraseId(region, id));

  return {
    start,
    async get(id) {
      const report = await store.report(id);
      if (report?.outcome === 'done') return { id, state: 'done', progress: null, report };
      return about(id, async (handle) => {
        const { status } = await temporal.request(() => handle.describe());
        if (status.name === 'COMPLETED')
          return {
            id,
            state: report?.outcome === 'overdue' ? 'overdue' : 'done',
            progress: null,
            report: report ?? null,
          };
        if (status.name !== 'RUNNING') return { id, state: 'failed', progress: null, report: report ?? null };
        const progress = await answerOf(temporal, () => handle.query<ErasureProgress>(PROGRESS_QUERY));
        return { id, state: 'running', progress, report: null };
      });
    },
    result: (id) => about(id, (handle) => handle.result() as Promise<ErasureReport>),
    async list(limit = MOST_LISTED) {
      const [tombstones, reports] = await Promise.all([store.tombstones(), store.reports()]);
      const done = new Set(reports.filter(({ outcome }) => outcome === 'done').map(({ id }) => id));
      return tombstones
        .sort((a, b) => b.requestedAt - a.requestedAt)
        .slice(0, limit)
        .map(({ id, requestedAt }) => ({
          id,
          requestedAt: new Date(requestedAt).toISOString(),
          isDone: done.has(id),
        }));
    },
  };
}
