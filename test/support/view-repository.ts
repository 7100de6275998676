/** A repository of views on the memory double, with a clock of its own, for the tests of publishing. */
import { isMarqueeError, type ErrorCode } from '../../domain/errors.ts';
import { region } from '../../domain/ids.ts';
import { viewName, viewVersion } from '../../domain/views.ts';
import { createViewRepository } from '../../infra/hermes/repository.ts';
import { createMemoryObjectStore } from '../../infra/object-store/memory.ts';
import { bodyOf, exampleManifest } from './object-store-views.ts';

export const view = viewName('popularity');
export const v = viewVersion;
export const code = (expected: ErrorCode) => (error: unknown) => isMarqueeError(error, expected);

export function setUp() {
  const store = createMemoryObjectStore();
  let clock = Date.parse('2026-02-03T04:00:00Z');
  const now = (): Date => new Date((clock += 1000));
  return { store, repository: createViewRepository({ store, region: region('local'), now }) };
}

/** Claims, stores and verifies a version, but does not announce it. */
export async function stage(
  repository: ReturnType<typeof setUp>['repository'],
  runId: string,
  parent: number | null,
) {
  const version = await repository.claimVersion(view, runId);
  await repository.putPart(view, version, 'part-0', bodyOf(runId));
  await repository.putManifest(
    exampleManifest(view, version, { 'part-0': runId }, parent === null ? null : v(parent)),
  );
  await repository.verify(view, version);
  return version;
}
