/**
 * A folder of fetched files that is either whole or not there: filled beside its place, sealed with the SHA-256 of
 * every file, moved in at once, and checked against the seal whenever it is used.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MarqueeError } from '../../../domain/errors.ts';

const SEAL = '.seal.json';

type Sums = Readonly<Record<string, string>>;

export interface SealedFolder {
  readonly dir: string;
  /** What the files must be, where that is known beforehand: relative path → SHA-256 in hex. */
  readonly expected?: Sums;
  /** Fills the empty folder it is given. */
  fill(dir: string): Promise<void>;
}

/** Makes sure that the folder is there and whole, filling it anew when it is not. Throws DOWNLOAD_CORRUPT. */
export async function ensureSealed(folder: SealedFolder): Promise<string> {
  if (await isWhole(folder.dir, folder.expected)) return folder.dir;
  await mkdir(dirname(folder.dir), { recursive: true });
  const fresh = await mkdtemp(`${folder.dir}.`);
  try {
    await folder.fill(fresh);
    const sums = await sumsOf(fresh);
    assertExpected(sums, folder.expected);
    await writeFile(join(fresh, SEAL), JSON.stringify(sums, null, 1));
    await moveIn(fresh, folder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return folder.dir;
}

/** Another process may have put the same folder in place meanwhile; then that one is used. */
async function moveIn(fresh: string, folder: SealedFolder): Promise<void> {
  if (existsSync(folder.dir)) {
    if (await isWhole(folder.dir, folder.expected)) return;
    const aside = await mkdtemp(`${folder.dir}.corrupt-`);
    await rename(folder.dir, join(aside, basename(folder.dir)));
    await rm(aside, { recursive: true, force: true });
  }
  try {
    await rename(fresh, folder.dir);
  } catch (error) {
    if (!(await isWhole(folder.dir, folder.expected))) throw error;
  }
}

/** Whether the folder holds every file it was sealed with, unchanged. */
export async function isWhole(dir: string, expected?: Sums): Promise<boolean> {
  let seal: Sums;
  try {
    seal = JSON.parse(await readFile(join(dir, SEAL), 'utf8')) as Sums;
    const sums = await sumsOf(dir);
    assertExpected(seal, expected);
    return Object.entries(seal).every(([path, sum]) => sums[path] === sum);
  } catch {
    return false;
  }
}

function assertExpected(sums: Sums, expected: Sums | undefined): void {
  for (const [file, sum] of Object.entries(expected ?? {})) {
    const actual = sums[file] ?? 'no such file';
    if (actual !== sum) throw new MarqueeError('DOWNLOAD_CORRUPT', { file, actual, expected: sum });
  }
}

async function sumsOf(dir: string): Promise<Sums> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && entry.name !== SEAL)
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)))
    .sort();
  const pairs = await Promise.all(
    files.map(async (file) => [file, await sha256Of(join(dir, file))] as const),
  );
  return Object.fromEntries(pairs);
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
