import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAttribution, TIDY_SPREAD_MS, type AttributionState } from '../../domain/attribution.ts';
import type { AttributedPlay } from '../../domain/attribution/pending.ts';
import type { CleanRecord, MarqueeEvent } from '../../domain/events/event.ts';
import type { KeyedStep } from '../../domain/keyed-fold.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/time.ts';

const LIMITS = {
  windowMs: HOUR_MS,
  discoveryDays: 3,
  latenessMs: 2 * HOUR_MS,
  sightings: 1000,
  pendingPlays: 3,
};
const NOON = 20_000 * DAY_MS + 12 * HOUR_MS;

interface Told {
  readonly at?: number;
  readonly delay?: number;
  readonly timeStatus?: CleanRecord['timeStatus'];
  readonly root?: string;
  readonly [field: string]: unknown;
}

function clean(
  kind: string,
  id: string,
  { at = NOON, delay = 0, timeStatus = 'ok', root, ...own }: Told,
): CleanRecord {
  const event = { kind, eventId: id, eventTime: at, profileId: 'p', country: 'DE', titleId: 't', ...own };
  const enriched = root === undefined ? {} : { enriched: { rootTitleId: root } };
  return {
    rawOffset: 0,
    appendTime: at + delay,
    timeStatus,
    event: event as unknown as MarqueeEvent,
    ...enriched,
  };
}
const seen = (id: string, told: Told = {}): CleanRecord =>
  clean('impression', id, { row: 'trending', rank: 4, pageId: 'home', ...told });
const played = (id: string, told: Told = {}): CleanRecord => clean('play_start', id, told);

/** One profile's fold, record by record. */
function follow(limits: Partial<typeof LIMITS> = {}) {
  const evicted: string[] = [];
  const fold = createAttribution(
    { ...LIMITS, ...limits },
    { onEvicted: (what, count) => void evicted.push(`${count} ${what}`) },
  );
  let state: AttributionState | undefined;
  let wakeAt: number | undefined;
  const take = (step: KeyedStep<AttributionState, 'attributed-plays'>): readonly AttributedPlay[] => {
    ({ state, wakeAt } = step);
    return step.outputs;
  };
  const tell = (...records: CleanRecord[]): AttributedPlay[] =>
    records.flatMap((record) => {
      const topic = record.event.kind === 'impression' ? 'impressions' : 'plays';
      return take(fold.step(state, { topic, partition: 0, offset: 0, record }));
    });
  return {
    tell,
    wake: (logTime: number): readonly AttributedPlay[] => take(fold.wake!('p', state!, logTime)),
    state: () => state,
    wakeAt: () => wakeAt,
    evicted,
  };
}

const last = (upserts: readonly AttributedPlay[]): AttributedPlay => upserts.at(-1)!;

test('a play comes from the latest impression before it and was discovered by the earliest', () => {
  const { tell } = follow();
  const said = tell(
    seen('first', { at: NOON - 2 * DAY_MS, row: 'new', rank: 1 }),
    seen('old', { at: NOON - 10 * MINUTE_MS, rank: 2 }),
    seen('latest', { at: NOON - MINUTE_MS }),
    seen('later', { at: NOON + 1 }),
    played('play'),
  );
  assert.deepEqual(last(said), {
    ...{ upsertKey: '1/p/play', version: 0, appendTime: NOON, profileId: 'p', playId: 'play', titleId: 't' },
    ...{ country: 'DE', eventTime: NOON, timeStatus: 'ok', source: 'row', isFinal: 0 },
    ...{ pageId: 'home', row: 'trending', rank: 4, impressionId: 'latest', impressionTime: NOON - MINUTE_MS },
    ...{ discoveryPageId: 'home', discoveryRow: 'new', discoveryRank: 1, discoveryImpressionId: 'first' },
    discoveryTime: NOON - 2 * DAY_MS,
  });
});

test('what a play states of its row holds, and its impression is sought there alone', () => {
  const { tell } = follow();
  tell(seen('there', { at: NOON - MINUTE_MS, row: 'because', rank: 7 }), seen('elsewhere', { at: NOON }));
  const stated = last(tell(played('a', { row: 'because' })));
  assert.deepEqual(
    [stated.source, stated.row, stated.rank, stated.pageId, stated.impressionId],
    ['stated', 'because', 7, 'home', 'there'],
  );
  const own = last(tell(played('b', { row: 'because', rank: 1, pageId: 'search' })));
  assert.deepEqual([own.source, own.rank, own.pageId, own.impressionId], ['stated', 1, 'search', undefined]);
});

test('a late impression changes the answer, and the last word comes when nothing more can', () => {
  const { tell, wake, wakeAt } = follow();
  assert.equal(last(tell(played('play'))).source, 'none');
  const late = tell(seen('late', { at: NOON - MINUTE_MS, delay: LIMITS.latenessMs }));
  assert.deepEqual([late.length, late[0]?.impressionId, late[0]?.isFinal], [1, 'late', 0]);
  assert.equal(tell(seen('too late', { at: NOON, delay: LIMITS.latenessMs + 1 })).length, 0);
  assert.equal(wakeAt(), NOON + LIMITS.latenessMs + 1);
  const [final, ...none] = wake(wakeAt()!);
  assert.deepEqual([final?.impressionId, final?.isFinal, none.length], ['late', 1, 0]);
});

