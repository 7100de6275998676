import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import {
  createActivities,
  type Activities,
  type ActivityDeps,
  type VersionAt,
} from '../../activities/activities.ts';
import { createCatalogueJob } from '../../batch/catalogue/job.ts';
import { createCatalogueValidators } from '../../batch/validators/side-inputs.ts';
import { firstRefusal } from '../../batch/validators/validator.ts';
import { CATALOGUE_VIEW } from '../../domain/catalogue.ts';
import { MarqueeError } from '../../domain/errors.ts';
import { findPart } from '../../domain/manifest.ts';
import { CANARY_UNDECIDED, type Refusal } from '../../domain/publishing.ts';
import { viewVersion } from '../../domain/views.ts';
import { askedRefreshId } from '../../domain/workflow-ids.ts';
import { createDuckDb, type DuckDb } from '../../infra/duckdb/duckdb.ts';
import type { Source } from '../../infra/sources/source.ts';
import { createActivityWorld, type ActivityWorld } from '../support/activity-world.ts';
import { films, INGEST_LIMITS } from '../support/side-inputs.ts';

const SILENT = new DefaultLogger('ERROR');
const LIMITS = { minRows: 1, maxRemovedShare: 0.5, maxChangedShare: 0.5 };
let duckdb: DuckDb;
let world: ActivityWorld;
let deps: ActivityDeps;
/** What the source says now; undefined: it is gone. */
let lines: readonly (object | string)[] | undefined;
let etag: string | null;
let fetches = 0;

before(async () => {
  duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
});
after(() => duckdb.close());
afterEach(() => world.close());
beforeEach(async () => {
  world = await createActivityWorld();
  const validators = createCatalogueValidators(duckdb, LIMITS);
  const job = createCatalogueJob(duckdb, INGEST_LIMITS);
  deps = {
    ...world.deps,
    sideInputs: { [CATALOGUE_VIEW]: { source: sourceAt('test:catalogue'), setting: 'A_SETTING', job } },
    validate: (candidate, previous) => firstRefusal(validators, candidate, previous),
  };
  lines = films(5);
  etag = null;
  fetches = 0;
});

function sourceAt(address: string): Source {
  return {
    address,
    async fetch(dir, knownEtag) {
      if (lines === undefined)
        throw new MarqueeError('SOURCE_UNAVAILABLE', { source: address, reason: 'gone' });
      if (etag !== null && etag === knownEtag) return undefined;
      fetches += 1;
      const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
      const path = join(dir, 'source');
      writeFileSync(path, text);
      const sha256 = createHash('sha256').update(text).digest('hex');
      return Promise.resolve({ source: address, path, bytes: Buffer.byteLength(text), sha256, etag });
    },
  };
}

function run<N extends keyof Activities>(
  name: N,
  input: Parameters<Activities[N]>[0],
  on = createActivities(deps),
  info: ConstructorParameters<typeof MockActivityEnvironment>[0] = {},
): Promise<Awaited<ReturnType<Activities[N]>>> {
  return new MockActivityEnvironment(info, { logger: SILENT }).run(on[name] as never, input) as never;
}

const at = (runId: string, version: number, parent: number | null = null): VersionAt => ({
  ...{ view: CATALOGUE_VIEW, runId, asOf: '2026-10-01T00:00:00.000Z', version: viewVersion(version) },
  parent: parent === null ? null : viewVersion(parent),
});

async function publish(runId: string, version: number, parent: number | null = null) {
  assert.equal(await run('claimVersion', { view: CATALOGUE_VIEW, runId }), version);
  const staged = await run('ingestSource', at(runId, version, parent));
  for (const step of ['verifyVersion', 'validateVersion', 'announceVersion'] as const)
    assert.equal(await run(step, at(runId, version, parent)), null);
  return staged;
}

const plan = (on?: Activities) => run('planIngest', { view: CATALOGUE_VIEW }, on);

