import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_COUNTS, type EventsResult } from '../../../domain/backfills/run.ts';
import { viewVersion } from '../../../domain/views.ts';
import {
  describeEventsDiff,
  describeEventsEnd,
  describeOrder,
} from '../../../infra/cli/backfill-events-text.ts';
import type { EventsReport } from '../../../infra/temporal/event-backfills.ts';
import { orderOf } from '../../support/minute-plays.ts';

const COUNTS = { profiles: 12, same: 40, changed: 3, added: 0, withdrawn: 0, stranded: 0 };
const RESULT: EventsResult = {
  ...{ order: orderOf(), plan: null, shardsDone: 1, failedShards: [], counts: NO_COUNTS, audit: null },
  ...{ diff: null, approval: null, outcome: 'announced', redriven: null, rule: null, reason: null },
  ...{ swapped: { replaced: 5, removed: 0, added: 0 }, version: viewVersion(4) },
};
const endOf = (change: Partial<EventsResult>): string =>
  describeEventsEnd({
    ...{ id: 'b1', order: RESULT.order, state: 'completed', progress: null, error: null },
    result: { ...RESULT, ...change },
  } as unknown as EventsReport);

test('a difference says what waits, and why a table is left as it is', () => {
  const derived = [{ what: 'attributed_plays', rule: 'attribution', ...COUNTS, waiting: 2 }];
  const left = { what: 'signals by play-signals', kind: 'table', profiles: 12, rows: null } as const;
  const leaves = [{ ...left, reason: 'of generations' }];
  assert.deepEqual(describeEventsDiff({ views: [], following: [], derived, leaves }), [
    'attributed_plays by attribution: of the records of 12 profiles 3 change, 2 stay since they are not final yet, 40 hold',
    'signals by play-signals: left as it is, of 12 profiles whose events change, since of generations',
  ]);
});

test('one that derives alone says by which run it goes, how many words it said, and nothing of shards', () => {
  const order = { ...orderOf(), derives: 'events.7' };
  const derived = [{ what: 'attributed_plays', rule: 'attribution', ...COUNTS }];
  assert.match(describeOrder(order), /what follows from events\.7 alone$/);
  assert.match(endOf({ outcome: 'derived', swapped: null, derived }), /: 3 derived records said anew\.$/);
  const progress = {
    phase: 'comparing',
    paused: false,
    plan: { shards: [1] },
    shardsDone: 0,
    failedShards: [],
  };
  const report = { id: 'b2', order, state: 'running', progress, result: null, error: null };
  const said = describeEventsEnd(report as unknown as EventsReport);
  assert.equal(said, 'Backfill test (b2) is comparing.');
});

test('the end says how many words were said anew, or why they were not', () => {
  const derived = [{ what: 'attributed_plays', rule: 'attribution', ...COUNTS }];
  assert.match(endOf({ derived }), /0 added, 3 derived records said anew; published as version 4\.$/);
  assert.match(endOf({ underivable: 'no log' }), /not said anew, or not all of it \(no log\); published/);
});
