/**
 * What pages are made of beside counts and profiles: titles on numbers, published models on the same numbers, and the policy.
 * Immutable: a version that comes makes another library beside the live one, and whoever has begun a page with one
 * ends it with that one.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PolicySetting } from '../../domain/ranking-policy.ts';
import { createContextLifts, type ContextLifts, type GenreContexts } from '../../domain/ranking/context.ts';
import { numbersInSlices } from '../../domain/ranking/model-columns.ts';
import type { RankingPolicy } from '../../domain/ranking/policy.ts';
import { rankerInSlices } from '../../domain/ranking/ranker.ts';
import type { Ranker } from '../../domain/ranking/request.ts';
import type { RankedList, RankingModels } from '../../domain/ranking/types.ts';
import type { ProfileId, TitleId } from '../../domain/ids.ts';
import type { ProfileRowColumns, StoredProfileRows } from '../../infra/views/profile-rows.ts';
import type { Catalogue } from '../catalogue.ts';
import { createExperiments, type Interleaved } from '../experiments/experiments.ts';
import { inTurns } from '../in-turns.ts';
import { mapClusters, mapFactors, mapNeighbours, type ModelColumns } from './models.ts';
import { numberTitles, type NumberedTitles } from './titles.ts';

/** What a version says of itself. */
export interface Versioned<T> {
  readonly version: number;
  readonly value: T;
}

/** As each was loaded; undefined while there is none. */
export interface LibraryInputs {
  readonly catalogue: Catalogue;
  /** Of the view; null where the catalogue is a file. */
  readonly catalogueVersion: number | null;
  readonly factors: Versioned<NonNullable<ModelColumns['factors']>> | undefined;
  readonly neighbours: Versioned<NonNullable<ModelColumns['neighbours']>> | undefined;
  readonly clusters: Versioned<NonNullable<ModelColumns['clusters']>> | undefined;
  readonly profileRows: Versioned<ProfileRowColumns | StoredProfileRows> | undefined;
  readonly policy: Versioned<readonly PolicySetting[]> | undefined;
  readonly contexts: Versioned<GenreContexts> | undefined;
}

/** Views that a library is made of, by name, with the version that is in it. */
export type LibraryVersions = Readonly<Record<LibraryView, number | null>>;
export type LibraryView =
  | 'catalogue'
  | 'item-factors'
  | 'neighbours'
  | 'clusters'
  | 'profile-rows'
  | 'ranking-policy'
  | 'genre-contexts';

export interface Library {
  readonly titles: NumberedTitles;
  readonly models: RankingModels;
  readonly ranker: Ranker;
  readonly policy: RankingPolicy;
  /** The arms of experiments that a profile is in, as text; null for none. */
  armOf(profile: ProfileId): string | null;
  /** The policy with what such arms set in its place. */
  policyOf(arm: string | null): RankingPolicy;
  /** Rows that two arms of an experiment share. */
  interleavedOf(arm: string | null): readonly Interleaved[];
  /** What is watched at which hour and on what; undefined while no view says so. */
  readonly contextLifts: ContextLifts | undefined;
  readonly versions: LibraryVersions;
  /** The same for the same versions. */
  readonly versionsKey: string;
  /** Top picks that were made ahead; undefined for a profile without any. A promise where a store is asked, which may reject. */
  madeAhead(profile: ProfileId): RankedList | undefined | Promise<RankedList | undefined>;
  /** What it was made of, so that the next one can take over what did not change. */
  readonly inputs: LibraryInputs;
  /** The catalogue's entries that `titles` was made of. */
  readonly source: unknown;
}

/** Makes a library; parts whose inputs are those of `before` are taken over as they are. */
export async function buildLibrary(inputs: LibraryInputs, before?: Library): Promise<Library> {
  const source = inputs.catalogue.inOrder();
  const titles = before?.source === source ? before.titles : await numberTitles(inputs.catalogue);
  const known = before?.titles === titles ? before : undefined;
  const models = await mapModels(titles, inputs, known);
  const ranker = known?.models === models ? known.ranker : await inTurns(rankerInSlices({ titles, models }));
  const madeAhead = await rowsMadeAhead(titles, inputs.profileRows?.value);
  const { policy: settings } = inputs;
  const { armsOf, policyOf, interleavedOf } = createExperiments(
    settings?.value ?? [],
    settings?.version ?? null,
  );
  const versions = versionsOf(inputs);
  await nextTurn();
  return {
    ...{ titles, models, inputs, source, policyOf, interleavedOf, versions, madeAhead },
    versionsKey: Object.values(versions).join(' '),
    ranker,
    contextLifts: liftsOf(inputs, titles, known),
    policy: policyOf(null),
    armOf: (profile) => armsOf(profile).text || null,
  };
}

function liftsOf(
  { contexts }: LibraryInputs,
  { genres }: NumberedTitles,
  known: Library | undefined,
): ContextLifts | undefined {
  if (known !== undefined && contexts === known.inputs.contexts) return known.contextLifts;
  return contexts && createContextLifts(contexts.value, genres);
}

async function rowsMadeAhead(
  titles: NumberedTitles,
  rows: ProfileRowColumns | StoredProfileRows | undefined,
): Promise<Library['madeAhead']> {
  const listOf = (numbers: readonly number[]): RankedList => {
    const found = Uint32Array.from(numbers.filter((title) => title >= 0));
    return { titles: found, scores: Float32Array.from(found, (_, rank) => 1 / (rank + 1)) };
  };
  if (rows === undefined) return () => undefined;
  if ('ask' in rows)
    return async (profile) => {
      const found = await rows.ask(profile);
      return found.length === 0 ? undefined : listOf(found.map((id) => titles.numberOf(id as TitleId)));
    };
  const numbers = await inTurns(numbersInSlices(titles, rows.ids));
  return (profile) => {
    const places = rows.find(profile);
    return places && listOf(Array.from(places, (place) => numbers[place]!));
  };
}

const versionsOf = (inputs: LibraryInputs): LibraryVersions => ({
  catalogue: inputs.catalogueVersion,
  'item-factors': inputs.factors?.version ?? null,
  neighbours: inputs.neighbours?.version ?? null,
  clusters: inputs.clusters?.version ?? null,
  'profile-rows': inputs.profileRows?.version ?? null,
  'ranking-policy': inputs.policy?.version ?? null,
  'genre-contexts': inputs.contexts?.version ?? null,
});

async function mapModels(
  titles: NumberedTitles,
  inputs: LibraryInputs,
  known: Library | undefined,
): Promise<RankingModels> {
  const [now, then] = [inputs, known?.inputs];
  const sameFactors = now.factors?.value === then?.factors?.value;
  const sameNeighbours = now.neighbours?.value === then?.neighbours?.value;
  const sameClusters = sameFactors && now.clusters?.value === then?.clusters?.value;
  if (known !== undefined && sameFactors && sameNeighbours && sameClusters) return known.models;
  const factors = now.factors?.value;
  const regularisation = factors?.regularisation;
  const { neighbours, clusters } = now;
  return {
    factors:
      known !== undefined && sameFactors
        ? known.models.factors
        : factors === undefined
          ? null
          : await mapFactors(titles, factors, factors.regularisation),
    neighbours:
      known !== undefined && sameNeighbours
        ? known.models.neighbours
        : neighbours === undefined
          ? null
          : await mapNeighbours(titles, neighbours.value),
    clusters:
      known !== undefined && sameClusters
        ? known.models.clusters
        : clusters === undefined
          ? null
          : await mapClusters(titles, clusters.value, regularisation),
  };
}
