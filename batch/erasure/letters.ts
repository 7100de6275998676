/** Dead letters that name the profile, written anew under their keys: compaction then takes the old ones. */
import { letterHeaders } from '../../domain/dead-letter.ts';
import { isDistinctive } from '../../domain/erasure/distinctive.ts';
import { erasedValue, profileOfValue } from '../../domain/erasure/raw-value.ts';
import { reachOf, type Tombstone } from '../../domain/erasure/tombstone.ts';
import type { Generation, ProfileId, Region } from '../../domain/ids.ts';
import { topicName } from '../../domain/topics.ts';
import type { LogProducer } from '../../infra/kafka/producer-port.ts';
import type { LetterBox, OpenLetter } from '../../infra/letters/letter-box.ts';
import { shapeIn, shapesOf } from './shapes.ts';

export interface ErasureLettersDeps {
  readonly region: Region;
  readonly generation: Generation;
  readonly box: Pick<LetterBox, 'list'>;
  readonly connect: () => Promise<LogProducer>;
}

/** A letter carries its value whole, or cut at the largest event. */
const WHOLE = Infinity;

/** The open letters whose value names the profile, of records that the erasure reaches. */
export async function lettersOf(
  box: Pick<LetterBox, 'list'>,
  profileId: ProfileId,
  tombstone: Tombstone,
): Promise<readonly OpenLetter[]> {
  const letters = await box.list({}, WHOLE);
  const shapes = shapesOf(profileId);
  return letters.filter(({ key, value }) => {
    const names =
      profileOfValue(value.toString('utf8')) === profileId ||
      (isDistinctive(profileId) && shapeIn(value, shapes) !== undefined);
    return names && isReached(key, tombstone);
  });
}

/** A letter of a clean topic names its offset there; what the sink could not decode is taken to be reached. */
function isReached(key: string, tombstone: Tombstone): boolean {
  const [, generation = '', ...place] = key.split('/');
  if (place.length !== 2) return true;
  return Number(place[1]) <= reachOf(tombstone, generation, Number(place[0]));
}

export async function rewriteLetters(
  { region, generation, box, connect }: ErasureLettersDeps,
  profileId: ProfileId,
  tombstone: Tombstone,
): Promise<number> {
  const letters = await lettersOf(box, profileId, tombstone);
  if (letters.length === 0) return 0;
  const producer = await connect();
  try {
    const messages = letters.map(({ key, value, ...letter }) => {
      const erased = Buffer.from(
        erasedValue(value.toString('latin1'), profileId, tombstone.surrogate),
        'latin1',
      );
      return {
        partition: Number(key.split('/').at(-2)),
        ...{ key, value: erased },
        headers: letterHeaders({ ...letter, bytes: erased.byteLength }),
      };
    });
    await producer.send([{ topic: topicName(region, generation, 'dead-letters'), messages }]);
    return letters.length;
  } finally {
    await producer.close();
  }
}