test('every step may be repeated and comes to the same end, though the source says something else by now', async () => {
  const first = await publish('run', 1);
  const before = await world.views.fetchManifest(CATALOGUE_VIEW, viewVersion(1));
  lines = films(50);
  assert.deepEqual(await publish('run', 1), first);
  assert.deepEqual(await world.views.fetchManifest(CATALOGUE_VIEW, viewVersion(1)), before);
  assert.equal((await world.views.readPointer(CATALOGUE_VIEW))?.version, 1);
  assert.equal(fetches, 1);
});

test('a crash between part and manifest, and another source after it, leave a version that is whole', async () => {
  await run('claimVersion', { view: CATALOGUE_VIEW, runId: 'run' });
  const crashing = createActivities({
    ...deps,
    views: { ...deps.views, putManifest: () => Promise.reject(new Error('killed')) },
  });
  await assert.rejects(run('ingestSource', at('run', 1), crashing));
  lines = films(7);
  const staged = await publish('run', 1);
  assert.deepEqual(staged, { rowCounts: { entries: 7 }, unchanged: false });
  const manifest = await world.views.readManifest(CATALOGUE_VIEW, viewVersion(1));
  assert.match(findPart(manifest, 'entries')?.name ?? '', /^entries-[0-9a-f]{16}$/);
});

test('a version says which bytes it was made from, and those bytes are nothing new', async () => {
  assert.deepEqual(await plan(), { parent: null, unchanged: false });
  await publish('run', 1);
  const { inputs, cut, generation } = await world.views.readManifest(CATALOGUE_VIEW, viewVersion(1));
  const text = films(5)
    .map((line) => JSON.stringify(line))
    .join('\n');
  const sha256 = createHash('sha256').update(text).digest('hex');
  assert.deepEqual(inputs, [{ source: 'test:catalogue', sha256, bytes: text.length, etag: null }]);
  assert.deepEqual([cut, generation], [{}, 'g1']);
  assert.deepEqual(await plan(), { parent: 1, unchanged: true });
  lines = films(6);
  assert.deepEqual(await plan(), { parent: 1, unchanged: false });
});

test('the same etag is believed of the same address only, and by the same layout only', async () => {
  etag = '"1"';
  await publish('run', 1);
  lines = films(6);
  fetches = 0;
  assert.deepEqual([await plan(), fetches], [{ parent: 1, unchanged: true }, 0]);
  const [side] = Object.values(deps.sideInputs);
  const withSide = (change: object) =>
    createActivities({ ...deps, sideInputs: { [CATALOGUE_VIEW]: { ...side!, ...change } } });
  assert.equal((await plan(withSide({ source: sourceAt('test:elsewhere') }))).unchanged, false);
  assert.equal((await plan(withSide({ job: { ...side!.job, layout: 99 } }))).unchanged, false);
});

test('the same entries in other bytes are seen to be the parent’s', async () => {
  await publish('run', 1);
  lines = films(5).toReversed();
  assert.equal((await plan()).unchanged, false);
  await run('claimVersion', { view: CATALOGUE_VIEW, runId: 'next' });
  assert.equal((await run('ingestSource', at('next', 2, 1))).unchanged, true);
});

test('a bad source is a refusal with rule and lines, stages nothing, and once mended the same run goes on', async () => {
  await run('claimVersion', { view: CATALOGUE_VIEW, runId: 'run' });
  lines = [...films(2), 'garbage'];
  const { refusal } = await run('ingestSource', at('run', 1));
  assert.equal(refusal?.rule, 'source-lines');
  assert.match(refusal.reason, /line 3: it is not JSON/);
  await assert.rejects(world.views.readManifest(CATALOGUE_VIEW, viewVersion(1)), { code: 'VIEW_NOT_FOUND' });
  lines = films(2);
  assert.deepEqual((await publish('run', 1)).rowCounts, { entries: 2 });
});

