import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Manifest } from '../../../domain/manifest.ts';
import { viewName, viewVersion } from '../../../domain/views.ts';
import type { ViewRepository } from '../../../infra/hermes/repository.ts';
import { servableCut } from '../../../infra/hermes/servable-cut.ts';

type State = Awaited<ReturnType<ViewRepository['listVersions']>>[number]['state'];

/** Versions newest first. */
function repositoryOf(versions: { state: State; cut: number[]; generation?: string }[]) {
  const numbered = versions.map((one, i) => ({ ...one, version: viewVersion(versions.length - i) }));
  return {
    listVersions: () =>
      Promise.resolve(
        numbered.map(({ version, state }) => ({ version, state, runId: null, rule: null, reason: null })),
      ),
    readManifest: (_view: unknown, version: number) => {
      const { cut, generation = 'g1' } = numbered.find((one) => one.version === version)!;
      return Promise.resolve({ cut: { plays: cut }, generation, blockSize: 8 } as unknown as Manifest);
    },
  } satisfies Pick<ViewRepository, 'listVersions' | 'readManifest'>;
}

const view = viewName('popularity');
const log = { generation: 'g1', blockSize: 8 };

test('cells are needed from the lowest cut of the newest good versions on, partition by partition', async () => {
  const repository = repositoryOf([
    { state: 'announced', cut: [64, 80] },
    { state: 'rejected', cut: [0, 0] },
    { state: 'backup', cut: [32, 96] },
    { state: 'backup', cut: [8, 8] },
  ]);
  assert.deepEqual(await servableCut(repository, view, 2, log), { plays: [32, 80] });
});

test('before anything was announced nothing is known, and a version of another log needs every cell', async () => {
  assert.equal(await servableCut(repositoryOf([{ state: 'staged', cut: [64] }]), view, 2, log), undefined);
  const moved = repositoryOf([
    { state: 'announced', cut: [8] },
    { state: 'backup', cut: [640], generation: 'g0' },
  ]);
  assert.deepEqual(await servableCut(moved, view, 2, log), { plays: [0] });
});