test('a play that was logged too late or at no sound time has its last word at once', () => {
  const { tell, state } = follow();
  tell(seen('i', { at: NOON - MINUTE_MS }));
  const plays = [
    played('late', { delay: LIMITS.latenessMs + 1 }),
    played('future', { timeStatus: 'future', row: 'because', rank: 1 }),
  ];
  const said = plays.map((play) => last(tell(play)));
  assert.deepEqual(
    said.map(({ isFinal, source, impressionId }) => [isFinal, source, impressionId]),
    [
      [1, 'none', undefined],
      [1, 'stated', undefined],
    ],
  );
  assert.equal(state()?.plays.length, 0);
});

test('synthetic impressions lead nowhere', () => {
  assert.equal(last(follow().tell(seen('i', { origin: 'synthetic' }), played('play'))).source, 'none');
});

test('an episode comes from its series too, and of equal times from itself', () => {
  const { tell } = follow();
  const episode = { titleId: 'e1', root: 's' };
  tell(seen('series', { at: NOON - MINUTE_MS, titleId: 's', root: 's' }));
  assert.equal(last(tell(played('a', episode))).impressionId, 'series');
  tell(seen('another', { at: NOON - MINUTE_MS, titleId: 'e2', root: 's' }));
  tell(seen('episode', { at: NOON - MINUTE_MS, titleId: 'e1', root: 's' }));
  const said = last(tell(played('b', episode)));
  assert.deepEqual([said.impressionId, said.discoveryImpressionId], ['episode', 'episode']);
});

test('of equal times the greater id is the source and the smaller the discovery', () => {
  const { tell } = follow();
  const said = last(tell(seen('b'), seen('c'), seen('a'), played('play')));
  assert.deepEqual([said.impressionId, said.discoveryImpressionId], ['c', 'a']);
});

test('a play id that comes again takes the place of the one that waits', () => {
  const { tell, wake } = follow();
  tell(played('play'), played('again', { playId: 'play', at: NOON + 1, titleId: 'u' }));
  assert.deepEqual(
    wake(NOON + DAY_MS).map(({ playId, titleId }) => [playId, titleId]),
    [['play', 'u']],
  );
});

test('impressions read far ahead of the plays are not tidied away before late plays can find them', () => {
  const { tell } = follow();
  tell(played('early', { titleId: 'u', at: NOON - 5 * HOUR_MS }));
  for (let i = 0; i < 300; i++) tell(seen(`i${1000 + i}`, { at: NOON - 4 * HOUR_MS + i * MINUTE_MS }));
  const late = last(tell(played('late', { at: NOON - 2 * HOUR_MS, delay: LIMITS.latenessMs })));
  assert.deepEqual([late.impressionId, late.discoveryImpressionId], ['i1120', 'i1000']);
});

test('a wake tidies up only what plays within the bound cannot ask for', () => {
  const { tell, wake, wakeAt } = follow();
  const midnight = NOON + 12 * HOUR_MS;
  for (let i = 0; i < 60; i++) tell(seen(`i${100 + i}`, { at: midnight - HOUR_MS + i * MINUTE_MS }));
  tell(seen('tomorrow', { at: midnight + HOUR_MS }));
  const over = midnight + LIMITS.latenessMs + 1;
  assert.ok(wakeAt()! >= over && wakeAt()! < over + TIDY_SPREAD_MS);
  wake(over);
  const late = last(tell(played('late', { at: midnight + 2, delay: LIMITS.latenessMs })));
  assert.equal(late.impressionId, 'i159');
  const between = last(tell(played('between', { at: midnight + MINUTE_MS, delay: LIMITS.latenessMs })));
  assert.equal(between.discoveryImpressionId, 'i100');
});

test('profiles that were shown something in one moment do not tidy up in one moment', () => {
  const fold = createAttribution(LIMITS);
  const wakeOf = (profile: string): number | undefined => {
    const record = seen('i', { profileId: profile });
    return fold.step(undefined, { topic: 'impressions', partition: 0, offset: 0, record }).wakeAt;
  };
  const wakes = Array.from({ length: 1000 }, (_, i) => wakeOf(`p${i}`)!);
  const inHour = wakes.map((at) => Math.floor((at - Math.min(...wakes)) / HOUR_MS));
  const mostInAnHour = Math.max(...[0, 1, 2, 3, 4, 5].map((h) => inHour.filter((at) => at === h).length));
  assert.ok(mostInAnHour < 250, `${mostInAnHour} of 1000 in one hour`);
  assert.equal(wakeOf('p7'), wakes[7]);
});

test('a quiet profile wakes a few times and is then forgotten whole', () => {
  const { tell, wake, wakeAt, state } = follow();
  tell(seen('i'), played('play'));
  let wakes = 0;
  for (let at = wakeAt(); at !== undefined; at = wakeAt()) {
    wake(at);
    wakes++;
    assert.ok((wakeAt() ?? Infinity) > at);
  }
  assert.equal(state(), undefined);
  assert.ok(wakes <= 3, `${wakes} wakes`);
});

test('a profile that is shown or plays without end stays within its limits, and says what it lost', () => {
  const { tell, state, evicted } = follow({ sightings: 100 });
  for (let i = 0; i < 101; i++) tell(seen(`i${i}`, { titleId: `t${i}`, at: NOON + i }));
  assert.deepEqual([state()?.sightings.ids.length, evicted], [76, ['25 impressions']]);
  for (let i = 0; i < 4; i++) tell(played(`p${i}`));
  assert.deepEqual(
    [state()?.plays.map(({ playId }) => playId), evicted.at(-1)],
    [['p1', 'p2', 'p3'], '1 plays'],
  );
});

test('limits that state could not be pruned by are refused', () => {
  assert.throws(() => createAttribution({ ...LIMITS, windowMs: 4 * DAY_MS }), /longer than 3 days/);
  assert.throws(() => createAttribution({ ...LIMITS, sightings: 20_001 }), /at most 20000/);
});
