import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseJson, readFields } from '../../domain/json-fields.ts';
import { parseManifest, type PartEntry } from '../../domain/manifest.ts';
import {
  corrupt,
  formatVersion,
  readVersion,
  SHA256_HEX,
  type ViewName,
  type ViewVersion,
} from '../../domain/views.ts';
import {
  createFolderDurably,
  removeTemporaries,
  replaceDurably,
  syncFolder,
  temporaryBeside,
  writeDurably,
} from './durable-files.ts';
import { checkPart, type StoredManifest } from './parts.ts';
import type { ViewRepository } from './repository.ts';
import { sha256Of } from './text-objects.ts';

/** Where a part lies in a local copy of a version. */
export const localPartPath = (versionDir: string, part: Pick<PartEntry, 'name'>): string =>
  join(versionDir, 'parts', `${part.name}.parquet`);

/** What subscribers need of a repository. */
export type ViewSource = Pick<ViewRepository, 'readPointer' | 'fetchManifest' | 'readPart'>;

/** The version that was served last, and its manifest's checksum. */
export type LastGood = { readonly version: ViewVersion; readonly manifestSha256: string };

export type LocalCopies = ReturnType<typeof createLocalCopies>;

/**
 * Whole versions of one view on this machine's disk: `<dir>/<view>/<version>/{manifest.json,parts/…}`, and a file
 * CURRENT that names the last good one. A folder under its own name is complete; one process writes here at a time.
 */
export function createLocalCopies(dir: string, view: ViewName) {
  const folder = join(dir, view);
  const currentFile = join(folder, 'CURRENT');
  const versionDir = (version: ViewVersion): string => join(folder, formatVersion(version));

  async function prepare(): Promise<void> {
    await mkdir(folder, { recursive: true });
    await removeTemporaries(folder);
  }

  /** Reads a local version back; undefined where there is none, VIEW_CORRUPT where its bytes are not the manifest's. */
  async function check(version: ViewVersion): Promise<StoredManifest | undefined> {
    const text = await readOrUndefined(join(versionDir(version), 'manifest.json'));
    if (!text)
      return (await stored()).includes(version) ? corrupt(view, version)('manifest is missing') : undefined;
    const manifest = parseManifest(text.toString('utf8'), view, version);
    for (const part of manifest.parts) {
      checkPart(view, version, part, await readOrUndefined(localPartPath(versionDir(version), part)));
    }
    return { manifest, text: text.toString('utf8'), sha256: sha256Of(text) };
  }

  /** Brings a version here beside the others. VIEW_CORRUPT, and nothing kept, unless every byte is as it should be. */
  async function download(
    source: ViewSource,
    version: ViewVersion,
    expected?: string,
  ): Promise<StoredManifest> {
    const stored = await source.fetchManifest(view, version);
    if (expected !== undefined && stored.sha256 !== expected) {
      corrupt(view, version)(`manifest has checksum ${stored.sha256}, expected ${expected}`);
    }
    await createFolderDurably(versionDir(version), async (temporary) => {
      await mkdir(join(temporary, 'parts'));
      for (const part of stored.manifest.parts) {
        await writeDurably(localPartPath(temporary, part), await source.readPart(view, version, part));
      }
      await syncFolder(join(temporary, 'parts'));
      await writeDurably(join(temporary, 'manifest.json'), stored.text);
    });
    return stored;
  }

  async function discard(version: ViewVersion): Promise<void> {
    const doomed = temporaryBeside(versionDir(version));
    // Renamed first: a removal that stops half-way must not leave a version that looks whole.
    await rename(versionDir(version), doomed);
    await rm(doomed, { recursive: true, force: true });
  }

  /** Local versions, newest first, whole or not. */
  async function stored(): Promise<ViewVersion[]> {
    const names = (await readdir(folder)).filter((name) => /^\d{8}$/.test(name) && Number(name) > 0);
    return names.map((name) => Number(name) as ViewVersion).sort((a, b) => b - a);
  }

  async function lastGood(): Promise<LastGood | undefined> {
    const text = await readOrUndefined(currentFile);
    if (!text) return undefined;
    const refuse = corrupt(view, 'pointer');
    const fields = readFields(parseJson(text.toString('utf8'), refuse), refuse);
    return {
      version: readVersion(fields, 'version'),
      manifestSha256: fields.text('manifestSha256', SHA256_HEX),
    };
  }

  const markGood = (good: LastGood): Promise<void> => replaceDurably(currentFile, JSON.stringify(good));

  /** Removes all but `live` and the newest others, `keep` versions in all. */
  async function prune(live: ViewVersion, keep: number): Promise<void> {
    const others = (await stored()).filter((version) => version !== live);
    for (const version of others.slice(Math.max(0, keep - 1))) await discard(version);
  }

  return { prepare, check, download, discard, stored, lastGood, markGood, prune, versionDir };
}

async function readOrUndefined(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
