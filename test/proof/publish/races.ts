/** Runs that publish at once: of each round one wins, cleanly, and the others are told so. */
import { isMarqueeError } from '../../../domain/errors.ts';
import type { Region } from '../../../domain/ids.ts';
import { serialiseManifest } from '../../../domain/manifest.ts';
import { serialise, viewName, viewVersion, type ViewName, type ViewVersion } from '../../../domain/views.ts';
import { createViewKeys } from '../../../infra/hermes/keys.ts';
import { createViewRepository, type ViewRepository } from '../../../infra/hermes/repository.ts';
import { sha256Of } from '../../../infra/hermes/text-objects.ts';
import type { ObjectStore } from '../../../infra/object-store/port.ts';
import { bodyOf, exampleManifest } from '../../support/object-store-views.ts';
import type { Finding, Say } from './finding.ts';

export interface RaceSettings {
  readonly region: Region;
  readonly rounds: number;
  readonly writers: number;
  /**
   * Whether writers climb the whole ladder in the race, in which each looks through the claims of all: a crowd would do little
   * else. Otherwise their versions are written down beforehand, and the announcement is raced.
   */
  readonly isWhole: boolean;
  readonly say: Say;
}

/** A first publication is raced as often as a new view begins. */
const ROUNDS_A_VIEW = 25;
/** A store that answers nothing under such a crowd is asked again, as the ladder's steps are. */
const MOST_TRIES = 20;

interface Writer {
  readonly runId: string;
  readonly version: ViewVersion;
}

export async function raceAnnouncements(store: ObjectStore, settings: RaceSettings): Promise<Finding> {
  const { region, rounds, writers, isWhole, say } = settings;
  const repository = createViewRepository({ store, region });
  const differences: string[] = [];
  const counts = { won: 0, parent_moved: 0, asked_again: 0, oneWinner: 0 };
  for (let round = 0; round < rounds; round += 1) {
    const view = viewName(`raced-${Math.floor(round / ROUNDS_A_VIEW)}`);
    const parent = (await repository.readPointer(view))?.version ?? null;
    const stage = { ...settings, view, parent, round };
    const staged = isWhole
      ? await stageAll(repository, stage)
      : await writeStaged(store, writers * (round % ROUNDS_A_VIEW), stage);
    const outcomes = await Promise.all(
      staged.map(({ version, runId }) =>
        again(counts, () => repository.announce(view, version, { parent, runId })),
      ),
    );
    const won = staged.filter((_, i) => outcomes[i] === 'won').map(({ version }) => version);
    counts.won += won.length;
    counts.parent_moved += outcomes.filter((outcome) => outcome === 'VIEW_PARENT_MOVED').length;
    const odd = outcomes.filter((outcome) => outcome !== 'won' && outcome !== 'VIEW_PARENT_MOVED');
    const faults = [
      ...(won.length === 1 ? [] : [`${won.length} winners`]),
      ...odd.map((outcome) => `a writer was told ${outcome}`),
      ...(await wrongStates(repository, view, won[0], parent, staged)),
    ];
    if (faults.length === 0) counts.oneWinner += 1;
    differences.push(...faults.map((fault) => `round ${round} of ${writers} writers: ${fault}`));
    if (round % 20 === 19)
      say(`${writers} writers: ${round + 1} rounds, ${counts.oneWinner} with one winner`);
  }
  const { oneWinner, parent_moved, asked_again } = counts;
  return {
    figures: { rounds, writers, one_winner: oneWinner, told_parent_moved: parent_moved, asked_again },
    differences,
  };
}

interface StageSettings extends Pick<RaceSettings, 'region' | 'writers'> {
  readonly view: ViewName;
  readonly parent: ViewVersion | null;
  readonly round: number;
}

/** Every writer claims, stores and verifies a version of its own over the same parent. */
function stageAll(repository: ViewRepository, settings: StageSettings): Promise<Writer[]> {
  const { region, writers, view, parent, round } = settings;
  const counts = { asked_again: 0 };
  const staged = Array.from({ length: writers }, async (_, writer): Promise<Writer> => {
    const runId = `round-${round}-writer-${writer}`;
    let version: ViewVersion | undefined;
    const outcome = await again(counts, async () => {
      version = await repository.claimVersion(view, runId);
      await repository.putPart(view, version, 'part-0', bodyOf(runId));
      await repository.putManifest(exampleManifest(view, version, { 'part-0': runId }, parent, region));
      await repository.verify(view, version);
    });
    if (outcome !== 'won' || version === undefined) throw new Error(`${runId} could not stage: ${outcome}`);
    return { runId, version };
  });
  return Promise.all(staged);
}

/** The same outcome, written as it is stored: numbers in order, no parts. */
async function writeStaged(store: ObjectStore, newest: number, settings: StageSettings): Promise<Writer[]> {
  const { region, writers, view, parent, round } = settings;
  const keys = createViewKeys(region);
  return Promise.all(
    Array.from({ length: writers }, async (_, writer): Promise<Writer> => {
      const [version, runId] = [viewVersion(newest + 1 + writer), `round-${round}-writer-${writer}`];
      const manifest = serialiseManifest(exampleManifest(view, version, {}, parent, region));
      const status = { view, version, manifestSha256: sha256Of(manifest), rule: null, reason: null };
      await Promise.all([
        store.put(keys.claim(view, version), bodyOf(serialise({ view, version, runId }))),
        store.put(keys.manifest(view, version), bodyOf(manifest)),
        store.put(keys.status(view, version), bodyOf(serialise({ ...status, state: 'verified' }))),
      ]);
      return { runId, version };
    }),
  );
}

/** `won`, or the code of what refused it for good. */
async function again(counts: { asked_again: number }, step: () => Promise<unknown>): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    try {
      await step();
      return 'won';
    } catch (error) {
      if (!isMarqueeError(error)) throw error;
      if (error.code !== 'OBJECT_STORE_UNAVAILABLE' || tries >= MOST_TRIES) return error.code;
      counts.asked_again += 1;
    }
  }
}

async function wrongStates(
  repository: ViewRepository,
  view: ViewName,
  winner: ViewVersion | undefined,
  parent: ViewVersion | null,
  staged: readonly Writer[],
): Promise<string[]> {
  const faults: string[] = [];
  const pointer = await repository.readPointer(view);
  if (pointer?.version !== winner) faults.push(`the pointer names ${pointer?.version}, not ${winner}`);
  if (pointer?.previous !== parent) faults.push(`the pointer came after ${pointer?.previous}, not ${parent}`);
  const states = new Map(
    await Promise.all(
      staged.map(async ({ version }) => [version, await repository.readState(view, version)] as const),
    ),
  );
  for (const { version } of staged) {
    const expected = version === winner ? 'announced' : 'verified';
    if (states.get(version) !== expected)
      faults.push(`version ${version} is ${states.get(version)}, not ${expected}`);
  }
  if (new Set(staged.map(({ version }) => version)).size !== staged.length)
    faults.push('a number was given twice');
  if (parent !== null && (await repository.readState(view, parent)) !== 'backup')
    faults.push(`the version before, ${parent}, is no backup`);
  return faults;
}
