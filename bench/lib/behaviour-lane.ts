/** The `behaviour` process as it is deployed, as a side of a benchmark: its metrics say how far it is. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { COUNTED_TOPICS, topicName } from '../../domain/topics.ts';
import { FOLDING_FLAGS } from '../../infra/local/node-flags.ts';
import { behaviourFolds, behaviourGroups } from '../../streaming/behaviour/folds.ts';
import { startProcess } from '../../test/support/pipeline.ts';
import { freePort } from '../../test/support/free-port.ts';
import type { LineProcess } from './line-process.ts';
import type { Sample, SpeedLane } from './speed-lane.ts';
import type { SidesDeps } from './speed-sides.ts';

/** Of the kernel's clock, which every Linux since 2.6 tells processes' times in. */
const TICKS_PER_SECOND = 100;
/** Metrics are asked for no more often: answering them is work of the process that is measured. */
const ASK_EVERY_MS = 1000;
const RECORDS = 'marquee_behaviour_records_total';
const LAG = 'marquee_behaviour_lag_records';

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** All rules in one process, which stores what they know on its disk and checkpoints in the object store. */
export function behaviourLane({ config, environment, kafka, store }: SidesDeps): SpeedLane {
  const { region, generation, partitions } = config;
  // What no counted topic feeds has nothing to read here.
  const rules = behaviourFolds(config).map(({ name, topics }) => ({
    name,
    topics: topics.filter((topic) => (COUNTED_TOPICS as readonly string[]).includes(topic)),
  }));
  const parts = rules.reduce((sum, { topics }) => sum + topics.length * partitions, 0);
  return {
    parts,
    async start() {
      const dataDir = mkdtempSync(join(tmpdir(), 'marquee-bench-behaviour-'));
      const port = await freePort();
      const env = { ...environment, MARQUEE_DATA_DIR: dataDir, BEHAVIOUR_METRICS_PORT: String(port) };
      const behaviour = await startProcess('behaviour', {
        ...{ env, logDir: join(dataDir, 'logs') },
        flags: FOLDING_FLAGS,
      }).catch((error: unknown) => {
        rmSync(dataDir, { recursive: true, force: true });
        throw error;
      });
      const sample = createSampler(`http://127.0.0.1:${port}/metrics`, behaviour.pid, {
        ...{ waitMs: settledMs(config), parts },
      });
      const line: LineProcess = {
        ask: async <T>() => (await sample(rules)) as T,
        async close() {
          await behaviour.stop();
          rmSync(dataDir, { recursive: true, force: true });
        },
      };
      return [line];
    },
    finish: () => Promise.resolve({ outputRecords: 0, outputBytes: 0 }),
    async clear() {
      const admin = await kafka.admin();
      const groups = behaviourGroups(config).map(({ name }) => `${region}.${name}.${generation}`);
      await admin.deleteGroups(groups).catch(() => undefined);
      const derived = ['attributed-plays', 'user-behavior-features'] as const;
      await admin.deleteTopics({ topics: derived.map((kind) => topicName(region, generation, kind)) });
      for (const { key } of await store.list(`${region}/`)) await store.delete(key);
    },
  };
}

/** Until then what was folded last is stored and in a checkpoint. */
const settledMs = ({ behaviour }: SidesDeps['config']): number =>
  2 * Math.max(behaviour.storeIntervalMs, behaviour.checkpointIntervalMs);

type Rules = readonly { readonly name: string; readonly topics: readonly string[] }[];

function createSampler(
  url: string,
  pid: number,
  { waitMs, parts }: { readonly waitMs: number; readonly parts: number },
): (rules: Rules) => Promise<Sample> {
  let readSince = Infinity;
  let askedAt = -Infinity;
  return async (rules) => {
    await sleep(Math.max(0, askedAt + ASK_EVERY_MS - performance.now()));
    askedAt = performance.now();
    const series = seriesIn(await (await fetch(url)).text());
    const lags = series.filter(({ name }) => name === LAG);
    const read = lags.filter(({ value }) => value === 0);
    const isRead = read.length === lags.length && lags.length >= parts;
    readSince = isRead ? Math.min(readSince, performance.now()) : Infinity;
    const isStored = performance.now() - readSince >= waitMs;
    return {
      records: foldedByAll(series, rules),
      cpuSeconds: cpuSecondsOf(pid),
      finished: isStored
        ? read.map(({ labels: { rule, topic, partition } }) => `${rule}/${topic}/${partition}`)
        : [],
    };
  };
}

/** Records of the topics that the slowest of the rules that read all of them has folded. */
function foldedByAll(series: readonly Series[], rules: Rules): number {
  const whole = rules.filter(({ topics }) => topics.length === COUNTED_TOPICS.length);
  const folded = whole.map((rule) =>
    series
      .filter(({ name, labels }) => name === RECORDS && labels['rule'] === rule.name)
      .reduce((sum, { value }) => sum + value, 0),
  );
  return Math.min(...folded);
}

function seriesIn(text: string): Series[] {
  return [...text.matchAll(/^(\w+)\{([^}]*)\} (\S+)$/gm)].map(([, name = '', labels = '', value]) => ({
    name,
    labels: labelsIn(labels),
    value: Number(value),
  }));
}

function labelsIn(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, key = '', said = ''] of text.matchAll(/(\w+)="([^"]*)"/g)) labels[key] = said;
  return labels;
}

/** User and system time of another process. */
function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
