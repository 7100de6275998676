import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  EMPTY_DIFF,
  EMPTY_SUMS,
  type BackfillDiff,
  type BackfillReport,
  type BackfillResult,
} from '../../../domain/backfill.ts';
import { viewName, viewVersion } from '../../../domain/views.ts';
import { describeProgress } from '../../../infra/cli/backfill-progress.ts';
import { describeDiff, describeEnd } from '../../../infra/cli/backfill-text.ts';

const DIFF: BackfillDiff = {
  ...EMPTY_DIFF,
  changed: 1,
  unchanged: 7,
  before: { ...EMPTY_SUMS, plays: 10, impressions: 4 },
  after: { ...EMPTY_SUMS, plays: 4, impressions: 4 },
  top: [
    {
      titleId: 't1',
      country: 'DE',
      hour: '2026-01-01T05:00:00Z',
      before: { ...EMPTY_SUMS, plays: 10 },
      after: { ...EMPTY_SUMS, plays: 4 },
    },
  ],
};
const RESULT: BackfillResult = {
  outcome: 'announced',
  base: viewVersion(3),
  diff: DIFF,
  version: viewVersion(4),
  approver: 'operator',
  rebasedFrom: viewVersion(2),
  rule: null,
  reason: null,
};
const REPORT: BackfillReport = {
  id: 'popularity.run',
  view: viewName('popularity'),
  from: '2026-01-01T00:00:00Z',
  to: '2026-01-02T00:00:00Z',
  dryRun: false,
  state: 'completed',
  startedAt: '2026-01-03T00:00:00.000Z',
  closedAt: '2026-01-03T00:01:00.000Z',
  progress: null,
  result: RESULT,
  error: null,
};

test('a difference is shown as sums before and after and the rows that move most', () => {
  assert.deepEqual(describeDiff(DIFF), [
    'Rows (title, country, hour): 0 added, 0 removed, 1 changed, 7 unchanged',
    '                         published  recomputed  change',
    'plays                    10         4           -6',
    'qualified plays          0          0           0',
    'impressions              4          4           0',
    'seconds viewed           0          0           0',
    'plays, capped            0          0           0',
    'qualified plays, capped  0          0           0',
    'impressions, capped      0          0           0',
    'seconds viewed, capped   0          0           0',
    '',
    'title  country  hour                  plays   qualified  impressions  seconds',
    't1     DE       2026-01-01T05:00:00Z  10 > 4  0          0            0',
  ]);
});

test('the end says who approved, which version it is, and on what it was recomputed', () => {
  assert.equal(
    describeEnd(REPORT),
    'Backfill popularity.run, approved by operator, is published as version 4. It was recomputed on version 3,' +
      ' announced since version 2 was compared with.',
  );
});

test('a backfill that did not complete says how it ended', () => {
  const ended = { ...REPORT, result: null };
  assert.equal(describeEnd({ ...ended, state: 'cancelled' }), 'Backfill popularity.run was cancelled.');
  const error = { code: 'LAKE_UNAVAILABLE', message: 'The lake did not answer: away' };
  assert.equal(
    describeEnd({ ...ended, state: 'failed', error }),
    'Backfill popularity.run failed: The lake did not answer: away',
  );
});

test('progress comes with an estimate once there is something to go by', () => {
  const progress = { phase: 'recomputing', hoursDone: 24, hoursTotal: 72, base: null, diff: null } as const;
  assert.equal(describeProgress(progress, 500), 'recomputing: 24 of 72 hours');
  assert.equal(describeProgress(progress, 3000), 'recomputing: 24 of 72 hours, about 6 s to go');
  assert.equal(describeProgress({ ...progress, phase: 'publishing' }, 3000), 'publishing');
});
