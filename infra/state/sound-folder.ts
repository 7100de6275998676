/**
 * Whether an LMDB environment's file is whole, looked at before it is opened: the mapping of a file that was cut would
 * end the process with SIGBUS. A process that is killed leaves a whole file; a full disk, a bad copy or a bad disk may
 * not. A whole file may still be shorter than its last page says: LMDB writes no page that the same commit freed. So in a
 * short file the pages that are named are looked for. What is torn is discarded, since state is a function of the log and
 * is built anew from there.
 */
import { closeSync, existsSync, openSync, readSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { areAllReachable } from './reachable-pages.ts';

/** LMDB's meta page, data format 2: magic, page size, last page and transaction of this meta, by byte in the page. */
const MAGIC = 0xbeefc0de;
const AT = { magic: 24, pageSize: 48, freeRoot: 88, mainRoot: 136, lastPage: 144, transaction: 152 } as const;
const META_BYTES = 160;
const SMALLEST_PAGE = 256;
const TORN = 'torn';

interface Meta {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly transaction: bigint;
  /** Of the tree of free pages and of that of databases. */
  readonly roots: readonly [bigint, bigint];
}

/** Discards what is torn, or was found to be while it was read; answers why, undefined where it is sound or new. */
export function discardTorn(folder: string): string | undefined {
  const reason = existsSync(join(folder, TORN))
    ? 'a page could not be read'
    : tornReason(join(folder, 'data.mdb'));
  if (reason !== undefined) rmSync(folder, { recursive: true, force: true });
  return reason;
}

/** Tells a folder from one that took its place after it was discarded, while whoever has the old one open goes on in it. */
export const identityOf = (folder: string): number | undefined => identityOfFile(fileOf(folder));

/** The same by the environment's file. */
export const identityOfFile = (file: string): number | undefined =>
  statSync(file, { throwIfNoEntry: false })?.ino;

export const fileOf = (folder: string): string => join(folder, 'data.mdb');

/** Remembers that a page could not be read: the next one to open the folder discards it. */
export function markTorn(folder: string): void {
  writeFileSync(join(folder, TORN), '');
}

/** Errors of LMDB that say that the file is not what it was. */
export const isTornError = (error: unknown): boolean =>
  error instanceof Error && /MDB_(CORRUPTED|PAGE_NOTFOUND|INVALID|PANIC|BAD_TXN)/.test(error.message);

function tornReason(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const { size } = statSync(path);
  if (size === 0) return undefined;
  const file = openSync(path, 'r');
  try {
    const first = readMeta(file, 0);
    // Where the first page is gone, its size is not known either.
    if (first === undefined) return 'its first page is none of LMDB';
    const second = readMeta(file, first.pageSize);
    if (second === undefined) return 'its second page is none of LMDB';
    const newest = second.transaction > first.transaction ? second : first;
    const needed = (newest.lastPage + 1) * newest.pageSize;
    if (size >= needed || areAllReachable({ file, size, pageSize: newest.pageSize }, newest.roots)) {
      return undefined;
    }
    return `it has ${size} bytes of ${needed}, and pages are missing`;
  } finally {
    closeSync(file);
  }
}

function readMeta(file: number, at: number): Meta | undefined {
  const bytes = Buffer.alloc(META_BYTES);
  if (readSync(file, bytes, 0, META_BYTES, at) < META_BYTES) return undefined;
  if (bytes.readUInt32LE(AT.magic) !== MAGIC) return undefined;
  const pageSize = bytes.readUInt32LE(AT.pageSize);
  if (pageSize < SMALLEST_PAGE) return undefined;
  return {
    pageSize,
    lastPage: Number(bytes.readBigUInt64LE(AT.lastPage)),
    transaction: bytes.readBigUInt64LE(AT.transaction),
    roots: [bytes.readBigUInt64LE(AT.freeRoot), bytes.readBigUInt64LE(AT.mainRoot)],
  };
}
