import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BESIDE } from '../domain/manifest.ts';
import type { ViewName, ViewVersion } from '../domain/views.ts';
import type { ViewRepository } from '../infra/hermes/repository.ts';
import type { ActivityDeps, LocalVersion } from './deps.ts';

/** Where parts come from. */
export interface VersionSource extends Pick<ActivityDeps, 'heldParts'> {
  readonly views: Pick<ViewRepository, 'readManifest' | 'readPart'>;
}

/** Brings a version's parts into a folder, checked; those that are held on this machine are not fetched. VIEW_NOT_FOUND, VIEW_CORRUPT. */
export async function fetchVersion(
  { views, heldParts }: VersionSource,
  view: ViewName,
  version: ViewVersion,
  dir: string,
): Promise<LocalVersion> {
  const held = heldParts?.[view];
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
