/** What the commands that talk to Temporal share. */
import type { Config } from '../config.ts';
import { createTemporal, type Temporal } from '../temporal/client.ts';
import type { CliDeps } from './deps.ts';

export interface TemporalCommand {
  readonly config: Config;
  readonly temporal: Temporal;
}

/** Runs a command with a client of its own, which is closed whatever happens. */
export async function withTemporal<T>(
  deps: CliDeps,
  work: (command: TemporalCommand) => Promise<T>,
): Promise<T> {
  const config = deps.loadConfig();
  const temporal = createTemporal(config.temporal);
  try {
    return await work({ config, temporal });
  } finally {
    await temporal.close();
  }
}

/** Says on stderr when what was started will wait, because no worker polls. */
export async function warnWithoutWorker(deps: CliDeps, { config, temporal }: TemporalCommand): Promise<void> {
  if (await temporal.hasWorkers()) return;
  deps.output.say(`No worker polls ${config.temporal.taskQueue}: start one with \`npm run start:worker\`.`);
}

/** Where a workflow can be looked at, if Temporal's UI is known. */
export function uiAddress({ config }: TemporalCommand, workflowId: string): string | undefined {
  const { uiUrl, namespace } = config.temporal;
  return uiUrl && `${uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`;
}
