import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BESIDE } from '../domain/manifest.ts';
import type { ViewName, ViewVersion } from '../domain/views.ts';
import type { HeldParts } from '../infra/hermes/held-parts.ts';
import type { ViewRepository } from '../infra/hermes/repository.ts';
import type { LocalVersion } from './deps.ts';

/** Brings a version's parts into a folder, checked; those that are held on this machine are not fetched. VIEW_NOT_FOUND, VIEW_CORRUPT. */
export async function fetchVersion(
  views: Pick<ViewRepository, 'readManifest' | 'readPart'>,
  view: ViewName,
  version: ViewVersion,
  dir: string,
  held?: HeldParts,
): Promise<LocalVersion> {
  const manifest = await views.readManifest(view, version);
  await mkdir(dir, { recursive: true });
  const partPaths: Record<string, string> = {};
  for (const part of manifest.parts) {
    const path = join(dir, `${part.name}.parquet`);
    if ((await held?.take(part, path)) !== true) {
      await writeFile(path, await views.readPart(view, version, part));
      await held?.hold(part, path);
    }
    partPaths[part.name.replace(BESIDE, '')] = path;
  }
  return { manifest, partPaths };
}
