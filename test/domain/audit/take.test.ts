import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { figuresOf } from '../../../domain/audit/figures.ts';
import type { AuditState } from '../../../domain/audit/state.ts';
import { coreOf, restoreState } from '../../../domain/audit/state.ts';
import { positionOf, takeAttributedPlay, takeClean, takeLetter } from '../../../domain/audit/take.ts';
import type { DerivedRecord } from '../../../domain/events/derived.ts';
import { MINUTE_MS } from '../../../domain/time.ts';
import { BEGIN, createAudited, entriesOf, LIMITS, refused, type Entry } from './audited-log.ts';

const END = BEGIN + 2 * MINUTE_MS;
const ENTRIES = entriesOf({
  producers: {
    web: {
      perSecond: 3,
      fault: (record, seq) => (seq % 4 === 0 ? refused(record, 'EVENT_FIELD_MISSING', 'row') : clean(record)),
    },
    tv: { perSecond: 2 },
  },
  faultAt: BEGIN,
  end: END,
});
function clean(record: Parameters<typeof refused>[0]): Entry {
  return { type: 'clean', topic: record.event.kind === 'impression' ? 'impressions' : 'plays', record };
}

type Logs = ReadonlyMap<string, readonly Entry[]>;

/** The log of each topic-partition; sent records stand there twice now and then, as after a crash. */
const LOGS: Logs = Map.groupBy(
  ENTRIES.map((entry, i) => ({ entry, i })).flatMap(({ entry, i }) =>
    i % 13 === 0 ? [entry, entry] : [entry],
  ),
  (entry) =>
    entry.type === 'dead' ? 'dead-letters/0' : `${entry.topic}/${(entry.record.event.producerSeq ?? 0) % 2}`,
);

/** Reads one record of a partition from wherever the state stands; false at its end. */
function readOne(state: AuditState, at: string): boolean {
  const [topic = '', partition = '0'] = at.split('/');
  const position = positionOf(state, topic, Number(partition));
  const entry = LOGS.get(at)?.[position.next];
  if (entry === undefined) return false;
  const place = { partition: Number(partition), offset: position.next };
  // Raw offsets rise along a partition and tell what is sent again; here the millisecond and producer are the number.
  if (entry.type === 'dead') takeLetter(state, place, entry.rawOffset, entry.letter, LIMITS);
  else {
    const rawOffset = entry.record.rawOffset * 2 + (entry.record.event.producer === 'tv' ? 1 : 0);
    takeClean(state, entry.topic, place, { ...entry.record, rawOffset }, LIMITS);
  }
  return true;
}

const figures = (state: AuditState): string[] =>
  [...state.windows.values()]
    .toSorted((a, b) => a.start - b.start)
    .flatMap((window) =>
      figuresOf(window, { priorStrength: 10 }).map((figure) =>
        JSON.stringify([window.start, window.total, figure]),
      ),
    )
    .sort();

function readInOrder(): AuditState {
  const { state } = createAudited();
  for (const at of LOGS.keys()) while (readOne(state, at));
  return state;
}

test('figures and versions do not depend on how partitions were interleaved', () => {
  const expected = figures(readInOrder());
  assert.ok(expected.length > 500);
  const totals = [...readInOrder().windows.values()].map(({ total }) => total);
  assert.equal(
    totals.reduce((sum, total) => sum + total, 0),
    ENTRIES.length,
    'what was sent again is counted once',
  );
  const order = fc.array(fc.nat(LOGS.size - 1), { minLength: 100, maxLength: 800 });
  fc.assert(
    fc.property(order, (turns) => {
      const { state } = createAudited();
      const partitions = [...LOGS.keys()];
      for (const turn of turns) readOne(state, partitions[turn]!);
      for (const at of partitions) while (readOne(state, at));
      assert.deepEqual(figures(state), expected);
    }),
    { numRuns: 20 },
  );
});

test('a state stored and restored at any record goes on as if nothing had happened', () => {
  const expected = figures(readInOrder());
  fc.assert(
    fc.property(fc.array(fc.nat(120), { minLength: 1, maxLength: 5 }), (pauses) => {
      let { state } = createAudited();
      for (const pause of pauses) {
        for (const at of LOGS.keys()) for (let i = 0; i < pause; i++) readOne(state, at);
        state = restoreState(
          structuredClone(coreOf(state, LIMITS.windowMs)),
          structuredClone([...state.windows.values()]),
          structuredClone(state.positions),
        );
      }
      for (const at of LOGS.keys()) while (readOne(state, at));
      assert.deepEqual(figures(state), expected);
    }),
    { numRuns: 20 },
  );
});

