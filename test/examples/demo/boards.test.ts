import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuditBoard, createPlayBoard, createSignalBoard } from '../../../examples/demo/boards.ts';

const signal = (subject: string, version: number, state: string, name = 'binge') => ({
  ...{ upsertKey: `p/${name}/${subject}`, version, appendTime: 0, profileId: 'p' },
  ...{ signal: name, subject, state, eventTime: 0 },
});

test('signals are counted while they hold, whatever is sent again', () => {
  const board = createSignalBoard();
  board.take(signal('Drama', 1, 'raised'));
  board.take(signal('Drama', 1, 'raised'));
  board.take(signal('War', 2, 'raised'));
  board.take(signal('q', 3, 'raised', 'repeated-search'));
  board.take(signal('War', 4, 'withdrawn'));
  board.take(signal('War', 2, 'raised'));
  assert.deepEqual(board.raised(), { binge: 1, 'repeated-search': 1 });
  assert.deepEqual(
    board.latest().map(({ subject }) => subject),
    ['q', 'War', 'Drama'],
  );
});

const play = (playId: string, version: number, source: string) => ({
  ...{ upsertKey: playId, version, appendTime: 0, profileId: 'p', playId, titleId: 't', country: 'GB' },
  ...{ eventTime: 0, timeStatus: 'ok', source, isFinal: 0 },
});

test('a play counts by the newest word about its source', () => {
  const board = createPlayBoard();
  board.take(play('a', 1, 'none'));
  board.take(play('b', 1, 'stated'));
  board.take(play('a', 2, 'row'));
  board.take(play('a', 1, 'none'));
  assert.deepEqual(board.sources(), { row: 1, stated: 1 });
});

const figure = (scope: string, windowEnd: number, verdict?: string) => ({
  ...{ upsertKey: `nulls/${scope}/${windowEnd}`, version: 1, appendTime: windowEnd, metric: 'nulls', scope },
  ...{ windowStart: windowEnd - 10, windowEnd, value: 1, ...(verdict === undefined ? {} : { verdict }) },
});

test('the audit names each thing that is wrong once, the newest first', () => {
  const board = createAuditBoard();
  board.take(figure('producer=a', 10));
  board.take(figure('producer=b', 10, 'attribute profileId is missing'));
  board.take(figure('producer=c', 20, 'silent'));
  board.take(figure('producer=b', 30, 'attribute profileId is missing'));
  board.take(figure('producer=a', 30, 'ok'));
  assert.equal(board.newestWindow(), 30);
  assert.equal(board.figures(), 5);
  assert.deepEqual(board.findings(), [
    'attribute profileId is missing (nulls: producer=b)',
    'silent (nulls: producer=c)',
  ]);
});
