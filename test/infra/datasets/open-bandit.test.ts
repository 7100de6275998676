import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseEvent } from '../../../domain/events/validate.ts';
import { isMarqueeError } from '../../../domain/errors.ts';
import { banditEvents } from '../../../infra/datasets/open-bandit-events.ts';
import { fetchOpenBandit, parseBanditFile } from '../../../infra/datasets/open-bandit.ts';

const HEADER = ',timestamp,item_id,position,click,propensity_score,user_feature_0';
const LINES = [
  '0,2019-11-24 00:00:34.762830+00:00,14,3,0,0.0125,81ce',
  '1,2019-11-24 00:00:35+00:00,5,1,1,0.0125,81ce',
];
const FILE = [HEADER, ...LINES, ''].join('\n');

test('an impression is its time to the millisecond, item, position, click and propensity', () => {
  assert.deepEqual(parseBanditFile(FILE, 'bts', 'men')[0], {
    policy: 'bts',
    campaign: 'men',
    line: 0,
    timeMs: Date.UTC(2019, 10, 24, 0, 0, 34, 762),
    itemId: '14',
    position: 3,
    clicked: false,
    propensity: 0.0125,
  });
});

test('a file without one of the columns is refused, and so is a line that is no impression', () => {
  const isCorrupt = (error: unknown): boolean => isMarqueeError(error, 'DOWNLOAD_CORRUPT');
  assert.throws(() => parseBanditFile(FILE.replace('position', 'place'), 'bts', 'men'), isCorrupt);
  assert.throws(() => parseBanditFile(FILE.replace(',3,0,', ',4,0,'), 'bts', 'men'), isCorrupt);
  // What cannot have been shown was not.
  assert.throws(() => parseBanditFile(FILE.replace(',0.0125,', ',0,'), 'bts', 'men'), isCorrupt);
});

test('events are sound, in order and within the span, and a click states its row under one policy alone', () => {
  const both = [...parseBanditFile(FILE, 'random', 'all'), ...parseBanditFile(FILE, 'bts', 'all')];
  const events = banditEvents(both, { fromMs: 1000, toMs: 2000 }, 'run').map((line) => {
    const parsed = parseEvent(line);
    assert.ok(parsed.ok);
    return parsed.event;
  });
  const said = events.map((event) => [
    event.kind,
    event.eventTime,
    'row' in event ? [event.row, event.rank] : null,
  ]);
  assert.deepEqual(said, [
    ['impression', 1000, ['all-random', 2]],
    ['impression', 1000, ['all-bts', 2]],
    ['impression', 2000, ['all-random', 0]],
    ['play_start', 2001, ['all-random', 0]],
    ['impression', 2000, ['all-bts', 0]],
    ['play_start', 2001, null],
  ]);
  assert.equal(new Set(events.map(({ profileId }) => profileId)).size, 4);
});

test('data that cannot be fetched is never made up', async (t) => {
  const cacheDir = await mkdtemp(join(tmpdir(), 'marquee-bandit-'));
  t.after(() => rm(cacheDir, { recursive: true, force: true }));
  await assert.rejects(fetchOpenBandit({ cacheDir, python: 'no-such-python' }), /no-such-python/);
});
