import { createHash } from 'node:crypto';
import { generation, region, type Region } from '../../domain/ids.ts';
import type { Manifest, PartEntry } from '../../domain/manifest.ts';
import type { ViewName, ViewVersion } from '../../domain/views.ts';
import type { ViewRepository } from '../../infra/hermes/repository.ts';

export const bodyOf = (text: string): Uint8Array => new TextEncoder().encode(text);

export function partEntry(name: string, text: string): PartEntry {
  const body = bodyOf(text);
  return { name, rows: 3, bytes: body.byteLength, sha256: createHash('sha256').update(body).digest('hex') };
}

/** A manifest with everything filled in; `parts` is name → content. */
export function exampleManifest(
  view: ViewName,
  version: ViewVersion,
  parts: Record<string, string>,
  parent: ViewVersion | null,
  home: Region = region('local'),
): Manifest {
  return {
    view,
    version,
    region: home,
    generation: generation('g1'),
    schema: [
      { name: 'title_id', type: 'VARCHAR', nullable: false },
      { name: 'plays', type: 'BIGINT', nullable: false },
    ],
    parts: Object.entries(parts).map(([name, text]) => partEntry(name, text)),
    cut: { plays: [2048, 0, 1024, 4096], impressions: [1024, 0, 0, 1024] },
    blockSize: 1024,
    inputs: [{ table: 'local.plays', snapshotId: '7632198745632198745' }],
    codeVersion: '0.1.0',
    foldVersion: 1,
    parent,
    asOf: '2026-02-03T04:05:06Z',
    rowCounts: { titles: 3 },
    metrics: { plays: 12, share: 0.25 },
  };
}

/** Publishes a version from claim to announcement, as a worker does; every step may be repeated. */
export async function publish(
  repository: ViewRepository,
  view: ViewName,
  runId: string,
  parts: Record<string, string>,
  home: Region = region('local'),
): Promise<ViewVersion> {
  const version = await repository.claimVersion(view, runId);
  const current = (await repository.readPointer(view))?.version ?? null;
  // A run that comes back after its pointer moved finds itself announced; its manifest still names the older parent.
  const parent =
    current === version ? ((await repository.readManifest(view, version)).parent ?? null) : current;
  const stored: Record<string, string> = {};
  for (const [name, text] of Object.entries(parts)) {
    stored[(await repository.putPart(view, version, name, bodyOf(text))).name] = text;
  }
  await repository.putManifest(exampleManifest(view, version, stored, parent, home));
  await repository.verify(view, version);
  await repository.announce(view, version, { parent, runId });
  return version;
}