test('records of a window before the audit began, and of one given up, are left out; the latter are counted', () => {
  const audited = createAudited();
  audited.judge(BEGIN + 60 * MINUTE_MS);
  audited.take(ENTRIES.slice(0, 5));
  assert.equal(audited.state.windows.size, 0);
  assert.equal(audited.state.late, 5);
  const early = createAudited();
  early.state.begin = BEGIN + 5 * MINUTE_MS;
  early.take(ENTRIES.slice(0, 5));
  assert.deepEqual([early.state.windows.size, early.state.late], [0, 0]);
});

const NUMBERED = entriesOf({ producers: { tv: { perSecond: 5 } }, faultAt: END, end: END });
const isOdd = (entry: Entry): boolean =>
  entry.type === 'clean' && (entry.record.event.producerSeq ?? 0) % 2 === 1;
const lostIn = (state: AuditState): number =>
  [...state.windows.values()].reduce((sum, { sequences }) => sum + (sequences.get('tv')?.lost ?? 0), 0);

test('numbers of records that come after their windows were given up are not lost, and those they overtook only later', () => {
  const { state, judge, take } = createAudited();
  judge(BEGIN + 10 * MINUTE_MS);
  take(NUMBERED.filter((entry) => !isOdd(entry)));
  judge(BEGIN + 10 * MINUTE_MS + 10_000);
  assert.deepEqual([state.late, lostIn(state)], [NUMBERED.length / 2, 0]);
  take(NUMBERED.filter(isOdd));
  judge(BEGIN + 60 * MINUTE_MS);
  assert.deepEqual([state.sequences.get('tv')?.top, lostIn(state)], [NUMBERED.length - 1, 0]);
});

test('numbers from before the beginning, of which only some are read, are not missed', () => {
  const { state, judge, take } = createAudited();
  state.begin = BEGIN + MINUTE_MS;
  const read = NUMBERED.flatMap((entry): Entry[] => {
    if (entry.type === 'dead') return [entry];
    const { record } = entry;
    if (record.appendTime < state.begin && isOdd(entry)) return [];
    // Overtook the one before it, in the other partition.
    if (record.event.producerSeq === 301) {
      return [{ ...entry, record: { ...record, appendTime: state.begin - 1 } }];
    }
    return [entry];
  });
  take(read);
  judge(BEGIN + 60 * MINUTE_MS);
  assert.ok((state.sequences.get('tv')?.base ?? 0) > 500);
  assert.equal(lostIn(state), 0);
});

const play = (
  id: string,
  change: Partial<DerivedRecord<'attributed-plays'>>,
): DerivedRecord<'attributed-plays'> => ({
  upsertKey: `p/${id}`,
  version: 1,
  appendTime: BEGIN + 5000,
  profileId: 'p',
  playId: id,
  titleId: 't',
  country: 'SE',
  eventTime: BEGIN,
  timeStatus: 'ok',
  source: 'none',
  isFinal: 0,
  ...change,
});

function sharesAfter(records: readonly DerivedRecord<'attributed-plays'>[]): Record<string, number> {
  const { state } = createAudited();
  records.forEach((record, offset) => {
    takeAttributedPlay(state, { partition: 0, offset }, record, LIMITS);
  });
  const told = [...state.windows.values()].flatMap((window) => figuresOf(window, { priorStrength: 10 }));
  return Object.fromEntries(
    told
      .filter(({ metric }) => metric === 'source_share')
      .map(({ scope, value, weight }) => [String(scope['source']), value * weight]),
  );
}

test('a later answer moves a play from one source to another, and is no second play', () => {
  const late = play('a', { version: 2, source: 'row', row: 'new', appendTime: BEGIN + 25_000 });
  assert.deepEqual(sharesAfter([play('a', {}), play('b', {}), late]), { none: 1, 'row:new': 1 });
  assert.deepEqual(sharesAfter([play('a', {}), late, play('a', {})]), { 'row:new': 1 });
});

test('a final answer confirms, and counts nothing that was not counted before', () => {
  assert.deepEqual(sharesAfter([play('a', { isFinal: 1 })]), {});
  assert.deepEqual(
    sharesAfter([play('a', {}), play('a', { isFinal: 1, version: 2, source: 'row', row: 'new' })]),
    {
      'row:new': 1,
    },
  );
});
