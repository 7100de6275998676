/** Outputs as files: `<dir>/<topic>/<partition>.ndjson`, a line each with key, record and the value's bytes in base64. */
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { ReplayTarget } from './port.ts';

export interface OutFiles extends ReplayTarget {
  /** A line of any other kind. */
  line(file: string, value: object): Promise<void>;
}

export function createOutFiles(dir: string): OutFiles {
  const open = new Map<string, WriteStream>();
  const failed = new Map<WriteStream, unknown>();

  function streamOf(file: string): WriteStream {
    let stream = open.get(file);
    if (stream === undefined) {
      const path = join(dir, `${file}.ndjson`);
      mkdirSync(join(path, '..'), { recursive: true });
      stream = createWriteStream(path);
      const opened = stream;
      opened.on('error', (error) => failed.set(opened, error));
      open.set(file, opened);
    }
    return stream;
  }

  async function write(file: string, text: string): Promise<void> {
    const stream = streamOf(file);
    if (failed.has(stream)) throw failed.get(stream);
    if (!stream.write(text)) await once(stream, 'drain');
  }

  return {
    line: (file, value) => write(file, `${JSON.stringify(value)}\n`),
    async take(outputs) {
      for (const { topic, partition, key, record, value } of outputs) {
        const line = JSON.stringify({ key, record, value: value.toString('base64') });
        await write(`${topic}/${partition}`, `${line}\n`);
      }
    },
    async close() {
      for (const stream of open.values()) {
        stream.end();
        await finished(stream);
      }
    },
  };
}
