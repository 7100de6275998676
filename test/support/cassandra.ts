/**
 * The Cassandra of an integration test: the one of the suite, which `npm test` starts for the files that import this; a
 * file run by hand where there is none starts one of its own.
 */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { childEnvironment, loadConfig, loadLocalConfig, type Config } from '../../infra/config.ts';
import { startCassandra } from '../../infra/local/launch.ts';
import { isSameProcess } from '../../infra/local/process.ts';
import { readStackFile } from '../../infra/local/stack-file.ts';
import { testLocalConfig } from './stack.ts';
import { until } from './until.ts';

export interface TestCassandra {
  /** For processes under test, with a keyspace of this file's own. */
  readonly environment: Readonly<Record<string, string>>;
  readonly settings: Config['cassandra'];
  /** Stops the server with SIGSTOP: it takes connections and answers nothing. Undone at the end of the file. */
  pause(): void;
  resume(): void;
  /**
   * Pauses it until somebody is seen to have met that, and for `TEST_OUTAGE_MS` (environment; 0 unless set) at least.
   * `during` is done as soon as it is away. Fails where nobody meets it in time.
   */
  outage(during: () => Promise<void>, isMet: () => boolean | Promise<boolean>): Promise<void>;
}

/** How long somebody may take to meet an outage: some requests have to be given up first. */
const MEETING_MS = 60_000;

interface Running {
  readonly pid: number;
  readonly environment: Readonly<Record<string, string>>;
}

export async function useCassandra(): Promise<TestCassandra> {
  const { pid, environment } = ofSuite() ?? (await ofFile());
  const own = { ...environment, CASSANDRA_KEYSPACE: `t_${randomBytes(4).toString('hex')}` };
  const nowhere = 'http://127.0.0.1:1';
  const { cassandra } = loadConfig({
    ...{ KAFKA_BROKERS: '127.0.0.1:1', TEMPORAL_ADDRESS: '127.0.0.1:1', S3_ENDPOINT: nowhere },
    ...{ AWS_ACCESS_KEY_ID: 'none', AWS_SECRET_ACCESS_KEY: 'none', ICEBERG_CATALOG_URI: nowhere },
    ...own,
  });
  after(() => process.kill(pid, 'SIGCONT'));
  const pause = (): void => void process.kill(pid, 'SIGSTOP');
  const resume = (): void => void process.kill(pid, 'SIGCONT');
  return {
    ...{ environment: own, settings: cassandra, pause, resume },
    async outage(during, isMet) {
      const over = performance.now() + Number(childEnvironment()['TEST_OUTAGE_MS'] ?? 0);
      pause();
      try {
        await during();
        await until(isMet, MEETING_MS, 50);
        await sleep(Math.max(0, over - performance.now()));
      } finally {
        resume();
      }
    },
  };
}

function ofSuite(): Running | undefined {
  const { servers, environment } = readStackFile(loadLocalConfig().dataDir);
  const { pid, command } = servers.cassandra ?? {};
  if (pid === undefined || command === undefined || !isSameProcess(pid, command)) return undefined;
  const addresses = Object.entries(environment).filter(([key]) => key.startsWith('CASSANDRA_'));
  return { pid, environment: Object.fromEntries(addresses) };
}

async function ofFile(): Promise<Running> {
  const config = testLocalConfig();
  const { record, environment, stop } = await startCassandra({
    config,
    dir: join(config.dataDir, 'cassandra'),
  });
  after(stop, { timeout: 60_000 });
  return { pid: record.pid, environment };
}
