import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOutput, renderTable } from '../../../infra/cli/output.ts';

function captured(options: { tty: boolean; noColor: boolean }) {
  const out: string[] = [];
  const err: string[] = [];
  const output = createOutput({
    stdout: { write: (text: string) => out.push(text), isTTY: options.tty },
    stderr: { write: (text: string) => err.push(text), isTTY: options.tty },
    noColor: options.noColor,
  });
  return { out, err, output };
}

test('data goes to stdout and talk to stderr', () => {
  const { out, err, output } = captured({ tty: false, noColor: false });
  output.data('row');
  output.json({ a: 1 });
  output.say('working');
  assert.deepEqual({ out, err }, { out: ['row\n', '{"a":1}\n'], err: ['working\n'] });
});

test('colours are for people who have not declined them', () => {
  assert.equal(captured({ tty: true, noColor: false }).output.style('red', 'x'), '\u001b[31mx\u001b[39m');
  assert.equal(captured({ tty: true, noColor: true }).output.style('red', 'x'), 'x');
  assert.equal(captured({ tty: false, noColor: false }).output.style('red', 'x'), 'x');
});

test('a table lines up and has no trailing spaces', () => {
  assert.deepEqual(
    renderTable([
      ['a', 'bbb', ''],
      ['aaaa', 'b', 'c'],
    ]),
    ['a     bbb', 'aaaa  b    c'],
  );
});
