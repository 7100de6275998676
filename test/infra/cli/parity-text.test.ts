import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generation, titleId } from '../../../domain/ids.ts';
import type { OpenDifference, ParityReport } from '../../../domain/parity/report.ts';
import type { Marker } from '../../../domain/speed-view.ts';
import type { ViewVersion } from '../../../domain/views.ts';
import { parityLines } from '../../../infra/cli/parity-text.ts';

const plain = (_style: string, text: string): string => text;
const tally = (events: number) => ({ events, entries: 2, digest: { a: 1, b: events } });
const difference: OpenDifference = {
  name: 'plays.g1/0/12',
  lane: 'speed',
  batch: tally(12),
  speed: tally(11),
  log: tally(12),
  titles: [
    {
      title: titleId('t3'),
      lane: 'speed',
      cells: [{ family: 'cells', cell: 'SE 5966401', measure: 'plays', batch: 12, speed: 11, log: 12 }],
      more: 1,
    },
  ],
  moreTitles: 0,
  marker: {} as Marker,
  since: '2026-01-01T12:00:00.000Z',
};
const report: ParityReport = {
  version: 3 as ViewVersion,
  asOf: '2026-01-01T12:00:00.000Z',
  generation: generation('g1'),
  compared: 5,
  equal: 4,
  differing: [difference],
  settled: [],
  excluded: [{ name: 'plays.g1/1/3', by: 'eu:backfill:popularity:publish:2' }],
  passedOver: 0,
  waiting: 0,
  open: 1,
  duplicates: [{ topic: 'plays', partition: 1, records: 64, late: 2, withinWindow: 0, fromMs: 0, toMs: 1 }],
};

test('lanes that differ are told first, naming block, title and lane', () => {
  const lines = parityLines({ region: 'eu', open: [difference], exclusions: [], reports: [report] }, plain);
  assert.equal(lines[0], 'the lanes differ in 1 blocks');
  assert.equal(
    lines[1],
    'block plays.g1/0/12, title t3: the speed lane counts otherwise than the log; plays of SE 5966401: batch 12, speed 11, log 12, and 1 more figures',
  );
  const text = lines.join('\n');
  assert.match(text, /plays\.g1\/1\/3 +eu:backfill:popularity:publish:2/);
  assert.match(text, /plays\/1 +2 later than the dedupe window/);
});

test('lanes that agree are told in one line, before what was compared', () => {
  const even = { ...report, differing: [], equal: 5, excluded: [], duplicates: [], open: 0 };
  const lines = parityLines({ region: 'eu', open: [], exclusions: [], reports: [even] }, plain);
  const agree = 'the lanes agree: no difference stands, 5 blocks compared in these reports';
  assert.deepEqual(lines.slice(0, 3), [agree, '', 'reports']);
  assert.equal(lines.length, 5);
  const idle = { ...even, compared: 0, equal: 0, passedOver: 4 };
  const [first] = parityLines({ region: 'eu', open: [], exclusions: [], reports: [idle] }, plain);
  assert.equal(first, 'nothing differs, but these reports compared no block');
  assert.deepEqual(parityLines({ region: 'eu', open: [], exclusions: [], reports: [] }, plain), []);
});
