/** A serving process with a proxy before each of its servers, and something to serve. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../../infra/config.ts';
import { startFaultyProxy, type Fault, type FaultyProxy } from '../../support/faulty-proxy.ts';
import { SERVING_FLAGS } from '../../../infra/local/node-flags.ts';
import { startProcess, type MarqueeProcess } from '../../support/pipeline.ts';
import { freePort } from '../../support/free-port.ts';
import { until } from '../../support/until.ts';
import { readAnswer } from './answers.ts';
import { storeProfiles } from './profiles.ts';
import { catalogueText, profileOf, publishViews } from './published.ts';
import { deadlinesOf, type Deadlines } from './verdict.ts';

/**
 * What serving reads from. The catalogue is a file on its disk. `profiles` is the profile store, which is all that serving asks of
 * profiles: here in Cassandra; over LMDB it is a file of the same machine, and no server that could be away. The profile
 * service, which `extract` asks over HTTP, is none of them: serving never asks it.
 */
export const DEPENDENCIES = ['kafka', 's3', 'temporal', 'profiles', 'catalogue'] as const;
export type Dependency = (typeof DEPENDENCIES)[number];

export interface Place {
  readonly deadlines: Deadlines;
  readonly process: () => MarqueeProcess;
  readonly url: () => string;
  harm(dependency: Dependency, fault: Fault | undefined): void;
  /** Stops the process and starts it again, on the same disk, with other settings where given; resolves when it listens. */
  restart(settings?: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

export interface PlaceOptions {
  readonly environment: Readonly<Record<string, string>>;
  readonly region: string;
  readonly folder: string;
  readonly titles: number;
  readonly slowByMs: number;
  /** Of the process, on top of the environment. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Where nobody listens. */
const NOWHERE = '127.0.0.1:1';
const PARTITIONS = 2;
const BLOCK_SIZE = 1024;

export async function openPlace(options: PlaceOptions): Promise<Place> {
  const { environment, folder, titles, slowByMs } = options;
  const dataDir = join(folder, 'serving');
  mkdirSync(dataDir, { recursive: true });
  const proxy = (target: string): Promise<FaultyProxy> => startFaultyProxy({ target, slowByMs });
  const [broker = NOWHERE] = (environment['KAFKA_BROKERS'] ?? NOWHERE).split(',');
  const proxies = {
    kafka: await proxy(broker),
    s3: await proxy(new URL(environment['S3_ENDPOINT'] ?? `http://${NOWHERE}`).host),
    temporal: await proxy(environment['TEMPORAL_ADDRESS'] ?? NOWHERE),
    profiles: await proxy(environment['CASSANDRA_CONTACT_POINTS']?.split(',')[0] ?? NOWHERE),
  };
  const at = (name: keyof typeof proxies): string => `127.0.0.1:${proxies[name].port}`;
  const env = {
    ...environment,
    ...settingsOf(options, dataDir),
    // What it keeps on disk it finds again by its port.
    SERVING_PORT: String(await freePort()),
    CASSANDRA_CONTACT_POINTS: at('profiles'),
  };
  const served = {
    ...env,
    S3_ENDPOINT: `http://${at('s3')}`,
    TEMPORAL_ADDRESS: at('temporal'),
  };
  const catalogue = catalogueFile(join(dataDir, 'catalogue.ndjson'), titles);
  catalogue.set(undefined);
  await publishViews(loadConfig(env), titles);
  if (environment['CASSANDRA_CONTACT_POINTS'] !== undefined) await storeProfiles(loadConfig(env), titles);
  const detours = JSON.stringify({ [broker.split(':')[1]!]: proxies.kafka.port });
  const start = (settings = options.settings): Promise<MarqueeProcess> =>
    startProcess('serving', {
      env: { ...served, ...settings },
      logDir: join(folder, 'logs'),
      flags: SERVING_FLAGS,
      command: [join(import.meta.dirname, 'behind-proxies.ts'), detours],
    });
  let running = await start();
  return {
    deadlines: deadlinesOf(loadConfig({ ...served, ...options.settings })),
    process: () => running,
    url: () => running.url()!,
    harm(dependency, fault) {
      if (dependency === 'catalogue') catalogue.set(fault);
      else proxies[dependency].set(fault);
    },
    async restart(settings) {
      await running.stop();
      running = await start(settings);
    },
    async close() {
      await running.stop();
      await Promise.all(Object.values(proxies).map((one) => one.close()));
    },
  };
}

const settingsOf = ({ region }: PlaceOptions, dataDir: string): Record<string, string> => ({
  MARQUEE_REGION: region,
  MARQUEE_DATA_DIR: dataDir,
  MARQUEE_PARTITIONS: String(PARTITIONS),
  MARQUEE_BLOCK_SIZE: String(BLOCK_SIZE),
  PROFILE_STORE: 'cassandra',
  CASSANDRA_KEYSPACE: region.replaceAll('-', '_'),
  SERVING_REQUESTS_PER_MINUTE: '0',
  HTTP_PROFILE_REQUESTS_PER_MINUTE: '0',
  HTTP_REQUESTS_AT_ONCE: '100000',
});

/** A disk has no proxy: the file is gone, is written a piece at a time, or holds something else. */
function catalogueFile(path: string, titles: number): { set(fault: Fault | undefined): void } {
  const text = catalogueText(titles);
  return {
    set(fault) {
      if (fault === 'dead') rmSync(path, { force: true });
      else if (fault === 'slow') writeFileSync(path, text.slice(0, text.length / 2));
      else writeFileSync(path, fault === 'garbage' ? '\0\x01{"titleId":7}\n[]\nnonsense' : text);
    },
  };
}

/** Resolves when rows have both lanes again, and pages every model. */
export const untilWhole = (place: Place, patienceMs: number): Promise<void> =>
  until(async () => {
    const ask = async (path: string) => {
      const answer = await fetch(`${place.url()}${path}`);
      return readAnswer(answer.status, await answer.text());
    };
    const row = await ask('/v1/rows/trending');
    return row.source === 'merged' && (await ask(`/v1/profiles/${profileOf(0)}/home`)).fault === undefined;
  }, patienceMs);
