import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { MarqueeError } from '../../domain/errors.ts';
import type { Temporal } from './client.ts';

/** A build that workers of the region were started with. */
export interface Build {
  readonly buildId: string;
  /** New runs begin on it, all or a share of them; its last runs are ending; or nobody needs its workers any more. */
  readonly state: 'current' | 'ramping' | 'draining' | 'drained' | 'inactive';
  /** Of new runs, 0 to 100. */
  readonly percent: number;
}

/**
 * Which build of the workers gets new runs; runs that have begun end on theirs. ROLLOUT_REFUSED for a build that no worker
 * was started with, WORKFLOW_SERVICE_UNAVAILABLE.
 */
export interface RolloutClient {
  /** None before the first worker with versioning. */
  builds(): Promise<Build[]>;
  /** Gives a build this share of new runs; 0 takes them back. */
  ramp(buildId: string, percent: number): Promise<void>;
  /** Gives a build all new runs. */
  promote(buildId: string): Promise<void>;
}

/** Workers of one task queue are one deployment; its name may hold neither dots nor colons. */
export const deploymentName = (taskQueue: string): string => taskQueue.replaceAll(/[.:]/g, '-');

/** `WorkerDeploymentVersionStatus` of the service's protocol. */
const STATES: Readonly<Record<number, Build['state']>> = {
  1: 'inactive',
  2: 'current',
  3: 'ramping',
  4: 'draining',
  5: 'drained',
};

/** gRPC: invalid argument, not found, failed precondition. */
const NOT_FOUND = 5;
const NOT_READY = 9;
const REFUSED: readonly unknown[] = [3, NOT_FOUND, NOT_READY];
const READY_TIMEOUT_MS = 10_000;
const READY_POLL_MS = 250;

export function createRollouts(temporal: Temporal): RolloutClient {
  const name = deploymentName(temporal.taskQueue);

  async function ask<T>(buildId: string, work: (client: Client) => Promise<T>): Promise<T> {
    const deadlineMs = performance.now() + READY_TIMEOUT_MS;
    for (;;) {
      try {
        return await temporal.request(work);
      } catch (error) {
        if (!REFUSED.includes(codeOf(error))) throw error;
        // A worker that has just begun to poll is not known for all that it polls for yet.
        if (codeOf(error) === NOT_READY && performance.now() < deadlineMs) {
          await sleep(READY_POLL_MS);
          continue;
        }
        const reason = error instanceof Error ? error.message : String(error);
        throw new MarqueeError('ROLLOUT_REFUSED', { build: buildId, reason }, { cause: error });
      }
    }
  }

  return {
    builds: () =>
      temporal.request(async ({ workflowService, options: { namespace } }) => {
        const answer = await workflowService
          .describeWorkerDeployment({ namespace, deploymentName: name })
          .catch((error: unknown) => {
            if (codeOf(error) === NOT_FOUND) return undefined;
            throw error;
          });
        const info = answer?.workerDeploymentInfo;
        const ramping = info?.routingConfig?.rampingDeploymentVersion?.buildId;
        const percentage = Math.round(info?.routingConfig?.rampingVersionPercentage ?? 0);
        const hasCurrent = info?.routingConfig?.currentDeploymentVersion?.buildId;
        return (info?.versionSummaries ?? []).map(({ deploymentVersion, status }) => {
          const buildId = deploymentVersion?.buildId ?? 'unknown';
          const isRamping = buildId === ramping;
          const percent = isRamping
            ? percentage
            : buildId === hasCurrent
              ? 100 - (ramping ? percentage : 0)
              : 0;
          return { buildId, state: STATES[status ?? 0] ?? 'inactive', percent };
        });
      }),

    ramp: (buildId, percent) =>
      ask(buildId, async ({ workflowService, options: { namespace } }) => {
        const build = percent === 0 ? '' : buildId;
        await workflowService.setWorkerDeploymentRampingVersion({
          ...{ namespace, deploymentName: name, buildId: build, percentage: percent },
        });
      }),

    promote: (buildId) =>
      ask(buildId, async ({ workflowService, options: { namespace } }) => {
        await workflowService.setWorkerDeploymentCurrentVersion({ namespace, deploymentName: name, buildId });
      }),
  };
}

function codeOf(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined;
  return (error as { code?: unknown }).code ?? (cause as { code?: unknown } | undefined)?.code;
}
