/** The thread that counts: it is given what was read of the log, and answers with the tables of a day. */
import { parentPort, workerData } from 'node:worker_threads';
import { codesByKeys } from './codes.ts';
import { countHere, type CountedDays } from './counted-days.ts';
import { buffersIn, type Answer, type Question, type ThreadStart } from './counting-beside.ts';

const { keys, limits } = workerData as ThreadStart;
const count = countHere(codesByKeys(keys)!, limits);
const logs = new Map<number, CountedDays>();

const answer = (said: Answer): void => parentPort?.postMessage(said, buffersIn(said));

parentPort?.on('message', (asked: Question) => {
  void reply(asked);
});

async function reply(asked: Question): Promise<void> {
  const { id, log } = asked;
  switch (asked.kind) {
    case 'read': {
      const counted = await count(asked.read);
      logs.set(log, counted);
      return answer({ id, days: counted.days });
    }
    case 'day':
      return answer({ id, counts: await logs.get(log)!.of(asked.day, asked.fromBucket) });
    case 'release':
      logs.delete(log);
  }
}
