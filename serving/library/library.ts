/**
 * What pages are made of beside counts and profiles: titles on numbers, published models on the same numbers, and the policy.
 * Immutable: a version that comes makes another library beside the live one, and whoever has begun a page with one
 * ends it with that one.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PolicySetting } from '../../domain/ranking-policy.ts';
import type { RankingPolicy } from '../../domain/ranking/policy.ts';
import { createRanker } from '../../domain/ranking/ranker.ts';
import type { Ranker } from '../../domain/ranking/request.ts';
import type { RankedList, RankingModels } from '../../domain/ranking/types.ts';
import type { ProfileId } from '../../domain/ids.ts';
import type { ProfileRowColumns } from '../../infra/views/profile-rows.ts';
import type { Catalogue } from '../catalogue.ts';
import { createExperiments, type Interleaved } from '../experiments/experiments.ts';
import { mapClusters, mapFactors, mapNeighbours, numbersOf, type ModelColumns } from './models.ts';
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
  readonly profileRows: Versioned<ProfileRowColumns> | undefined;
  readonly policy: Versioned<readonly PolicySetting[]> | undefined;
}

/** Views that a library is made of, by name, with the version that is in it. */
export type LibraryVersions = Readonly<Record<LibraryView, number | null>>;
export type LibraryView =
  'catalogue' | 'item-factors' | 'neighbours' | 'clusters' | 'profile-rows' | 'ranking-policy';

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
  readonly versions: LibraryVersions;
  /** The same for the same versions. */
  readonly versionsKey: string;
  /** Top picks that were made ahead; undefined for a profile without any. */
  madeAhead(profile: ProfileId): RankedList | undefined;
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
  await nextTurn();
  const numbers = inputs.profileRows && numbersOf(titles, inputs.profileRows.value.ids);
  const { policy: settings } = inputs;
  const { armsOf, policyOf, interleavedOf } = createExperiments(
    settings?.value ?? [],
    settings?.version ?? null,
  );
  const versions = versionsOf(inputs);
  await nextTurn();
  return {
    ...{ titles, models, inputs, source, policyOf, interleavedOf, versions },
    versionsKey: Object.values(versions).join(' '),
    ranker: known?.models === models ? known.ranker : createRanker({ titles, models }),
    policy: policyOf(null),
    armOf: (profile) => armsOf(profile).text || null,
    madeAhead(profile) {
      const places = inputs.profileRows?.value.find(profile);
      if (places === undefined || numbers === undefined) return undefined;
      const found = Uint32Array.from(
        Array.from(places, (place) => numbers[place]!).filter((title) => title >= 0),
      );
      return { titles: found, scores: Float32Array.from(found, (_, rank) => 1 / (rank + 1)) };
    },
  };
}

const versionsOf = (inputs: LibraryInputs): LibraryVersions => ({
  catalogue: inputs.catalogueVersion,
  'item-factors': inputs.factors?.version ?? null,
  neighbours: inputs.neighbours?.version ?? null,
  clusters: inputs.clusters?.version ?? null,
  'profile-rows': inputs.profileRows?.version ?? null,
  'ranking-policy': inputs.policy?.version ?? null,
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
