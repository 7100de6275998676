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
await startWorker({ config, workflows: { code: await workflowBundle() }, activities });
