import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import type { Candidate } from '../../../domain/canary/candidate.ts';
import { region } from '../../../domain/ids.ts';
import { viewVersion } from '../../../domain/views.ts';
import { createCanaries, type Canaries } from '../../../infra/hermes/canaries.ts';
import { followCandidate, type FollowedCandidate } from '../../../infra/hermes/followed-candidate.ts';
import { silentLog } from '../../../infra/log.ts';
import { setUp, stage, view } from '../../support/view-repository.ts';
import { until } from '../../support/until.ts';

const NOW = Date.parse('2026-11-01T00:00:00Z');
let dir: string;
let world: ReturnType<typeof setUp>;
let canaries: Canaries;
let clock: { now: number };
let followed: FollowedCandidate<string> | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'marquee-candidate-'));
  world = setUp();
  canaries = createCanaries({ store: world.store, region: region('local') });
  clock = { now: NOW };
});
afterEach(async () => {
  await followed?.close();
  rmSync(dir, { recursive: true });
});

function follow(load: (dir: string) => string = () => 'loaded'): { changes: () => number } {
  let changes = 0;
  followed = followCandidate(
    {
      ...{ canaries, repository: world.repository, dir, pollIntervalMs: 5, log: silentLog() },
      now: () => clock.now,
    },
    view,
    { load, onChange: () => void (changes += 1) },
  );
  return { changes: () => changes };
}

async function open(): Promise<Candidate> {
  const version = await stage(world.repository, 'run', null);
  const { sha256 } = await world.repository.fetchManifest(view, version);
  const candidate = { view, version, manifestSha256: sha256, runId: 'run', share: 0.1 };
  const [openedAt, endsAt] = [NOW, NOW + 60_000].map((at) => new Date(at).toISOString());
  return canaries.open({ ...candidate, openedAt: openedAt!, endsAt: endsAt! }, NOW);
}

const kept = (): string[] => {
  const folder = join(dir, 'candidates', view);
  return existsSync(folder) ? readdirSync(folder) : [];
};

test('a candidate is loaded when it is opened, and dropped with its copy when its run ends it', async () => {
  const { changes } = follow();
  assert.equal(followed!.current(), undefined);
  const candidate = await open();
  await until(() => followed!.current() !== undefined);
  assert.deepEqual(followed!.current(), { candidate, value: 'loaded' });
  assert.deepEqual(kept(), ['00000001']);
  await canaries.close(view, 'run');
  await until(() => kept().length === 0);
  assert.equal(followed!.current(), undefined);
  assert.equal(changes(), 2);
});

test('it is over at the end of its time although nobody ended it and the store says nothing any more', async () => {
  follow();
  await open();
  await until(() => followed!.current() !== undefined);
  clock.now = NOW + 59_999;
  assert.notEqual(followed!.current(), undefined);
  clock.now = NOW + 60_000;
  assert.equal(followed!.current(), undefined);
});

test('a candidate that cannot be loaded says so in place of a value', async () => {
  follow(() => {
    throw new Error('these are no factors');
  });
  const candidate = await open();
  await until(() => followed!.current() !== undefined);
  assert.deepEqual(followed!.current(), { candidate, value: undefined });
});

test('bytes that are not those of the candidate are not loaded', async () => {
  let loads = 0;
  const candidate = await open();
  await canaries.close(view, 'run');
  const other = { ...candidate, runId: 'other', manifestSha256: 'f'.repeat(64) };
  await canaries.open({ ...other, version: viewVersion(1) }, NOW);
  follow(() => {
    loads += 1;
    return 'loaded';
  });
  await until(() => followed!.current() !== undefined);
  assert.equal(followed!.current()?.value, undefined);
  assert.equal(loads, 0);
});
