/** The parts of the proof, by name: each in a region of its own. */
import { join } from 'node:path';
import { region } from '../../../domain/ids.ts';
import type { Config } from '../../../infra/config.ts';
import { createS3ObjectStore, type S3ObjectStore } from '../../../infra/object-store/s3.ts';
import { startMinio } from '../../support/object-store-minio.ts';
import { proveCandidates } from './candidates.ts';
import type { Finding, Say } from './finding.ts';
import { proveFlips } from './flips.ts';
import { proveLostReplies } from './lost-replies.ts';
import { proveOutages } from './outages.ts';
import { provePins } from './pins.ts';
import { raceAnnouncements } from './races.ts';
import { proveSwaps } from './swaps.ts';

export interface PartSettings {
  readonly config: Config;
  readonly environment: Readonly<Record<string, string>>;
  readonly region: string;
  readonly folder: string;
  readonly rounds: number;
  readonly swaps: number;
  readonly say: Say;
}

const CROWD = 64;
const FEW = 4;
/** Subscribers beside the one that cannot follow. */
const WILLING = 8;
/** A request in a crowd of 64 on a busy machine. */
const CROWD_TIMEOUT_MS = 20_000;

async function withStore(
  options: Parameters<typeof createS3ObjectStore>[0],
  work: (store: S3ObjectStore) => Promise<Finding>,
): Promise<Finding> {
  const store = createS3ObjectStore(options);
  try {
    await store.ensureBucket();
    return await work(store);
  } finally {
    store.close();
  }
}

async function crowd({ rounds, say, region: name }: PartSettings): Promise<Finding> {
  const minio = await startMinio();
  try {
    const options = { ...minio, bucket: 'publish', requestTimeoutMs: CROWD_TIMEOUT_MS };
    return await withStore(options, (store) =>
      raceAnnouncements(store, { region: region(name), rounds, writers: CROWD, isWhole: false, say }),
    );
  } finally {
    await minio.stop();
  }
}

const races = ({ config, rounds, say, region: name }: PartSettings): Promise<Finding> =>
  withStore(config.s3, (store) =>
    raceAnnouncements(store, { region: region(name), rounds, writers: FEW, isWhole: true, say }),
  );

const lost = ({ config, rounds, say, region: name }: PartSettings): Promise<Finding> =>
  withStore(config.s3, () =>
    proveLostReplies({
      ...{ s3: config.s3, region: region(name), say },
      ...{ decisions: 4 * rounds, publications: Math.ceil(rounds / 2), bare: Math.ceil(rounds / 4) },
    }),
  );

const outages = ({ config, rounds, say, region: name, folder }: PartSettings): Promise<Finding> =>
  withStore(config.s3, () =>
    proveOutages({
      ...{ s3: config.s3, region: region(name), folder: join(folder, 'outages'), say },
      publications: Math.ceil(rounds / 10),
    }),
  );

const candidates = ({ config, say, region: name, folder }: PartSettings): Promise<Finding> =>
  withStore(config.s3, (store) => proveCandidates({ store, region: region(name), folder, say }));

const flips = ({ config, rounds, say, region: name, folder }: PartSettings): Promise<Finding> =>
  withStore(config.s3, (store) => proveFlips({ store, region: region(name), folder, flips: rounds, say }));

const pins = ({ environment, rounds, say, region: name, folder }: PartSettings): Promise<Finding> =>
  provePins({
    ...{ environment, region: name, folder, say, willing: WILLING },
    rounds: Math.ceil(rounds / 10),
  });

export const PARTS = {
  ...{ races, crowd, lost, outages, candidates, flips, pins },
  swaps: proveSwaps,
} satisfies Record<string, (settings: PartSettings) => Promise<Finding>>;
export type PartName = keyof typeof PARTS;
