/** The lines of a file, plain or gzip, a chunk's worth at a time. */
import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { withoutMark } from '../../domain/byte-order-mark.ts';
import { MarqueeError } from '../../domain/errors.ts';

/** Numbered from 1. `text` is undefined where the line is too long or no UTF-8: `fault` says which. */
export interface SourceLine {
  readonly number: number;
  readonly text: string | undefined;
  readonly fault: string;
}

export interface LineLimits {
  readonly maxLineBytes: number;
  /** Of the file unpacked: a small archive may hold a large one. */
  readonly maxBytes: number;
}

const NEWLINE = 10;
const CHUNK_BYTES = 256 * 1024;

/** Blank lines are counted and left out, as is a byte order mark. SOURCE_INVALID, naming `source`, where the file is too large or no whole gzip. */
export async function* readLines(
  path: string,
  source: string,
  { maxLineBytes, maxBytes }: LineLimits,
): AsyncGenerator<readonly SourceLine[]> {
  const refuse = (reason: string): never => {
    throw new MarqueeError('SOURCE_INVALID', { source, reason });
  };
  let rest: Buffer[] = [];
  let restBytes = 0;
  let number = 0;
  let total = 0;

  /** Ends the line that has been gathered with its last piece. */
  function lineOf(last: Buffer): SourceLine | undefined {
    number += 1;
    const bytes = restBytes + last.byteLength;
    const gathered = rest;
    rest = [];
    restBytes = 0;
    if (bytes > maxLineBytes)
      return { number, text: undefined, fault: `it is longer than ${maxLineBytes} bytes` };
    const whole = gathered.length === 0 ? last : Buffer.concat([...gathered, last]);
    if (!isUtf8(whole)) return { number, text: undefined, fault: 'it is not UTF-8' };
    const decoded = whole.toString('utf8');
    const text = number === 1 ? withoutMark(decoded) : decoded;
    return text.trim() === '' ? undefined : { number, text, fault: '' };
  }

  for await (const chunk of unpacked(path, await isGzip(path), refuse)) {
    total += chunk.byteLength;
    if (total > maxBytes) refuse(`it has more than ${maxBytes} bytes unpacked`);
    const lines: SourceLine[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      const line = lineOf(chunk.subarray(from, end));
      if (line !== undefined) lines.push(line);
      from = end + 1;
    }
    // What is too long already is counted, not kept.
    if (restBytes <= maxLineBytes && from < chunk.byteLength) rest.push(chunk.subarray(from));
    restBytes += chunk.byteLength - from;
    if (lines.length > 0) yield lines;
  }
  const last = restBytes === 0 ? undefined : lineOf(Buffer.alloc(0));
  if (last !== undefined) yield [last];
}

async function isGzip(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return buffer[0] === 0x1f && buffer[1] === 0x8b;
  } finally {
    await file.close();
  }
}

async function* unpacked(
  path: string,
  gzip: boolean,
  refuse: (reason: string) => never,
): AsyncGenerator<Buffer> {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES });
  if (!gzip) {
    yield* file as Readable & AsyncIterable<Buffer>;
    return;
  }
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  file.on('error', (error) => gunzip.destroy(error));
  try {
    yield* file.pipe(gunzip) as Readable & AsyncIterable<Buffer>;
  } catch (error) {
    if (String((error as NodeJS.ErrnoException).code).startsWith('Z_'))
      refuse(`it is no whole gzip file: ${(error as Error).message}`);
    throw error;
  } finally {
    file.destroy();
  }
}
