import { Client, Connection, ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { MarqueeError } from '../../domain/errors.ts';
import type { Config } from '../config.ts';
import { temporalSecurity, type TemporalSecurity } from './security.ts';

export type TemporalSettings = Pick<
  Config['temporal'],
  'address' | 'namespace' | 'taskQueue' | 'connectTimeoutMs'
> &
  TemporalSecurity;

/** Temporal as callers use it. Connects at first use, so that a process can start while Temporal is gone. */
export interface Temporal {
  readonly client: Client;
  readonly taskQueue: string;
  /** Runs requests with one deadline; what Temporal does not answer throws WORKFLOW_SERVICE_UNAVAILABLE. */
  request<T>(work: (client: Client) => Promise<T>, timeoutMs?: number): Promise<T>;
  /** Whether a worker asked for workflow tasks of the queue within the last minutes. */
  hasWorkers(): Promise<boolean>;
  close(): Promise<void>;
}

export function createTemporal(settings: TemporalSettings): Temporal {
  const { address, namespace, taskQueue, connectTimeoutMs } = settings;
  const connection = Connection.lazy({
    ...{ address, connectTimeout: connectTimeoutMs },
    ...temporalSecurity(settings),
  });
  return overConnection(new Client({ connection, namespace }), connection, settings, taskQueue);
}

/** The same over a connection that exists already, which stays the caller's to close. */
export function overConnection(
  client: Client,
  connection: Connection,
  { connectTimeoutMs }: Pick<TemporalSettings, 'connectTimeoutMs'>,
  taskQueue: string,
): Temporal {
  async function request<T>(work: (client: Client) => Promise<T>, timeoutMs = connectTimeoutMs): Promise<T> {
    try {
      return await connection.withDeadline(Date.now() + timeoutMs, async () => {
        await connection.ensureConnected();
        return work(client);
      });
    } catch (error) {
      throw unavailable(error);
    }
  }

  return {
    client,
    taskQueue,
    request,
    hasWorkers: () =>
      request(async ({ workflowService, options }) => {
        const taskQueueType = WORKFLOW_TASKS;
        const { namespace } = options;
        const described = await workflowService.describeTaskQueue({
          namespace,
          taskQueue: { name: taskQueue },
          taskQueueType,
        });
        return described.pollers.length > 0;
      }),
    close: () => connection.close(),
  };
}

/** The SDK wraps what gRPC says; connecting throws it bare. */
function unavailable(error: unknown): unknown {
  if (error instanceof WorkflowNotFoundError || error instanceof MarqueeError) return error;
  const cause = error instanceof ServiceError ? error.cause : error;
  const code = (cause as { code?: unknown } | undefined)?.code;
  const isOutage = typeof code === 'number' && OUTAGE_CODES.includes(code);
  const timedOut = error instanceof Error && error.message.startsWith('Failed to connect');
  if (!isOutage && !timedOut) return error;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MarqueeError('WORKFLOW_SERVICE_UNAVAILABLE', { reason }, { cause: error });
}

/** `TaskQueueType` of the service's protocol. */
const WORKFLOW_TASKS = 1;

/** gRPC: cancelled, deadline exceeded, resource exhausted, unavailable. */
const OUTAGE_CODES: readonly number[] = [1, 4, 8, 14];
