/** Asks the lake what was taken before a log begins. Only owners that find the beginning gone ask, so it is opened late. */
import type { CountedTopic } from '../../domain/topics.ts';
import type { OpenLake } from '../../infra/lake/open.ts';
import { rawHighBelow } from '../../infra/lake/raw-high.ts';
import type { Log } from '../../infra/log.ts';
import type { RawHighBelow } from './owner.ts';

export interface LakeWitness {
  /** Never fails: what the lake does not answer is not known. */
  of(topic: CountedTopic, partition: number): RawHighBelow;
  close(): Promise<void>;
}

export function createLakeWitness(open: () => Promise<OpenLake>, generation: string, log: Log): LakeWitness {
  let opened: Promise<OpenLake> | undefined;
  const lakeNow = (): Promise<OpenLake> => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return {
    of: (topic, partition) => async (offset) => {
      try {
        const { lake } = await lakeNow();
        return await rawHighBelow(lake, topic, { generation, partition, offset });
      } catch (error) {
        log.warn(
          { err: error, topic, partition, offset },
          'the lake does not answer; blocks will say they are incomplete',
        );
        return undefined;
      }
    },
    async close() {
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}
