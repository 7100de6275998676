/** Which arms a profile is in, and the policy that holds for it: asked once a request, by whoever builds a page. */
import { ARM_SEPARATOR, armOf, armsText, type Assigned } from '../../domain/experiments/assignment.ts';
import { overridden, readExperiments, type Experiment } from '../../domain/experiments/experiment.ts';
import type { ProfileId } from '../../domain/ids.ts';
import type { PolicySetting } from '../../domain/ranking-policy.ts';
import { readRankingPolicy, type RankingPolicy } from '../../domain/ranking/policy.ts';

/** A row that two arms share. */
export interface Interleaved {
  readonly row: string;
  readonly experiment: string;
  /** Of the arms in the order of their names; `teamDraft` calls them a and b. */
  readonly policies: readonly [RankingPolicy, RankingPolicy];
}

export interface Arms {
  /** As `served_rows` keeps them; empty without any. */
  readonly text: string;
  /** The published policy with what the arms set in its place. */
  readonly policy: RankingPolicy;
  readonly interleaved: readonly Interleaved[];
}

export interface ServingExperiments {
  /** Nobody in particular is in no arm. */
  armsOf(profile: ProfileId | null): Arms;
  /** Of arms as text; what does not run is passed over, and without any the published policy holds. */
  policyOf(text: string | null): RankingPolicy;
  /** Rows that two arms share, beside these arms. */
  interleavedOf(text: string | null): readonly Interleaved[];
  /** What kept experiments out and settings from being used, in words. */
  readonly faults: readonly string[];
}

/** Policies kept by the arms they are of; more combinations than that are worked out when they are asked for. */
const MOST_POLICIES = 256;

/** For one version of the view `ranking-policy`; null is none. Reading a policy is slow, so each combination is read once. */
export function createExperiments(
  settings: readonly PolicySetting[],
  version: number | null,
): ServingExperiments {
  const { running, faults, settings: published } = readExperiments(settings);
  const shared = running.filter(({ interleavedRow }) => interleavedRow === null);
  const known = new Map<string, Arms>();
  const interleavedFor = (own: readonly PolicySetting[]): Interleaved[] =>
    running.flatMap((experiment) => {
      const { name, interleavedRow, arms } = experiment;
      if (interleavedRow === null) return [];
      const [a, b] = arms.map(({ overrides }) => read(overridden(own, overrides), name));
      return [{ row: interleavedRow, experiment: name, policies: [a!, b!] }];
    });
  const read = (own: readonly PolicySetting[], arm: string | null): RankingPolicy =>
    readRankingPolicy(own, { version, arm }).policy;

  function armsFor(text: string, assigned: readonly Assigned[]): Arms {
    const found = known.get(text);
    if (found !== undefined) return found;
    const own = assigned.reduce((all, { arm }) => overridden(all, arm.overrides), published);
    const made = { text, policy: read(own, text === '' ? null : text), interleaved: interleavedFor(own) };
    if (known.size < MOST_POLICIES) known.set(text, made);
    return made;
  }

  return {
    faults: [...faults, ...readRankingPolicy(published, { version }).refused],
    armsOf(profile) {
      const assigned = profile === null ? [] : assign(shared, profile);
      return armsFor(armsText(assigned), assigned);
    },
    policyOf: (text) => ofText(text).policy,
    interleavedOf: (text) => ofText(text).interleaved,
  };

  function ofText(text: string | null): Arms {
    const found = known.get(text ?? '');
    if (found !== undefined) return found;
    const named = new Set((text ?? '').split(ARM_SEPARATOR));
    const assigned = shared.flatMap((experiment) =>
      experiment.arms
        .filter((arm) => named.has(armsText([{ experiment, arm }])))
        .map((arm) => ({ experiment, arm })),
    );
    return armsFor(armsText(assigned), assigned);
  }
}

const assign = (experiments: readonly Experiment[], profile: ProfileId): Assigned[] =>
  experiments.map((experiment) => ({ experiment, arm: armOf(experiment, profile) }));
