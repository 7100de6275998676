/** A store that refuses, is slow, times out, is gone or talks nonsense while versions are published and followed. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMarqueeError } from '../../../domain/errors.ts';
import type { Region } from '../../../domain/ids.ts';
import { viewName, type ViewName, type ViewVersion } from '../../../domain/views.ts';
import { createViewRepository, type ViewRepository } from '../../../infra/hermes/repository.ts';
import { createSubscriber, localPartPath, type Subscription } from '../../../infra/hermes/subscriber.ts';
import { silentLog } from '../../../infra/log.ts';
import {
  createS3ObjectStore,
  type S3ObjectStore,
  type S3ObjectStoreOptions,
} from '../../../infra/object-store/s3.ts';
import { startFaultyProxy, type Fault, type FaultyProxy } from '../../support/faulty-proxy.ts';
import { publish } from '../../support/object-store-views.ts';
import { until } from '../../support/until.ts';
import type { Finding, Say } from './finding.ts';

export interface OutageSettings {
  readonly s3: S3ObjectStoreOptions;
  readonly region: Region;
  /** Versions that are published under each fault. */
  readonly publications: number;
  /** For the subscribers' copies. */
  readonly folder: string;
  /** All of them unless given. */
  readonly outages?: readonly OutageName[];
  readonly say: Say;
}

const TIMEOUT_MS = 800;
/** What the store does, and how much later its answers come. */
export const OUTAGES = {
  refusing: { fault: 'refusing', slowByMs: 0 },
  gone: { fault: 'dead', slowByMs: 0 },
  slow: { fault: 'slow', slowByMs: TIMEOUT_MS / 8 },
  'timing-out': { fault: 'slow', slowByMs: 2 * TIMEOUT_MS },
  nonsense: { fault: 'garbage', slowByMs: 0 },
} as const satisfies Readonly<Record<string, { readonly fault: Fault; readonly slowByMs: number }>>;
export type OutageName = keyof typeof OUTAGES;
const NAMES = Object.keys(OUTAGES) as OutageName[];

/** The fault comes at another step of each publication, and stays for longer than one request is tried. */
const BEGINS_MS = [0, 5, 20, 60, 120] as const;
const LASTS_MS = 2500;
/** A publication that failed is taken up again, as Temporal does. */
const MOST_TRIES = 100;
const PAUSE_MS = 100;
const POLL_MS = 100;
const LONGEST_MS = 60_000;

export async function proveOutages(settings: OutageSettings): Promise<Finding> {
  const findings: Finding[] = [];
  for (const name of settings.outages ?? NAMES) {
    const { fault, slowByMs } = OUTAGES[name];
    const proxy = await startFaultyProxy({
      target: new URL(settings.s3.endpoint).host,
      slowByMs,
    });
    const through = createS3ObjectStore({
      ...settings.s3,
      ...{ endpoint: `http://127.0.0.1:${proxy.port}`, requestTimeoutMs: TIMEOUT_MS },
    });
    const direct = createS3ObjectStore(settings.s3);
    try {
      findings.push(await playOutage(name, fault, { proxy, through, direct }, settings));
      settings.say(`${name}: ${settings.publications} versions`);
    } finally {
      through.close();
      direct.close();
      await proxy.close();
    }
  }
  const sum = (figure: string): number =>
    findings.reduce((total, { figures }) => total + figures[figure]!, 0);
  const figures = ['publications', 'announced_once', 'failed_tries', 'answers', 'answers_of_no_version'];
  return {
    figures: { outages: findings.length, ...Object.fromEntries(figures.map((name) => [name, sum(name)])) },
    differences: findings.flatMap(({ differences }) => differences),
  };
}

interface Stores {
  readonly proxy: FaultyProxy;
  readonly through: S3ObjectStore;
  readonly direct: S3ObjectStore;
}

