/** Which cells are still needed: those from the lowest cut of any servable version on. */
import type { CutVector } from '../../domain/manifest.ts';
import type { ViewName } from '../../domain/views.ts';
import type { ViewRepository } from './repository.ts';

/** The log that cells are counted over; a view of another one needs all of them. */
export interface CellLog {
  readonly generation: string;
  readonly blockSize: number;
}

/** The lowest cut, partition by partition, of the newest `keep` good versions; undefined before the first. */
export async function servableCut(
  repository: Pick<ViewRepository, 'listVersions' | 'readManifest'>,
  view: ViewName,
  keep: number,
  log: CellLog,
): Promise<CutVector | undefined> {
  const versions = await repository.listVersions(view);
  const good = versions.filter(({ state }) => state === 'announced' || state === 'backup').slice(0, keep);
  const manifests = await Promise.all(good.map(({ version }) => repository.readManifest(view, version)));
  const isOfLog = (manifest: CellLog): boolean =>
    manifest.generation === log.generation && manifest.blockSize === log.blockSize;
  const cuts = manifests.map((manifest) => (isOfLog(manifest) ? manifest.cut : {}));
  return cuts.length === 0 ? undefined : cuts.reduce(lowerOf);
}

function lowerOf(x: CutVector, y: CutVector): CutVector {
  const topics = new Set([...Object.keys(x), ...Object.keys(y)]);
  const lower = (topic: string): number[] => {
    const [a, b] = [x[topic] ?? [], y[topic] ?? []];
    // A partition that one version knows nothing of is needed from its beginning.
    return Array.from({ length: Math.max(a.length, b.length) }, (_, p) => Math.min(a[p] ?? 0, b[p] ?? 0));
  };
  return Object.fromEntries([...topics].map((topic) => [topic, lower(topic)]));
}
