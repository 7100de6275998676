import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlockName, CellTotal } from '../../../infra/cassandra/title-totals.ts';
import { createWaiting, type Task } from '../../../streaming/totals/waiting.ts';
import { countMapSteps } from '../../support/map-steps.ts';

const blockOf = (block: number): BlockName => ({ topic: 'plays', partition: 0, block });
const cellOf = (title: string, version = 1n): CellTotal => ({
  ...{ title, country: 'US', bucket: 9, measures: [1], version },
});
const said = (tasks: readonly Task[]): string[] =>
  tasks.map(({ block, cell }) =>
    cell === undefined ? `-${block.block}` : `${block.block} ${cell.title} ${cell.version}`,
  );

test('a million cells are taken in as many steps, however few at a time, and a block is gone in none', (t) => {
  const waiting = createWaiting();
  for (let n = 0; n < 1_000_000; n++) waiting.put(blockOf(n % 4), cellOf(`t${n}`));
  const steps = countMapSteps(t);
  waiting.bury(blockOf(3));
  assert.deepEqual([waiting.size, steps()], [750_001, 0]);
  let [taken, turns] = [0, 0];
  for (; waiting.size > 0; turns++) taken += waiting.take(64).length;
  assert.equal(taken, 750_001);
  assert.ok(steps() < taken + 4 * turns, `${steps()} steps in ${turns} turns`);
});

test('a block whose cells change as fast as they are taken keeps no other waiting', () => {
  const waiting = createWaiting();
  waiting.put(blockOf(0), cellOf('a'));
  waiting.put(blockOf(0), cellOf('b'));
  waiting.put(blockOf(1), cellOf('c'));
  waiting.bury(blockOf(2));
  const taken: string[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    const some = waiting.take(1);
    taken.push(...said(some));
    for (const { block, cell } of some) if (block.block === 0 && cell) waiting.put(block, cell);
  }
  assert.deepEqual(taken, ['0 a 1', '1 c 1', '-2', '0 b 1']);
});

test('of a cell the newest word alone waits, in the place of the first', () => {
  const waiting = createWaiting();
  for (const version of [1n, 2n])
    for (const title of ['a', 'b']) waiting.put(blockOf(0), cellOf(title, version));
  assert.equal(waiting.size, 2);
  assert.deepEqual(said(waiting.take(9)), ['0 a 2', '0 b 2']);
  assert.equal(waiting.size, 0);
  waiting.put(blockOf(0), cellOf('a', 3n));
  assert.deepEqual(said(waiting.take(9)), ['0 a 3']);
});

test('a burial takes what waits of its block with it, and comes before what is said of the block later', () => {
  const waiting = createWaiting();
  waiting.put(blockOf(0), cellOf('a'));
  waiting.put(blockOf(1), cellOf('b'));
  waiting.bury(blockOf(0));
  waiting.bury(blockOf(0));
  waiting.put(blockOf(0), cellOf('c'));
  assert.equal(waiting.size, 3);
  assert.deepEqual([said(waiting.take(9)), waiting.size], [['-0', '1 b 1'], 1]);
  assert.deepEqual(said(waiting.take(9)), ['0 c 1']);
});

test('what is given back waits again, unless something newer about it does', () => {
  const waiting = createWaiting();
  for (const title of ['a', 'b']) waiting.put(blockOf(0), cellOf(title));
  waiting.put(blockOf(1), cellOf('c'));
  const tasks = waiting.take(9);
  waiting.put(blockOf(0), cellOf('a', 2n));
  waiting.bury(blockOf(1));
  for (const task of tasks) waiting.giveBack(task);
  assert.equal(waiting.size, 3);
  const again = waiting.take(9);
  assert.deepEqual(said(again), ['0 a 2', '0 b 1', '-1']);
  waiting.put(blockOf(1), cellOf('d'));
  waiting.giveBack(again[2]!);
  assert.deepEqual([said(waiting.take(9)), said(waiting.take(9)), waiting.size], [['-1'], ['1 d 1'], 0]);
});