async function playOutage(
  name: string,
  fault: Fault,
  { proxy, through, direct }: Stores,
  { region, publications, folder }: OutageSettings,
): Promise<Finding> {
  const view = viewName(`outage-${name}`);
  const [repository, truth] = [through, direct].map((store) => createViewRepository({ store, region })) as [
    ViewRepository,
    ViewRepository,
  ];
  await publish(truth, view, 'run-0', { 'part-0': 'run-0' }, region);
  const subscription = await follow(repository, view, join(folder, name));
  const reading = readAlways(subscription);
  let failed = 0;
  const differences: string[] = [];
  for (let nth = 1; nth <= publications; nth += 1) {
    const runId = `run-${nth}`;
    const faulty = sleep(BEGINS_MS[nth % BEGINS_MS.length]).then(async () => {
      proxy.set(fault);
      await sleep(LASTS_MS);
      proxy.set(undefined);
    });
    const { tries, code } = await publishAtLast(repository, view, runId, region);
    await faulty;
    failed += tries - 1;
    if (code !== undefined) differences.push(`${name}: ${runId} ended with ${code}`);
  }
  const newest = (await truth.readPointer(view))?.version;
  await until(() => Promise.resolve(subscription.current()?.version === newest), LONGEST_MS).catch(() =>
    differences.push(`${name}: the subscriber stays at ${subscription.current()?.version}, not at ${newest}`),
  );
  const { answers, bad } = await reading.end();
  await subscription.close();
  const history = (await truth.listVersions(view, publications + 2)).toReversed();
  const announced = history.filter(({ state }) => state === 'announced' || state === 'backup');
  const runs = announced.map(({ runId }) => runId);
  if (history.length !== publications + 1 || new Set(runs).size !== publications + 1)
    differences.push(
      `${name}: versions are ${history.map(({ runId, state }) => `${runId} ${state}`).join(', ')}`,
    );
  if (bad > 0) differences.push(`${name}: ${bad} of ${answers} answers were of no version`);
  return {
    figures: {
      ...{ publications, failed_tries: failed, answers, answers_of_no_version: bad },
      announced_once: new Set(runs).size - 1,
    },
    differences,
  };
}

/** Repeats a publication while the store may yet answer; the code that ended it otherwise. */
async function publishAtLast(
  repository: ViewRepository,
  view: ViewName,
  runId: string,
  region: Region,
): Promise<{ readonly tries: number; readonly code?: string }> {
  for (let tries = 1; ; tries += 1) {
    try {
      await publish(repository, view, runId, { 'part-0': runId }, region);
      return { tries };
    } catch (error) {
      if (!isMarqueeError(error)) throw error;
      if (error.code !== 'OBJECT_STORE_UNAVAILABLE' || tries === MOST_TRIES)
        return { tries, code: error.code };
      await sleep(PAUSE_MS);
    }
  }
}

interface Read {
  readonly version: ViewVersion;
  readonly text: string;
}

async function follow(repository: ViewRepository, view: ViewName, dir: string): Promise<Subscription<Read>> {
  const subscriber = createSubscriber({ repository, dir, log: silentLog(), pollIntervalMs: POLL_MS });
  return subscriber.subscribe<Read>(view, {
    load: async (versionDir, { version, parts }) => ({
      version,
      text: await readFile(localPartPath(versionDir, parts[0]!), 'utf8'),
    }),
  });
}

/** Asks for what is served all the time: it must be some version, whole, whatever the store does. */
function readAlways(subscription: Subscription<Read>) {
  let [answers, bad, isOver] = [0, 0, false];
  const reading = (async () => {
    while (!isOver) {
      const served = subscription.current()?.value;
      answers += 1;
      if (served === undefined || served.text !== `run-${served.version - 1}`) bad += 1;
      await sleep(5);
    }
  })();
  return {
    async end(): Promise<{ answers: number; bad: number }> {
      isOver = true;
      await reading;
      return { answers, bad };
    },
  };
}
