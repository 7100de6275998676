/**
 * Parts of versions on this machine's disk, by their checksum: most parts of a version are those of the one before, and what a
 * worker made or fetched once it need not fetch for the next. Any number of processes share a folder. For views that
 * say nothing of a profile: a part stays here when its version is gone.
 */
import { link, mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { PartEntry } from '../../domain/manifest.ts';
import { sha256Of } from './text-objects.ts';

export interface HeldParts {
  /** Puts a part at a path where there is no file yet; false where it is not here. A file whose bytes are not the part's goes. */
  take(part: Pick<PartEntry, 'bytes' | 'sha256'>, path: string): Promise<boolean>;
  /**
   * Keeps a file that has a part's bytes, which is not written to any more, under a name of its own. On a disk that cannot do so
   * it is not kept.
   */
  hold(part: Pick<PartEntry, 'sha256'>, path: string): Promise<void>;
}

export interface HeldPartsOptions {
  /** Parts that were not used for the longest time go, so that no more than this is held. */
  readonly mostBytes: number;
  /** Told why a part could not be taken or kept; it is fetched instead. */
  readonly onFault: (error: unknown) => void;
}

export function createHeldParts(dir: string, { mostBytes, onFault }: HeldPartsOptions): HeldParts {
  const place = (sha256: string): string => join(dir, sha256);

  async function prune(): Promise<void> {
    const held = await Promise.all(
      (await readdir(dir)).map(async (name) => {
        const found = await stat(join(dir, name)).catch(ifThere);
        return { name, bytes: found?.size ?? 0, usedMs: found?.mtimeMs ?? 0 };
      }),
    );
    let bytes = held.reduce((sum, one) => sum + one.bytes, 0);
    for (const one of held.sort((a, b) => a.usedMs - b.usedMs)) {
      if (bytes <= mostBytes) return;
      await rm(join(dir, one.name), { force: true });
      bytes -= one.bytes;
    }
  }

  async function take(
    { bytes, sha256 }: Pick<PartEntry, 'bytes' | 'sha256'>,
    path: string,
  ): Promise<boolean> {
    // A file of two names, so that it stays where it was put whatever goes from here.
    const isHere = await link(place(sha256), path).then(
      () => true,
      (error: unknown) => ifThere(error) ?? false,
    );
    if (!isHere) return false;
    const body = await readFile(path);
    if (body.byteLength === bytes && sha256Of(body) === sha256) {
      const now = new Date();
      await utimes(path, now, now);
      return true;
    }
    await rm(path);
    await rm(place(sha256), { force: true });
    return false;
  }

  async function hold({ sha256 }: Pick<PartEntry, 'sha256'>, path: string): Promise<void> {
    await mkdir(dir, { recursive: true });
    try {
      await link(path, place(sha256));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return;
    }
    await prune();
  }

  return {
    take: (part, path) =>
      take(part, path).catch((error: unknown) => {
        onFault(error);
        return false;
      }),
    hold: (part, path) => hold(part, path).catch(onFault),
  };
}

/** Undefined for what is not there; throws any other error. */
function ifThere(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
