import { isMarqueeError } from '../domain/errors.ts';
import { sourceOf, type Manifest } from '../domain/manifest.ts';
import { CANARY_UNDECIDED, PARENT_MOVED, type Refusal } from '../domain/publishing.ts';
import type { ViewName, ViewVersion } from '../domain/views.ts';
import { LONGEST_REASON } from '../infra/hermes/states.ts';
import type { ActivityDeps } from './deps.ts';

/** The newest version of a view that was rejected for what its source says. */
export interface Rejection {
  readonly version: ViewVersion;
  readonly rule: string;
  /** Whether the same code, laying out the same bytes after the same parent, made it. */
  isOf(sha256: string, layout: number, parent: ViewVersion | null): boolean;
}

/** Rules that say nothing of the source: the same bytes may come through the next time. */
const OF_THE_RUN: readonly string[] = [
  ...['cancelled', 'failed', 'refused', 'corrupt', 'version-taken'],
  ...[CANARY_UNDECIDED, PARENT_MOVED],
];
/** Versions looked through. */
const LOOKED_AT = 16;

/** Tells bytes that were rejected once, so that no schedule takes a number for them again and again. */
export function createRejections({ views, codeVersion }: Pick<ActivityDeps, 'views' | 'codeVersion'>) {
  /** Where nothing was staged no manifest says what the source was: the reason ends with it. */
  const mark = (sha256: string, layout: number): string =>
    ` (source ${sha256}, layout ${layout}, code ${codeVersion})`;

  async function manifestOf(view: ViewName, version: ViewVersion): Promise<Manifest | undefined> {
    try {
      return await views.readManifest(view, version);
    } catch (error) {
      if (isMarqueeError(error, 'VIEW_NOT_FOUND') || isMarqueeError(error, 'VIEW_CORRUPT')) return undefined;
      throw error;
    }
  }

  return {
    marked({ rule, reason }: Refusal, sha256: string, layout: number): Refusal {
      const end = mark(sha256, layout);
      return { rule, reason: reason.slice(0, LONGEST_REASON - end.length) + end };
    },

    async newest(view: ViewName): Promise<Rejection | undefined> {
      const versions = await views.listVersions(view, LOOKED_AT);
      const newest = versions.find(
        ({ state, rule }) => state === 'rejected' && rule !== null && !OF_THE_RUN.includes(rule),
      );
      if (newest === undefined) return undefined;
      const { version, rule, reason } = newest;
      const manifest = await manifestOf(view, version);
      return {
        version,
        rule: rule!,
        isOf(sha256, layout, parent) {
          if (manifest === undefined) return reason?.endsWith(mark(sha256, layout)) ?? false;
          const isSameCode = manifest.codeVersion === codeVersion && manifest.foldVersion === layout;
          return isSameCode && manifest.parent === parent && sourceOf(manifest)?.sha256 === sha256;
        },
      };
    },
  };
}
