/** Profiles with something watched, copied to Cassandra as behaviour processes would. */
import { profileId } from '../../../domain/ids.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import type { WatchingState } from '../../../domain/watching/state.ts';
import { createWatching, WATCHING } from '../../../domain/watching/watching.ts';
import { createCassandra } from '../../../infra/cassandra/client.ts';
import { createProfileCopies } from '../../../infra/cassandra/profiles.ts';
import type { Config } from '../../../infra/config.ts';
import { SERVED_FOLDS } from '../../../infra/profile-store/profile-reader.ts';
import { inLogOrder, recordOf } from '../../support/profile-records.ts';
import { KNOWN_PROFILES, profileOf, titleOf } from './published.ts';

const WATCHED = 10;
const STAMP = { epoch: 1, commit: 1 } as const;

export async function storeProfiles(config: Config, titles: number): Promise<void> {
  const { cassandra: settings, region, generation, partitions } = config;
  const cassandra = createCassandra(settings);
  const copies = createProfileCopies({ cassandra, keyspace: settings.keyspace, region, generation });
  try {
    for (let n = 0; n < KNOWN_PROFILES; n += 1) {
      await copies.write(WATCHING, profileId(profileOf(n)), watchedBy(n, titles), STAMP);
    }
    for (const fold of SERVED_FOLDS) {
      for (let partition = 0; partition < partitions; partition += 1)
        await copies.mark(fold, partition, { ...STAMP, positions: {} });
    }
  } finally {
    await cassandra.close();
  }
}

function watchedBy(profile: number, titles: number): WatchingState | undefined {
  const fold = createWatching({ titles: WATCHED, list: WATCHED, ratings: WATCHED });
  const records = Array.from({ length: WATCHED }, (_, n) =>
    recordOf({
      ...{
        kind: 'play_stop',
        titleId: titleOf((profile * 31 + n * 7) % titles),
        playId: `${profile}-${n}`,
      },
      ...{ eventTime: Date.now() - (n + 1) * HOUR_MS, positionSeconds: 900, viewedSeconds: 900 },
    }),
  );
  let state: WatchingState | undefined;
  for (const input of inLogOrder(records)) state = fold.step(state, input).state;
  return state;
}