test('bytes that were rejected are nothing new to a schedule, until they or what judges them are others', async () => {
  await publish('run', 1);
  const rejected = async (runId: string, version: number, refusal: Refusal | null | undefined) => {
    assert.ok(refusal);
    await run('rejectVersion', { view: CATALOGUE_VIEW, runId, ...refusal });
    const { reason, ...planned } = await plan();
    assert.deepEqual(planned, { parent: 1, unchanged: true });
    assert.match(reason ?? '', new RegExp(`rejected before, as version ${version} by ${refusal.rule}`));
  };
  const staged = async (runId: string, version: number) => {
    assert.equal(await run('claimVersion', { view: CATALOGUE_VIEW, runId }), version);
    assert.equal((await plan()).unchanged, false);
    return run('ingestSource', at(runId, version, 1));
  };
  lines = films(1);
  assert.equal((await staged('few', 2)).refusal, undefined);
  await rejected('few', 2, await run('validateVersion', at('few', 2, 1)));
  lines = [...films(5), ...Array.from({ length: 99 }, () => 'garbage')];
  await rejected('bad', 3, (await staged('bad', 3)).refusal);

  const newer = createActivities({ ...deps, codeVersion: 'test/2' });
  assert.equal((await plan(newer)).unchanged, false);
  const workflowExecution = { workflowId: askedRefreshId(deps.region, CATALOGUE_VIEW, 'x'), runId: 'x' };
  const { unchanged } = await run('planIngest', { view: CATALOGUE_VIEW }, undefined, { workflowExecution });
  assert.equal(unchanged, false);
});

test('a run that was cancelled says nothing of its source', async () => {
  await run('claimVersion', { view: CATALOGUE_VIEW, runId: 'run' });
  await run('ingestSource', at('run', 1));
  await run('rejectVersion', { view: CATALOGUE_VIEW, runId: 'run', rule: 'cancelled', reason: 'stopped' });
  assert.deepEqual(await plan(), { parent: null, unchanged: false });
});

test('a trial that could not tell says nothing of its source: the same bytes are tried out again, those that it stopped are not', async () => {
  await publish('run', 1);
  lines = films(6);
  const tried = async (runId: string, version: number, rule: string) => {
    await run('claimVersion', { view: CATALOGUE_VIEW, runId });
    await run('ingestSource', at(runId, version, 1));
    await run('rejectVersion', { view: CATALOGUE_VIEW, runId, rule, reason: 'as it was seen' });
    return (await plan()).unchanged;
  };
  assert.equal(await tried('few', 2, CANARY_UNDECIDED), false);
  assert.equal(await tried('many', 3, 'canary'), true);
});

test('a source that is away may be there at the next try; one that nobody configured will not', async () => {
  const failureOf = (on?: Activities) =>
    run('ingestSource', at('run', 1), on).then(
      () => assert.fail('it succeeded'),
      (error: unknown) => {
        const { type, nonRetryable, message } = error as ApplicationFailure;
        return { type, nonRetryable, message };
      },
    );
  lines = undefined;
  assert.deepEqual(await failureOf(), {
    ...{ type: 'SOURCE_UNAVAILABLE', nonRetryable: false },
    message: 'Source test:catalogue cannot be read: gone',
  });
  const [side] = Object.values(deps.sideInputs);
  const unset = createActivities({
    ...deps,
    sideInputs: { [CATALOGUE_VIEW]: { ...side!, source: undefined } },
  });
  const { type, nonRetryable, message } = await failureOf(unset);
  assert.deepEqual([type, nonRetryable], ['SOURCE_UNSET', true]);
  assert.match(message, /set A_SETTING to a file/);
});

test('what reads no topic cannot be counted anew', async () => {
  await publish('run', 1);
  await assert.rejects(run('planBackfill', { view: CATALOGUE_VIEW }), { type: 'REQUEST_INVALID' });
});
