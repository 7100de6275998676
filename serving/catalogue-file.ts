/**
 * The catalogue from an NDJSON file of entries, read again whenever it changes. What was good last is kept in a copy, for
 * a start at which the file is missing or broken.
 */
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readCatalogueEntry } from '../domain/catalogue-entry.ts';
import type { CatalogueEntry } from '../domain/catalogue.ts';
import type { TitleId } from '../domain/ids.ts';
import type { Log } from '../infra/log.ts';
import { indexCatalogue, NO_TITLES, type Catalogue } from './catalogue.ts';

export interface CatalogueFile extends Catalogue {
  /** Reads the file if it changed. A file that cannot be used leaves what was read before. Never rejects. */
  refresh(): Promise<void>;
  /** Refreshes now and then, until closed. */
  start(): Promise<void>;
  close(): void;
}

export interface CatalogueFileDeps {
  readonly path: string;
  /** Where the last good copy lies; only this process writes there. */
  readonly copyPath: string;
  readonly intervalMs: number;
  readonly log: Log;
}

export function createCatalogueFile({ path, copyPath, intervalMs, log }: CatalogueFileDeps): CatalogueFile {
  let titles = NO_TITLES;
  let seen = '';
  let complaint = '';
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  async function refresh(): Promise<void> {
    try {
      const { mtimeMs, size, ino } = await stat(path);
      const stamp = `${mtimeMs} ${size} ${ino}`;
      if (stamp === seen) return;
      const text = await readFile(path, 'utf8');
      const { read, refused } = parseCatalogue(text);
      seen = stamp;
      if (read.size === 0) return await fallBack(`it has no usable entry, ${refused} unusable`);
      titles = indexCatalogue(read);
      complaint = '';
      log.info({ path, titles: read.size, refused }, 'catalogue read');
      await keepCopy(text);
    } catch (error) {
      await fallBack(error instanceof Error ? error.message : String(error));
    }
  }

  /** Of what was read: the file may be another by now. */
  async function keepCopy(text: string): Promise<void> {
    const fresh = `${copyPath}.${process.pid}`;
    try {
      await mkdir(dirname(copyPath), { recursive: true });
      await writeFile(fresh, text);
      await rename(fresh, copyPath);
    } catch (error) {
      log.warn({ err: error, path: copyPath }, 'no copy of the catalogue could be kept');
    }
  }

  async function fallBack(reason: string): Promise<void> {
    if (titles.size() === 0)
      titles = await readFile(copyPath, 'utf8').then(
        (text) => indexCatalogue(parseCatalogue(text).read),
        () => NO_TITLES,
      );
    complain(reason);
  }

  function complain(reason: string): void {
    if (reason !== complaint)
      log.warn({ path, reason, titles: titles.size() }, 'catalogue cannot be used: the one before stays');
    complaint = reason;
  }

  async function turn(): Promise<void> {
    await refresh();
    if (!closed) timer = setTimeout(() => void turn(), intervalMs);
  }

  return {
    find: (title) => titles.find(title),
    inOrder: () => titles.inOrder(),
    size: () => titles.size(),
    refresh,
    start: turn,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** One entry a line; lines that are none are counted and passed over. The last of two with one id stays. */
export function parseCatalogue(text: string): {
  readonly read: ReadonlyMap<TitleId, CatalogueEntry>;
  readonly refused: number;
} {
  const read = new Map<TitleId, CatalogueEntry>();
  let refused = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const entry = parseEntry(line);
    if (entry === undefined) refused += 1;
    else read.set(entry.titleId, entry);
  }
  return { read, refused };
}

function parseEntry(line: string): CatalogueEntry | undefined {
  try {
    return readCatalogueEntry(JSON.parse(line), (reason) => {
      throw new RangeError(reason);
    });
  } catch {
    return undefined;
  }
}
