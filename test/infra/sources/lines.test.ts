import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { isMarqueeError } from '../../../domain/errors.ts';
import { readLines, type SourceLine } from '../../../infra/sources/lines.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-lines-'));
after(() => rmSync(dir, { recursive: true }));
const path = join(dir, 'source');

async function linesOf(bytes: Uint8Array, limits = {}): Promise<SourceLine[]> {
  writeFileSync(path, bytes);
  const found: SourceLine[] = [];
  const all = { maxLineBytes: 1_000_000, maxBytes: 100_000_000, ...limits };
  for await (const lines of readLines(path, 'file:///source', all)) found.push(...lines);
  return found;
}

const told = (lines: readonly SourceLine[]) =>
  lines.map(({ number, text, fault }) => `${number} ${text ?? fault}`);

test('plain or packed, the same lines come with the same numbers, and blank ones are only counted', async () => {
  const text = Buffer.from('a\n\n  \r\nbé\r\nlast');
  const expected = ['1 a', '4 bé\r', '5 last'];
  assert.deepEqual(told(await linesOf(text)), expected);
  assert.deepEqual(told(await linesOf(gzipSync(text))), expected);
  assert.deepEqual(await linesOf(Buffer.alloc(0)), []);
});

test('a byte order mark is no part of the first line, and stays in any other', async () => {
  assert.deepEqual(told(await linesOf(Buffer.from('\ufeffa\n\ufeffb'))), ['1 a', '2 \ufeffb']);
  assert.deepEqual(told(await linesOf(Buffer.from('\ufeff\nb'))), ['2 b']);
});

test('lines are whole wherever the file is cut into chunks', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 300_000 }), { maxLength: 8 }), async (lengths) => {
      const lines = lengths.map((length, i) => String.fromCharCode(97 + i).repeat(length));
      const found = await linesOf(Buffer.from(lines.join('\n')));
      assert.deepEqual(
        found.map(({ text }) => text),
        lines,
      );
    }),
    { numRuns: 20 },
  );
});

test('a line that is too long or no UTF-8 is named, and those after it come as they are', async () => {
  // Its last piece, past two chunks of the file, is short.
  const long = 'x'.repeat(2 * 256 * 1024 + 500);
  const bytes = Buffer.concat([Buffer.from(`a\n${long}\nb\n`), Buffer.from([0xff, 0x0a]), Buffer.from('c')]);
  assert.deepEqual(told(await linesOf(bytes, { maxLineBytes: 1000 })), [
    '1 a',
    '2 it is longer than 1000 bytes',
    '3 b',
    '4 it is not UTF-8',
    '5 c',
  ]);
});

test('a packed file that is cut short, damaged or a bomb is refused, not half read', async () => {
  const packed = gzipSync(Buffer.from('line\n'.repeat(100_000)));
  const refused = (bytes: Uint8Array, reason: RegExp, limits = {}) =>
    assert.rejects(
      linesOf(bytes, limits),
      (error) => isMarqueeError(error, 'SOURCE_INVALID') && reason.test(error.message),
    );
  await refused(packed.subarray(0, packed.length - 20), /no whole gzip/);
  const damaged = Buffer.from(packed);
  damaged.fill(0xaa, 20, 40);
  await refused(damaged, /no whole gzip/);
  await refused(gzipSync(Buffer.alloc(5_000_000)), /more than 1000000 bytes unpacked/, {
    maxBytes: 1_000_000,
  });
});
