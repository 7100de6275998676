/**
 * A worker like any other, but for one thing: the argument `<activity>:<before | after>` has it killed by SIGKILL when that
 * activity is about to begin, or has done all that it does and has told nobody yet. Without it, it lives.
 */
import { createActivities } from '../../../activities/activities.ts';
import { openActivityDeps } from '../../../infra/bin/worker-process.ts';
import { loadConfig } from '../../../infra/config.ts';
import { silentLog } from '../../../infra/log.ts';
import { logTemporalTo, startWorker } from '../../../infra/temporal/worker.ts';
import { workflowBundle } from '../../support/workflows.ts';

const [doomed, moment] = (process.argv[2] ?? '').split(':');
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
function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL');
  return new Promise(() => undefined);
}

const config = loadConfig();
logTemporalTo(silentLog());
const { deps, prepare } = await openActivityDeps(config, silentLog());
await prepare();
const activities = Object.fromEntries(
  Object.entries(createActivities(deps)).map(([name, run]) => [
    name,
    async (input: never): Promise<unknown> => {
      if (name === doomed && moment === 'before') return die();
      const result = await run(input);
      return name === doomed ? die() : result;
    },
  ]),
);
await startWorker({
  config,
  workflows: { code: await hastenedWorkflows() },
  activities,
  maxCachedWorkflows: 0,
});
