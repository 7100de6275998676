/**
 * Run as a process of its own whose files may not grow past a limit, as on a full disk: counts records in a lane, storing
 * after each batch, and tries again until there is room or it has tried often. Prints what happened as one line of JSON.
 */
import { spawnSync } from 'node:child_process';
import { isMarqueeError } from '../../domain/errors.ts';
import { record, world } from './counting-lane.ts';

const [folder = '', records = '0', batch = '1', roomComes = 'never'] = process.argv.slice(2);
const ROOM_AFTER_FAILURES = 4;

const { lane, sent } = world(folder, ['impressions'], { cachedKeys: 50 });
const failures: string[] = [];
let next = (await lane.open('impressions')) ?? 0;
while (next < Number(records)) {
  const offsets = Array.from({ length: Number(batch) }, (_, i) => next + i);
  try {
    await lane.process(
      'impressions',
      offsets.map((offset) => ({ offset, record: record(offset, `profile-${offset}`, 1000) })),
    );
    await lane.store();
    next += offsets.length;
  } catch (error) {
    failures.push(isMarqueeError(error) ? error.code : String(error));
    if (roomComes === 'later' && failures.length === ROOM_AFTER_FAILURES) {
      spawnSync('prlimit', ['--pid', String(process.pid), '--fsize=1000000000']);
    }
    if (failures.length > 2 * ROOM_AFTER_FAILURES) break;
    next = (await lane.open('impressions').catch(() => undefined)) ?? next;
  }
}
const words = new Map(sent.map(({ key, record: { value } }) => [key, value]));
console.log(
  JSON.stringify({
    next,
    failures,
    words: words.size,
    wrong: [...words.values()].filter((v) => v !== 1).length,
  }),
);
