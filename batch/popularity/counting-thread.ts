/** The thread that counts: it is given what was read of the log, and answers with the tables of a day. */
import { parentPort, workerData } from 'node:worker_threads';
import { codesByKeys } from './codes.ts';
import { countHere, type CountedDays, type Counting } from './counted-days.ts';
import { buffersIn, type Answer, type Question, type ThreadStart } from './counting-beside.ts';

const { keys, limits } = workerData as ThreadStart;
const count = countHere(codesByKeys(keys)!, limits);
/** On their way into memory. */
const taken = new Map<number, Counting>();
const logs = new Map<number, CountedDays>();

const answer = (said: Answer): void => parentPort?.postMessage(said, buffersIn(said));

parentPort?.on('message', (asked: Question) => {
  void reply(asked);
});

async function reply(asked: Question): Promise<void> {
  const { id, log } = asked;
  switch (asked.kind) {
    case 'take': {
      const counting = taken.get(log) ?? count();
      taken.set(log, counting);
      return counting.take(asked.topic, asked.rows, asked.rowCount);
    }
    case 'count': {
      const counted = await taken.get(log)!.counted();
      taken.delete(log);
      logs.set(log, counted);
      return answer({ id, days: counted.days });
    }
    case 'day':
      return answer({ id, counts: await logs.get(log)!.of(asked.day, asked.fromBucket) });
    case 'release':
      taken.delete(log);
      logs.delete(log);
  }
}
