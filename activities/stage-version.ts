import { readFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { isMarqueeError } from '../domain/errors.ts';
import type { Manifest, PartEntry } from '../domain/manifest.ts';
import type { Refusal } from '../domain/publishing.ts';
import type { LocalPart } from '../batch/parts.ts';
import type { ActivityDeps } from './deps.ts';
import { endIfCancelled } from './guard.ts';
import type { VersionAt } from './publishing.ts';
import { withWorkFolder } from './work-folder.ts';

export interface Staged {
  /** By part. */
  readonly rowCounts: Readonly<Record<string, number>>;
  /** The same rows and cut as the parent has. */
  readonly unchanged: boolean;
  /** What was found wrong before: with parts that could not be made nothing was staged. Absent otherwise. */
  readonly refusal?: Refusal;
}

/** What a computation made: parts on local disk, and what the manifest says of them and of where they came from. */
export interface Computed extends Pick<
  Manifest,
  'schema' | 'rowCounts' | 'metrics' | 'inputs' | 'cut' | 'blockSize' | 'generation' | 'foldVersion' | 'key'
> {
  readonly parts: readonly LocalPart[];
}

/** Puts a version's parts under its own prefix, with the manifest last; what an earlier try of the run staged stays. */
export function createStage({ views, heldParts, region, codeVersion, workDir }: ActivityDeps) {
  async function alreadyStaged({ view, version }: VersionAt): Promise<Manifest | undefined> {
    try {
      return await views.readManifest(view, version);
    } catch (error) {
      if (isMarqueeError(error, 'VIEW_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  async function put(at: VersionAt, { parts: made, ...computed }: Computed): Promise<Manifest> {
    const { view, version, parent, asOf } = at;
    const parts: PartEntry[] = [];
    for (const { name, path, rows } of made) {
      endIfCancelled();
      const part = { ...(await views.putPart(view, version, name, await readFile(path))), rows };
      await heldParts?.[view]?.hold(part, path);
      parts.push(part);
    }
    const stored = await views.putManifest({
      ...{ view, version, region, parent, asOf, parts, codeVersion },
      ...computed,
    });
    return stored.manifest;
  }

  /** `compute` gets a folder of its own, which is gone afterwards. */
  return async (
    at: VersionAt,
    compute: (dir: string) => Promise<Computed | { readonly refusal: Refusal }>,
  ): Promise<Staged> => {
    const manifest =
      (await alreadyStaged(at)) ??
      (await withWorkFolder(workDir, async (dir) => {
        const computed = await compute(dir);
        return 'refusal' in computed ? computed : put(at, computed);
      }));
    if ('refusal' in manifest) return { rowCounts: {}, unchanged: false, refusal: manifest.refusal };
    const { rowCounts } = manifest;
    if (at.parent === null) return { rowCounts, unchanged: false };
    return { rowCounts, unchanged: saysTheSame(manifest, await views.readManifest(at.view, at.parent)) };
  };
}

/** Parts without rows say nothing: one is there for every day, under that day's name. */
function saysTheSame(a: Manifest, b: Manifest): boolean {
  const content = ({ parts, cut, generation, blockSize, foldVersion }: Manifest) => ({
    ...{ cut, generation, blockSize, foldVersion },
    parts: parts.filter(({ rows }) => rows > 0).map(({ name, rows, sha256 }) => ({ name, rows, sha256 })),
  });
  return isDeepStrictEqual(content(a), content(b));
}
