import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';

/** Names of half-written files and folders begin so; they are worth nothing after a crash. */
export const TEMPORARY = '.tmp-';

export const temporaryBeside = (path: string): string =>
  join(dirname(path), `${TEMPORARY}${process.pid}-${randomUUID()}`);

/** Writes a new file and waits until the disk has it. */
export async function writeDurably(path: string, body: Uint8Array | string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(body);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Waits until the disk has a folder's list of names. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Replaces a file in one step: readers, and a crash, see the old one or the new. */
export async function replaceDurably(path: string, body: string): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    await writeDurably(temporary, body);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Fills a folder under a temporary name and gives it its own once all of it is on disk. */
export async function createFolderDurably(
  path: string,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    await mkdir(temporary, { recursive: true });
    await fill(temporary);
    await syncFolder(temporary);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** Removes what a crash left half-written. */
export async function removeTemporaries(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(TEMPORARY)) await rm(join(folder, name), { recursive: true, force: true });
  }
}
