/** Writes generated lines to a file, a bounded buffer at a time. */
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const CHUNK_CHARACTERS = 256 * 1024;

export interface WrittenFile {
  readonly path: string;
  readonly lines: number;
  readonly bytes: number;
}

function* chunksOf(lines: Iterable<string>, count: () => void): Generator<Buffer> {
  let parts: string[] = [];
  let length = 0;
  for (const line of lines) {
    count();
    parts.push(line);
    length += line.length;
    if (length >= CHUNK_CHARACTERS) {
      yield Buffer.from(parts.join(''));
      parts = [];
      length = 0;
    }
  }
  if (parts.length > 0) yield Buffer.from(parts.join(''));
}

/** Writes all lines, each of which brings its own newline, and says how many there were. */
export async function writeLines(path: string, lines: Iterable<string>): Promise<WrittenFile> {
  await mkdir(dirname(path), { recursive: true });
  let count = 0;
  const out = createWriteStream(path);
  await pipeline(Readable.from(chunksOf(lines, () => (count += 1))), out);
  return { path, lines: count, bytes: out.bytesWritten };
}
