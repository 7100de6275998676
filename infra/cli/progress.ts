/** Staged progress of the local stack on stderr: drawn over on a terminal, one plain line a stage elsewhere. */
import { Listr, ListrLogger, type ListrDefaultRendererLogLevels, ProcessOutput } from 'listr2';
import type { ComponentName, Progress, Report } from '../local/server.ts';
import type { Output } from './output.ts';

const TITLES: Readonly<Record<ComponentName, string>> = {
  kafka: 'Apache Kafka',
  temporal: 'Temporal',
  seaweedfs: 'SeaweedFS (S3 and Iceberg catalog)',
  cassandra: 'Apache Cassandra',
  'duckdb-extensions': 'DuckDB extensions',
  'temporal-test-server': 'Temporal test server',
};

const WORDS: Readonly<Record<Progress['phase'], string>> = {
  fetching: 'fetching, the first time only',
  starting: 'starting',
  waiting: 'waiting until it answers',
  ready: 'ready',
  external: 'configured, not started here',
  failed: 'failed',
  stopping: 'stopping',
  stopped: 'stopped',
};

/** One stage: `Apache Kafka: starting`. Why a stage failed is said once, at the end. */
function renderStage({ component, phase, detail }: Progress): string {
  return `${TITLES[component]}: ${WORDS[phase]}${detail === undefined || phase === 'failed' ? '' : ` (${detail})`}`;
}

/** Runs `action` with a report that shows its stages. Rejects with the action's own error. */
export async function withProgress<T>(
  output: Output,
  components: readonly ComponentName[],
  action: (report: Report) => Promise<T>,
): Promise<T> {
  return output.interactive
    ? drawn(components, action)
    : action((progress) => output.say(renderStage(progress)));
}

interface Row {
  update?: (progress: Progress) => void;
  readonly done: PromiseWithResolvers<void>;
}

async function drawn<T>(
  components: readonly ComponentName[],
  action: (report: Report) => Promise<T>,
): Promise<T> {
  const rows = new Map<ComponentName, Row>(
    components.map((name) => [name, { done: Promise.withResolvers<void>() }]),
  );
  for (const { done } of rows.values()) done.promise.catch(() => {});
  const logger = new ListrLogger<ListrDefaultRendererLogLevels>({
    processOutput: new ProcessOutput(process.stderr, process.stderr),
  });
  const list = new Listr(
    components.map((name) => ({
      title: TITLES[name],
      task: (_: unknown, task: { title: string }) => {
        const row = rows.get(name);
        if (row !== undefined) row.update = (progress) => (task.title = renderStage(progress));
        return row?.done.promise;
      },
    })),
    {
      concurrent: true,
      exitOnError: false,
      registerSignalListeners: false,
      rendererOptions: { logger, showErrorMessage: false },
    },
  );
  const shown = list.run().catch(() => {});
  const outcome = action((progress) => settle(rows.get(progress.component), progress));
  await outcome.then(
    () => finish(rows, undefined),
    (error: unknown) => finish(rows, error as Error),
  );
  await shown;
  return outcome;
}

function settle(row: Row | undefined, progress: Progress): void {
  row?.update?.(progress);
  if (progress.phase === 'failed') row?.done.reject(new Error(progress.detail));
  else if (progress.phase === 'ready' || progress.phase === 'external' || progress.phase === 'stopped') {
    row?.done.resolve();
  }
}

function finish(rows: ReadonlyMap<ComponentName, Row>, error: Error | undefined): void {
  for (const { done } of rows.values()) {
    if (error === undefined) done.resolve();
    else done.reject(error);
  }
}
