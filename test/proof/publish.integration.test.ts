/** The short forms of `npm run prove:batch -- publish`. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { region } from '../../domain/ids.ts';
import { createS3ObjectStore } from '../../infra/object-store/s3.ts';
import { testConfig, testEnvironment } from '../support/stack.ts';
import { proveCandidates } from './publish/candidates.ts';
import type { Finding } from './publish/finding.ts';
import { proveFlips } from './publish/flips.ts';
import { proveLostReplies } from './publish/lost-replies.ts';
import { proveOutages } from './publish/outages.ts';
import { provePins } from './publish/pins.ts';
import { raceAnnouncements } from './publish/races.ts';
import { proveSwaps } from './publish/swaps.ts';

const { s3, region: home } = testConfig();
const store = createS3ObjectStore(s3);
const folder = mkdtempSync(join(tmpdir(), 'marquee-publish-'));
const say = (): void => undefined;
const own = (name: string) => region(`${home}-${name}`);

before(() => store.ensureBucket());
after(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

/** What was found must be just this, and nothing wrong. */
function assertFound({ figures, differences }: Finding, expected: Finding['figures']): void {
  assert.deepEqual(differences, []);
  const found = Object.fromEntries(Object.keys(expected).map((name) => [name, figures[name]]));
  assert.deepEqual(found, expected);
}

test('of four runs that publish at once one wins, in each round', async () => {
  const race = { region: own('races'), rounds: 2, writers: 4, isWhole: true, say };
  assertFound(await raceAnnouncements(store, race), { one_winner: 2, told_parent_moved: 6 });
});

test('replies that are lost change no decision, where a bare client calls what it did refused', async () => {
  const few = { decisions: 24, publications: 4, bare: 1 };
  assertFound(await proveLostReplies({ s3, region: own('lost'), ...few, say }), {
    ...{ right_decisions: 24, publications: 4, overtaken: 1, bare_client_wrong: 1 },
  });
});

test('a store that refuses or times out delays a publication, and takes nothing from who is served', async () => {
  const outages = ['refusing', 'timing-out'] as const;
  const settings = {
    s3,
    region: own('outages'),
    publications: 1,
    folder: join(folder, 'outages'),
    outages,
    say,
  };
  assertFound(await proveOutages(settings), { announced_once: 2, answers_of_no_version: 0 });
});

test('candidates that are emptied, halved, duplicated, not numbers, stale or unsorted are refused', async () => {
  const found = await proveCandidates({
    store,
    region: own('candidates'),
    folder,
    views: ['neighbours'],
    say,
  });
  assertFound(found, { candidates: 6, refused: 6 });
});

test('a flipped byte in any part, or in the manifest, is refused by who follows', async () => {
  const found = await proveFlips({ store, region: own('flips'), folder, flips: 3, say });
  assertFound(found, { objects: 5, flips: 15, refused: 15 });
});

test('a pin, its end and a roll back reach all who follow within seconds, and who cannot follow is named', async () => {
  const settings = { environment: testEnvironment(), region: own('pins'), folder, say };
  const found = await provePins({ ...settings, rounds: 2, willing: 2 });
  assertFound(found, { subscribers: 3, changes: 7, laggards_named: 6 });
});

test('versions that follow each other under readers never mix in an answer', async () => {
  const settings = { environment: testEnvironment(), region: own('swaps'), swaps: 5, folder, say };
  assertFound(await proveSwaps(settings), { swaps: 5, versions_seen: 6, mixed_answers: 0 });
});
