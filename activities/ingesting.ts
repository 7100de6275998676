import { Context } from '@temporalio/activity';
import { MarqueeError } from '../domain/errors.ts';
import { sourceOf } from '../domain/manifest.ts';
import type { ViewName, ViewVersion } from '../domain/views.ts';
import { isAskedRefresh } from '../domain/workflow-ids.ts';
import type { ActivityDeps, SideInput } from './deps.ts';
import { reportStep } from './guard.ts';
import type { VersionAt } from './publishing.ts';
import { createRejections } from './rejections.ts';
import { createStage, type Staged } from './stage-version.ts';
import { withWorkFolder } from './work-folder.ts';

export interface IngestPlan {
  /** The current version, or null before the first. */
  readonly parent: ViewVersion | null;
  /** The source has the bytes that the current version was made from, or bytes that were rejected before. */
  readonly unchanged: boolean;
  /** Where they were rejected. */
  readonly reason?: string;
}

/** A view that reads no topic stands at no offset; one is the smallest block. */
const NO_CUT = { cut: {}, blockSize: 1 } as const;

/** Activities that make versions out of sources. SOURCE_UNSET, SOURCE_UNAVAILABLE, SOURCE_INVALID. */
export function createIngesting(deps: ActivityDeps) {
  const { views, workDir, generation, region } = deps;
  const stage = createStage(deps);
  const rejections = createRejections(deps);

  function sideInputOf(view: ViewName): SideInput & { readonly source: NonNullable<SideInput['source']> } {
    const found = deps.sideInputs[view];
    if (found?.source === undefined)
      throw new MarqueeError('SOURCE_UNSET', { view, setting: found?.setting ?? 'another view' });
    return { ...found, source: found.source };
  }

  return {
    /** Whether the source has anything that the current version does not say, and that was not rejected before. */
    async planIngest({ view }: { view: ViewName }): Promise<IngestPlan> {
      const { source, job } = sideInputOf(view);
      const parent = (await views.readPointer(view))?.version ?? null;
      const current = parent === null ? undefined : await views.readManifest(view, parent);
      const known = current?.foldVersion === job.layout ? sourceOf(current) : undefined;
      // Who asks for it may have changed what the source is judged by.
      const { workflowId = '' } = Context.current().info.workflowExecution ?? {};
      const rejected = isAskedRefresh(region, view, workflowId) ? undefined : await rejections.newest(view);
      if (known === undefined && rejected === undefined) return { parent, unchanged: false };
      const knownEtag = known?.source === source.address ? known.etag : null;
      const found = await withWorkFolder(workDir, (dir) => source.fetch(dir, knownEtag));
      if (found === undefined || found.sha256 === known?.sha256) return { parent, unchanged: true };
      if (rejected?.isOf(found.sha256, job.layout, parent) !== true) return { parent, unchanged: false };
      const { version, rule } = rejected;
      const reason = `its source was rejected before, as version ${version} by ${rule}`;
      return { parent, unchanged: true, reason };
    },

    /** Reads the source as it is now into the version's parts. */
    ingestSource: (at: VersionAt): Promise<Staged> =>
      stage(at, async (dir) => {
        const { source, job } = sideInputOf(at.view);
        const file = await source.fetch(dir);
        if (file === undefined)
          throw new MarqueeError('INTERNAL', { reason: 'a source that nobody knew is the same' });
        const { path: _path, ...input } = file;
        const made = await job.compute(file, { outDir: `${dir}/parts`, onProgress: reportStep });
        if (made.refusal !== null)
          return { refusal: rejections.marked(made.refusal, input.sha256, job.layout) };
        const { parts, schema, rowCounts, metrics } = made;
        const lineage = { inputs: [input], generation, foldVersion: job.layout };
        return { parts, schema, rowCounts, metrics, ...lineage, ...NO_CUT };
      }),
  };
}
