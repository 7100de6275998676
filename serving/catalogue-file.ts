/**
 * The catalogue from an NDJSON file of entries, read again whenever it changes. What was good last is kept in a copy, for
 * a start at which the file is missing or broken.
 */
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { withoutMark } from '../domain/byte-order-mark.ts';
import { readCatalogueEntry } from '../domain/catalogue-entry.ts';
import type { CatalogueEntry } from '../domain/catalogue.ts';
import type { TitleId } from '../domain/ids.ts';
import type { EpochMs } from '../domain/time.ts';
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
  readonly now?: () => EpochMs;
}

/** A file that has a smaller share of the titles before may be one that is being written, until it has stood still for so long. */
const LEAST_LEFT = 2 / 3;
const SETTLED_MS = 60_000;

export function createCatalogueFile(deps: CatalogueFileDeps): CatalogueFile {
  const { path, copyPath, intervalMs, log, now = Date.now } = deps;
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
      const { read, refused, isCut } = parseCatalogue(text);
      if (read.size < titles.size() * LEAST_LEFT && now() - mtimeMs < SETTLED_MS)
        return complain(`it has ${read.size} titles and was written just now`);
      seen = stamp;
      if (read.size === 0) return await fallBack(`it has no usable entry, ${refused} unusable`);
      if (isCut) await fallBack('it ends within an entry');
      // Half of a catalogue is better than none.
      if (isCut && titles.size() > 0) return;
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

/**
 * One entry a line; lines that are none are counted and passed over. The last of two with one id stays. A text that ends within
 * a line that is no JSON is cut: who writes it is not done, or was stopped.
 */
export function parseCatalogue(text: string): {
  readonly read: ReadonlyMap<TitleId, CatalogueEntry>;
  readonly refused: number;
  readonly isCut: boolean;
} {
  const read = new Map<TitleId, CatalogueEntry>();
  let refused = 0;
  const lines = withoutMark(text).split('\n');
  for (const line of lines) {
    if (line.trim() === '') continue;
    const entry = parseEntry(line);
    if (entry === undefined) refused += 1;
    else read.set(entry.titleId, entry);
  }
  return { read, refused, isCut: !isJson(lines.at(-1)!) };
}

function isJson(line: string): boolean {
  if (line.trim() === '') return true;
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
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
