/**
 * A speed process that takes so many records a second and no more (`SLOW_SPEED_RECORDS_PER_SECOND`): each record holds its
 * thread up, as work would, so that a controller meets processes at their limit on any machine.
 */
import { childEnvironment } from '../../infra/config.ts';
import { runService } from '../../infra/service.ts';
import { openStages } from '../../streaming/speed/threads.ts';

const msPerRecord = 1000 / Number(childEnvironment()['SLOW_SPEED_RECORDS_PER_SECOND']);
const never = new Int32Array(new SharedArrayBuffer(4));

await runService('speed', async ({ config, log, onClose, fail }) => {
  const stage = await openStages(config, log, {
    rawHighBelow: () => () => Promise.resolve(undefined),
    onFault: fail,
    onProgress: (_topic, _partition, records) => void Atomics.wait(never, 0, 0, records * msPerRecord),
    onOpened: () => undefined,
    onFlush: () => undefined,
  });
  onClose(stage.stop);
  stage.closed.catch(fail);
});
