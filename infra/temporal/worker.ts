import {
  DefaultLogger,
  NativeConnection,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import { MarqueeError } from '../../domain/errors.ts';
import type { Config } from '../config.ts';
import type { Log } from '../log.ts';
import { deploymentName } from './rollouts.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { temporalSecurity, type TemporalSecurity } from './security.ts';

/** Where the workflows are: a bundle made by the build, or the module that exports them, bundled at start. */
export type WorkflowSource = { readonly bundlePath: string } | { readonly modulePath: string };

export interface WorkerDeps {
  readonly config: Pick<Config, 'temporal' | 'shutdownTimeoutMs'>;
  readonly workflows: WorkflowSource | { readonly code: string };
  readonly activities: object;
  /** Says who ran what in Temporal's UI. */
  readonly identity?: string;
  /** What this build is called where runs end on the build they began with. */
  readonly buildId?: string;
  /** A connection that is kept open; one of its own otherwise. */
  readonly connection?: NativeConnection;
  /** 0: each task replays its run from the start, so that nobody waits for the worker that ran the task before. */
  readonly maxCachedWorkflows?: number;
}

export interface RunningWorker {
  /** Resolves when the worker has ended; rejects when it failed. */
  readonly ended: Promise<void>;
  /** Takes no more work, lets activities end within the shutdown time, and disconnects. */
  stop(): Promise<void>;
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;

/**
 * Sends what the SDK says to our log, one level lower where it only reports its own doings, and leaves signals to the
 * process. Once per process, before its first worker; later calls change nothing.
 */
export function logTemporalTo(log: Log): void {
  if (Runtime._instance !== undefined) return;
  const logger = new DefaultLogger('DEBUG', ({ level, message, meta }) => {
    const { error, taskToken: _taskToken, ...fields } = meta ?? {};
    log[LEVELS[level]](
      { component: 'temporal', ...fields, ...(error === undefined ? {} : { err: error as Error }) },
      message,
    );
  });
  const filter = makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' });
  Runtime.install({ logger, shutdownSignals: [], telemetryOptions: { logging: { forward: {}, filter } } });
}

/** Connects and begins to poll. Throws WORKFLOW_SERVICE_UNAVAILABLE when Temporal does not accept a connection. */
export async function startWorker(deps: WorkerDeps): Promise<RunningWorker> {
  const { config, activities, identity, maxCachedWorkflows } = deps;
  const { address, namespace, taskQueue, maxConcurrentActivities } = config.temporal;
  const connection = deps.connection ?? (await connect(address, config.temporal));
  await ensureSearchAttributes(connection.operatorService, namespace);
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    activities,
    maxConcurrentActivityTaskExecutions: maxConcurrentActivities,
    // Cancelled first, so that heartbeating activities end by themselves; then not waited for any longer.
    shutdownGraceTime: Math.floor(config.shutdownTimeoutMs / 2),
    shutdownForceTime: config.shutdownTimeoutMs,
    ...deploymentOptions(deps),
    ...workflowOptions(deps.workflows),
    ...(identity === undefined ? {} : { identity }),
    ...(maxCachedWorkflows === undefined ? {} : { maxCachedWorkflows }),
  });
  const ended = worker.run().finally(async () => {
    if (deps.connection === undefined) await connection.close();
  });
  return {
    ended,
    async stop() {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await ended;
    },
  };
}

/**
 * A run ends on the build that it began with, unless its workflow says otherwise: those that wait for days must be able to
 * go on with a newer one.
 */
function deploymentOptions({
  config: { temporal },
  buildId,
}: WorkerDeps): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  const build = temporal.buildId ?? buildId;
  if (!temporal.versioning || build === undefined) return {};
  return {
    workerDeploymentOptions: {
      version: { deploymentName: deploymentName(temporal.taskQueue), buildId: build },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'PINNED',
    },
  };
}

function workflowOptions(
  source: WorkerDeps['workflows'],
): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  if ('code' in source) return { workflowBundle: { code: source.code } };
  if ('bundlePath' in source) return { workflowBundle: { codePath: source.bundlePath } };
  return { workflowsPath: source.modulePath };
}

async function connect(address: string, security: TemporalSecurity): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect({ address, ...temporalSecurity(security) });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MarqueeError('WORKFLOW_SERVICE_UNAVAILABLE', { reason }, { cause });
  }
}
