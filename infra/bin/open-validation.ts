/** Puts together the rules that versions are held to before they are announced. */
import type { ActivityDeps } from '../../activities/activities.ts';
import type { DeclaredFolder } from '../../batch/declared/folder.ts';
import { createDeclaredValidators } from '../../batch/validators/declared.ts';
import { createModelValidators } from '../../batch/validators/models.ts';
import { createPopularityValidators } from '../../batch/validators/popularity.ts';
import { createRowPerformanceValidators } from '../../batch/validators/row-performance.ts';
import { firstRefusal, type Validator } from '../../batch/validators/validator.ts';
import { ROW_PERFORMANCE_VIEW } from '../../domain/row-performance.ts';
import { viewName } from '../../domain/views.ts';
import type { Config } from '../config.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';

export interface ValidationParts {
  readonly config: Pick<Config, 'views'>;
  readonly duckdb: DuckDb;
  /** Of views that come from a source, by name. */
  readonly ofSources: Readonly<Record<string, readonly Validator[]>>;
  readonly folder: DeclaredFolder;
}

const POPULARITY_VIEW = viewName('popularity');

export function openValidation(parts: ValidationParts): ActivityDeps['validate'] {
  const { config, duckdb, ofSources, folder } = parts;
  const { minRows, maxRemovedShare } = config.views;
  const rules: Readonly<Record<string, readonly Validator[]>> = {
    ...createModelValidators(duckdb),
    ...ofSources,
    [POPULARITY_VIEW]: createPopularityValidators(duckdb, {
      minimumRows: { totals: minRows },
      vanishedTitles: maxRemovedShare,
      lostCounts: maxRemovedShare,
    }),
    [ROW_PERFORMANCE_VIEW]: createRowPerformanceValidators(duckdb),
  };
  return async (candidate, previous) => {
    const { view } = candidate.manifest;
    // What a file declares is held to what the file says now.
    const declared = folder.isReserved(view) ? [] : createDeclaredValidators(duckdb, await folder.find(view));
    return firstRefusal(rules[view] ?? declared, candidate, previous);
  };
}
