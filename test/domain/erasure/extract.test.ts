import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createErasureBook, type EventOwners } from '../../../domain/erasure/book.ts';
import { erasedValue } from '../../../domain/erasure/raw-value.ts';
import { decide, type RawRecord } from '../../../domain/extract.ts';
import { profileId as id } from '../../../domain/ids.ts';

const DAY_MS = 86_400_000;
const START = 1_790_000_000_000;
const limits = { dedupeWindowMs: DAY_MS, maxEventBytes: 4000 };
const S = id('erased-S');

const valueOf = (eventId: string): string =>
  JSON.stringify({
    ...{ kind: 'impression', eventId, eventTime: START, profileId: 'ann', country: 'DE' },
    ...{ titleId: 't', row: 'r', rank: 0, sessionId: 'evening' },
  });
const recordOf = (offset: number, value: string, from?: number): RawRecord => ({
  offset,
  timestamp: START + offset,
  value: Buffer.from(value),
  ...(from === undefined ? {} : { redriven: { from, sighted: false } }),
});

function book(reach: number): EventOwners {
  const made = createErasureBook((profile) => profile);
  const positions = { g1: [reach] };
  made.add({ id: 'ann.0', profileHash: 'ann', surrogate: S, requestedAt: START, positions });
  return made.owners('g1', 0);
}

/** Decides records in order: whose each event is, or what else became of it. */
function fold(records: readonly RawRecord[], owners?: EventOwners): string[] {
  const seen = new Map<string, number>();
  return records.map((record) => {
    const keys = { lastSeen: (key: string) => seen.get(key), isSettled: () => false };
    const decision = decide(record, record.timestamp, keys, limits, owners);
    if (decision.key !== undefined) seen.set(decision.key, record.timestamp);
    return decision.type === 'fresh' ? decision.event.profileId : decision.type;
  });
}

test('events up to the position are the surrogate’s, without the session; later ones are kept', () => {
  const records = [recordOf(0, valueOf('a')), recordOf(1, valueOf('b'))];
  assert.deepEqual(fold(records, book(0)), [S, 'ann']);
  const decision = decide(
    records[0]!,
    START,
    { lastSeen: () => undefined, isSettled: () => false },
    limits,
    book(0),
  );
  assert.ok(decision.type === 'fresh');
  assert.equal(decision.event.sessionId, undefined);
});

test('an erased event that is sent again is a duplicate, live and from the lake that was rewritten', () => {
  const again = recordOf(9, valueOf('a'));
  const live = fold([recordOf(0, valueOf('a'))]).concat(fold([recordOf(0, valueOf('a')), again]).slice(1));
  assert.deepEqual(live, ['ann', 'duplicate']);
  assert.deepEqual(fold([recordOf(0, valueOf('a')), again], book(5)), [S, 'duplicate']);
  assert.deepEqual(fold([recordOf(0, erasedValue(valueOf('a'), 'ann', S)), again], book(5)), [
    S,
    'duplicate',
  ]);
});

test('what a live lane had sighted under the id is still a duplicate once it is the surrogate’s', () => {
  const seen = new Map<string, number>();
  const keys = { lastSeen: (key: string) => seen.get(key), isSettled: () => false };
  const first = decide(recordOf(0, valueOf('a')), START, keys, limits);
  seen.set(first.key!, START);
  assert.equal(decide(recordOf(1, valueOf('a')), START + 1, keys, limits, book(5)).type, 'duplicate');
});

test('a letter that is redriven later is of the time of its record', () => {
  assert.deepEqual(fold([recordOf(8, valueOf('a'), 3)], book(5)), [S]);
  assert.deepEqual(fold([recordOf(8, valueOf('a'), 6)], book(5)), ['ann']);
});
