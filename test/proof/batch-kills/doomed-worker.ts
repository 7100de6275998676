/**
 * A worker like any other, but for one thing: of the kills that its argument names, `<activity>:<before | after>`, it is killed by
 * SIGKILL at the one that it comes to first: when that activity is about to begin, or has done all that it does and has told
 * nobody yet. It tells which one over the channel to its parent. With none, it lives.
 */
import { flushCompileCache } from 'node:module';
import { createActivities } from '../../../activities/activities.ts';
import { openActivityDeps } from '../../../infra/bin/worker-process.ts';
import { loadConfig } from '../../../infra/config.ts';
import { silentLog } from '../../../infra/log.ts';
import { logTemporalTo, startWorker } from '../../../infra/temporal/worker.ts';
import { workflowBundle } from '../../support/workflows.ts';
import type { Doom } from './doomed.ts';

const { aheadMs, isWaiting, ...doom } = JSON.parse(process.argv[2]!) as Doom;
let { kills } = doom;
/** Listened for from the beginning: it may come before this one is ready. */
const told = isWaiting
  ? new Promise<readonly string[]>((resolve) => void process.once('message', resolve))
  : undefined;
/** Of activities, in the workflows' source; a lost worker is noticed sooner here, since most of the proof is waiting for that. */
const HEARTBEAT = { released: /(heartbeatTimeout: )'15s'/g, here: "$1'3s'" } as const;

async function hastenedWorkflows(): Promise<string> {
  const released = await workflowBundle();
  const code = released.replace(HEARTBEAT.released, HEARTBEAT.here);
  if (code === released)
    throw new Error('the workflows have other heartbeat timeouts than the proof expects');
  return code;
}

/** Nothing runs after it. */
function dieAt(kill: string): Promise<never> {
  process.send!(kill, () => process.kill(process.pid, 'SIGKILL'));
  return new Promise(() => undefined);
}

/** What waits for days is asked for as of days later. */
function later<T>(input: T): T {
  const { asOf } = (input ?? {}) as { asOf?: string };
  if (aheadMs === 0 || asOf === undefined) return input;
  return { ...input, asOf: new Date(Date.parse(asOf) + aheadMs).toISOString() };
}

const config = loadConfig();
logTemporalTo(silentLog());
const { deps, prepare } = await openActivityDeps(config, silentLog());
await prepare();
const activities = Object.fromEntries(
  Object.entries(createActivities(deps)).map(([name, run]) => [
    name,
    async (input: never): Promise<unknown> => {
      if (kills.includes(`${name}:before`)) return dieAt(`${name}:before`);
      const result = await run(later(input));
      return kills.includes(`${name}:after`) ? dieAt(`${name}:after`) : result;
    },
  ]),
);
const workflows = { code: await hastenedWorkflows() };
if (told !== undefined) kills = await told;
await startWorker({
  config,
  workflows,
  activities,
  maxCachedWorkflows: 0,
});
// Who is killed does not leave behind what the next one would begin from.
flushCompileCache();
