import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BACKFILLED, decideRefresh } from '../../../batch/popularity/refresh-mode.ts';
import { generation, region } from '../../../domain/ids.ts';
import type { Manifest } from '../../../domain/manifest.ts';
import type { ComputePlan } from '../../../domain/publishing.ts';
import { FOLD_VERSION } from '../../../domain/speed-view.ts';
import { viewName, type ViewVersion } from '../../../domain/views.ts';
import type { DuckDbLake } from '../../../infra/lake/lake.ts';

const asOf = Date.UTC(2026, 10, 2);
const part = (name: string) => ({ name, rows: 1, bytes: 1, sha256: 'ab'.repeat(32) });
const parent: Manifest = {
  ...{ view: viewName('popularity'), version: 3 as ViewVersion, region: region('test'), parent: null },
  ...{ generation: generation('g1'), blockSize: 16, cut: { plays: [32], impressions: [16] }, inputs: [] },
  ...{ codeVersion: 'test/1', foldVersion: FOLD_VERSION, asOf: new Date(asOf).toISOString() },
  parts: ['totals', 'recent-d20700', 'hours-d20700', 'expected', 'freshness'].map(part),
  ...{ schema: [], rowCounts: {}, metrics: {} },
};
const plan: ComputePlan = {
  ...{ inputs: [], cut: { plays: [48], impressions: [16] }, blockSize: 16, generation: generation('g1') },
};
/** Nothing is read where nothing was put in. */
const lake = {} as DuckDbLake;

const decide = (fields: Partial<Manifest>, planned: Partial<ComputePlan> = {}, code = 'test/1') =>
  decideRefresh(lake, { ...plan, ...planned }, { ...parent, ...fields }, { codeVersion: code, asOf });

test('a version of the same making is gone on from', async () => {
  assert.equal((await decide({})).kind, 'incremental');
});

test('a version of another generation of topics is not gone on from: its offsets name other events', async () => {
  const reason = 'version 3 is of generation g1';
  assert.deepEqual(await decide({}, { generation: generation('g2') }), { kind: 'full', reason });
  // Though every offset is as far as the parent's, or farther, and the parts are the same.
  const later = { generation: generation('g3'), cut: { plays: [4096], impressions: [4096] } };
  assert.deepEqual(await decide({}, later), { kind: 'full', reason });
});

test('everything is counted anew where the version was made otherwise', async () => {
  const reasons = await Promise.all([
    decide({}, {}, 'test/2'),
    decide({ foldVersion: FOLD_VERSION - 1 }),
    decide({ blockSize: 32 }),
    decide({ asOf: new Date(asOf + 1).toISOString() }),
    decide({ metrics: { [BACKFILLED]: 3 } }),
    decide({ parts: ['totals', 'recent', 'hours', 'hours-settled', 'expected', 'freshness'].map(part) }),
    decide({ parts: ['totals', 'recent', 'hours-d20700', 'expected', 'freshness'].map(part) }),
    decide({ parts: parent.parts.filter(({ name }) => name !== 'expected') }),
    decide({ cut: { plays: [64], impressions: [16] } }),
    decide({ cut: { plays: [32, 0], impressions: [16] } }),
  ]);
  assert.deepEqual(
    reasons.map((mode) => `${mode.kind}: ${mode.reason}`),
    [
      'full: version 3 was counted by test/1',
      `full: version 3 is of fold ${FOLD_VERSION - 1}`,
      'full: version 3 is of blocks of 32',
      'full: version 3 is of a later time',
      'full: hours of version 3 were backfilled',
      'full: version 3 has no parts by days of the log',
      'full: version 3 has no parts by days of the log',
      'full: version 3 has no part expected',
      'full: version 3 has read further in plays',
      'full: version 3 has 2 partitions of plays',
    ],
  );
});
