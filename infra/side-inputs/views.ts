/**
 * The views that stages look things up in, followed for as long as the process lives. Nothing waits for them: before a
 * view's first version its look-up is undefined, which is logged once.
 */
import { CATALOGUE_VIEW } from '../../domain/catalogue.ts';
import { PAGES_VIEW } from '../../domain/pages.ts';
import type { CatalogueLookup, PagesLookup } from '../../domain/side-inputs.ts';
import type { DuckDb } from '../duckdb/duckdb.ts';
import { followView, type FollowDeps } from '../hermes/followed-view.ts';
import { createCatalogueLoader } from './catalogue.ts';
import { createPagesLoader } from './pages.ts';

export interface SideViewsDeps extends FollowDeps {
  readonly duckdb: Pick<DuckDb, 'use'>;
}

export interface SideViews {
  catalogue(): CatalogueLookup | undefined;
  pages(): PagesLookup | undefined;
  /** Looks for newer versions soon: something was announced. */
  nudge(): void;
  /** Resolves when the store was asked once for each, whatever it said. */
  readonly asked: Promise<void>;
  close(): Promise<void>;
}

const without = 'events go on without it';

export function followSideViews(deps: SideViewsDeps): SideViews {
  const catalogue = followView(deps, CATALOGUE_VIEW, { load: createCatalogueLoader(deps.duckdb), without });
  const pages = followView(deps, PAGES_VIEW, { load: createPagesLoader(deps.duckdb), without });
  const all = [catalogue, pages];
  return {
    catalogue: () => catalogue.current()?.value,
    pages: () => pages.current()?.value,
    nudge() {
      for (const one of all) one.nudge();
    },
    asked: Promise.all(all.map((one) => one.asked)).then(() => undefined),
    async close() {
      await Promise.all(all.map((one) => one.close()));
    },
  };
}
