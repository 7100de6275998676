import { patched, upsertSearchAttributes } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES } from '../domain/workflow-ids.ts';
import type { ViewName, ViewVersion } from '../domain/views.ts';

export interface Shown {
  readonly phase: string;
  readonly view?: ViewName;
  readonly version?: ViewVersion | null;
}

/** Makes a run findable by what it works on and how far it is. */
export function show({ phase, view, version }: Shown): void {
  // Runs that were begun before there was anything to find them by stay as they are.
  if (!patched('search-attributes')) return;
  upsertSearchAttributes([
    { key: SEARCH_ATTRIBUTES.phase, value: phase },
    ...(view === undefined ? [] : [{ key: SEARCH_ATTRIBUTES.view, value: view }]),
    ...(version === undefined || version === null
      ? []
      : [{ key: SEARCH_ATTRIBUTES.version, value: version }]),
  ]);
}
