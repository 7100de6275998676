/** What the owner of a partition publishes, in a process of its own: plays of the last hour first, then new ones. */
import { hashProfile } from '../../../domain/hash.ts';
import { country, profileId, titleId } from '../../../domain/ids.ts';
import { createRandom } from '../../../domain/random.ts';
import { encodeSpeedMessage } from '../../../domain/speed-codec.ts';
import { createSpeedFold, startAt } from '../../../domain/speed-fold.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import type { FeedMessage, FeedShape } from './speed-feed.ts';
import { COUNTRIES, popularTitle, titleOf } from './synthetic.ts';

const [titles, blockSize, firstPlays, playsATurn, turnMs] = process.argv
  .slice(2)
  .map(Number) as unknown as FeedShape;
const random = createRandom(11);
const fold = createSpeedFold({ topic: 'plays', partition: 0, blockSize, slots: 16 }, startAt(0, -1));
let offset = 0;

function step(eventTime: number): void {
  const profile = `profile-${random.below(100_000)}`;
  fold.step(offset, {
    rawOffset: offset,
    ...{ appendTime: eventTime, eventTime, timeStatus: 'ok', kind: 'play_start', row: 'trending' },
    profileId: profileId(profile),
    profileHash: hashProfile(profile),
    country: country(COUNTRIES[random.below(COUNTRIES.length)]!),
    titleId: titleId(titleOf(popularTitle(random, titles))),
  });
  offset += 1;
}

function publish(plays: number, within: number): void {
  const records: FeedMessage['records'][number][] = [];
  const flush = (): void => {
    for (const { key, value } of fold.flush(1, false))
      records.push({ key: Buffer.from(key), value: value && Buffer.from(encodeSpeedMessage(value)) });
  };
  for (let i = 0; i < plays; i++) {
    if (fold.isFull()) {
      flush();
      fold.advance();
    }
    step(Date.now() - (within === 0 ? 0 : random.below(within)));
  }
  flush();
  process.send?.({ records, end: offset } satisfies FeedMessage);
}

publish(firstPlays, HOUR_MS);
const timer = setInterval(() => publish(playsATurn, 0), turnMs);
process.on('disconnect', () => clearInterval(timer));
