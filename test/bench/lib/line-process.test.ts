import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { startLineProcess } from '../../../bench/lib/line-process.ts';

const LINES = join(import.meta.dirname, '../../../bench/lib/line-process.ts');
const program = (body: string): [string, ...string[]] => [
  process.execPath,
  '--input-type=module',
  '-e',
  `import { answerLines } from ${JSON.stringify(LINES)};\n${body}`,
];

test('a program answers each question in order, and ends when it is told to', async () => {
  const counting = await startLineProcess(
    program('let n = 0; answerLines({ next: () => ({ n: ++n }) }, () => Promise.resolve());'),
  );
  const answers = await Promise.all([1, 2, 3].map(() => counting.ask<{ n: number }>('next')));
  assert.deepEqual(
    answers.map(({ n }) => n),
    [1, 2, 3],
  );
  await counting.close();
  await assert.rejects(counting.ask('next'), /has ended/);
});

test('a program that ends instead of answering fails the question', async () => {
  const failing = await startLineProcess(
    program('answerLines({ next: () => process.exit(7) }, () => Promise.resolve());'),
  );
  await assert.rejects(failing.ask('next'), /ended with 7/);
  await failing.close();
});

test('a program that cannot be started is told at once', async () => {
  await assert.rejects(startLineProcess(['/nowhere/program']), /ENOENT/);
});
