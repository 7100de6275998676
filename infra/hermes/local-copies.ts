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
 * CURRENT that names the last good one. A folder under its own name is complete; one process writes here at a time. Without
 * parts only manifests are kept, of versions whose rows are read elsewhere.
 */
export function createLocalCopies(dir: string, view: ViewName, { keepsParts = true } = {}) {
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
    for (const part of keepsParts ? manifest.parts : []) {
      checkPart(view, version, part, await readOrUndefined(localPartPath(versionDir(version), part)));
    }
    return { manifest, text: text.toString('utf8'), sha256: sha256Of(text) };
  }

  /** Where parts of local versions lie, by checksum. What cannot be read is passed over: it is brought anew. */
  async function heldParts(): Promise<ReadonlyMap<string, string>> {
    const held = new Map<string, string>();
    for (const version of await stored()) {
      try {
        const text = await readFile(join(versionDir(version), 'manifest.json'), 'utf8');
        for (const part of parseManifest(text, view, version).parts)
          held.set(part.sha256, localPartPath(versionDir(version), part));
      } catch {
        // As if it were not there.
      }
    }
    return held;
  }

  /** The bytes of a part that a local version has too; undefined where none has them whole. */
  async function heldBytes(path: string | undefined, part: PartEntry): Promise<Uint8Array | undefined> {
    const body = path === undefined ? undefined : await readOrUndefined(path).catch(() => undefined);
    return body?.byteLength === part.bytes && sha256Of(body) === part.sha256 ? body : undefined;
  }

  /**
   * Brings a version here beside the others; parts that one of those has are taken from it. VIEW_CORRUPT, and nothing kept,
   * unless every byte is as it should be.
   */
  async function download(
    source: Pick<ViewSource, 'fetchManifest' | 'readPart'>,
    version: ViewVersion,
    expected?: string,
  ): Promise<StoredManifest> {
    const found = await source.fetchManifest(view, version);
    if (expected !== undefined && found.sha256 !== expected) {
      corrupt(view, version)(`manifest has checksum ${found.sha256}, expected ${expected}`);
    }
    await createFolderDurably(versionDir(version), async (temporary) => {
      await mkdir(join(temporary, 'parts'));
      const held = await heldParts();
      for (const part of keepsParts ? found.manifest.parts : []) {
        const body = await heldBytes(held.get(part.sha256), part);
        const path = localPartPath(temporary, part);
        await writeDurably(path, body ?? (await source.readPart(view, version, part)));
      }
      await syncFolder(join(temporary, 'parts'));
      await writeDurably(join(temporary, 'manifest.json'), found.text);
    });
    return found;
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
    if (isNotThere(error)) return undefined;
    throw error;
  }
}

function isNotThere(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}
