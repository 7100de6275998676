/**
 * Whether every page that an LMDB tree names lies within the file, by walking the tree as bytes: a mapped page past the
 * file's end would end the process with SIGBUS. Layout of data format 2 in 64-bit builds (mdb.c of liblmdb: MDB_page_header,
 * MDB_node, MDB_db), little-endian.
 */
import { readSync } from 'node:fs';

/** Byte in the page, in the node or in the record of a database. */
const PAGE = { flags: 18, lower: 20, pointers: 24 } as const;
const NODE = { low: 0, high: 2, flags: 4, keySize: 6, key: 8 } as const;
const ROOT_IN_DATABASE = 40;
const HEADER_BYTES = 24;
const IS_BRANCH = 0x01;
const IS_LEAF = 0x02;
const DATA_IS_ELSEWHERE = 0x01;
const DATA_IS_DATABASE = 0x02;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;

export interface PagedFile {
  readonly file: number;
  readonly size: number;
  readonly pageSize: number;
}

/** False where a page is missing or is none. Reads every branch and leaf. */
export function areAllReachable(paged: PagedFile, roots: readonly bigint[]): boolean {
  const pages = Math.floor(paged.size / paged.pageSize);
  const open = roots.filter((root) => root !== NO_PAGE);
  const page = Buffer.alloc(paged.pageSize);
  // A tree names each page once: more than there are is a circle.
  for (let visited = 0; open.length > 0; visited += 1) {
    const number = open.pop()!;
    if (visited >= pages || number >= pages) return false;
    readSync(paged.file, page, 0, paged.pageSize, Number(number) * paged.pageSize);
    try {
      if (!takeChildren(page, pages, open)) return false;
    } catch (error) {
      // A pointer that leads out of its page.
      if (error instanceof RangeError) return false;
      throw error;
    }
  }
  return true;
}

/** Adds the pages that a branch or leaf leads to. False where its values lie past the file's end, or it is no such page. */
function takeChildren(page: Buffer, pages: number, open: bigint[]): boolean {
  const flags = page.readUInt16LE(PAGE.flags);
  if ((flags & (IS_BRANCH | IS_LEAF)) === 0) return false;
  const nodes = page.readUInt16LE(PAGE.lower) >> 1;
  for (let i = 0; i < nodes; i += 1) {
    const node = page.readUInt16LE(PAGE.pointers + 2 * i) + HEADER_BYTES;
    const low = page.readUInt32LE(node + NODE.low);
    const nodeFlags = page.readUInt16LE(node + NODE.flags);
    const data = node + NODE.key + page.readUInt16LE(node + NODE.keySize);
    if ((flags & IS_BRANCH) !== 0) open.push(BigInt(low) | (BigInt(nodeFlags) << 32n));
    else if ((nodeFlags & DATA_IS_ELSEWHERE) !== 0) {
      const last = page.readBigUInt64LE(data) + BigInt(Math.floor((HEADER_BYTES - 1 + low) / page.length));
      if (last >= pages) return false;
    } else if ((nodeFlags & DATA_IS_DATABASE) !== 0) {
      const root = page.readBigUInt64LE(data + ROOT_IN_DATABASE);
      if (root !== NO_PAGE) open.push(root);
    }
  }
  return true;
}
