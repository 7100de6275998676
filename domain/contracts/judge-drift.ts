/**
 * On purpose or by mistake? Holds what a drift profile counted against the contract in force, and without any contract
 * against the producer's app version before. The rule is written out in docs/contracts.md.
 */
import type { ContractBook } from './contract-book.ts';
import { previousOf, groupsByKind } from './drift-neighbours.ts';
import {
  learnedFrom,
  type DriftFinding,
  type DriftReport,
  type ExpectationSource,
  type JudgedGroup,
} from './drift-report.ts';
import type { DriftGroup, DriftSnapshot } from './drift-snapshot.ts';
import { judgeByContract } from './judge-by-contract.ts';
import { judgeByHistory } from './judge-by-history.ts';

export interface JudgeOptions {
  /** Events of a group below which no share is judged. */
  readonly minEvents: number;
  /** Standard normal quantile of the interval: 4 errs at a share's bound once in 30,000 tests. */
  readonly z: number;
  /** Without a contract: how far a share may move between two app versions. */
  readonly learnedTolerance: number;
}

export const JUDGE_OPTIONS: JudgeOptions = { minEvents: 100, z: 4, learnedTolerance: 0.02 };

/** Contracts judge; they never reject an event. Findings come in the order of producer, version, kind and attribute. */
export function judgeDrift(
  snapshot: DriftSnapshot,
  contracts: ContractBook,
  options: JudgeOptions = JUDGE_OPTIONS,
): DriftReport {
  const kin = groupsByKind(snapshot.groups);
  const findings: DriftFinding[] = [];
  const groups: JudgedGroup[] = [];
  for (const group of snapshot.groups) {
    const others = kin.of(group);
    const inForce = contracts.inForce(group.producer, group.appVersion);
    const previous = inForce === undefined ? previousOf(group, others, options.minEvents) : undefined;
    if (inForce !== undefined)
      findings.push(...judgeByContract(group, { inForce, contracts, others, options }));
    else findings.push(...judgeByHistory(group, previous, options));
    groups.push(judged(group, sourceOf(inForce, previous), options));
  }
  return { findings, groups, beyondGroups: snapshot.beyondGroups };
}

function sourceOf(
  inForce: ReturnType<ContractBook['inForce']>,
  previous: DriftGroup | undefined,
): ExpectationSource {
  if (inForce !== undefined) return { from: 'contract', version: inForce.version, covers: inForce.covers };
  return learnedFrom(previous);
}

function judged(group: DriftGroup, source: ExpectationSource, { minEvents }: JudgeOptions): JudgedGroup {
  const { producer, appVersion, kind, events, beyondAttributes, unreadExtras } = group;
  const enough = events >= minEvents;
  return { producer, appVersion, kind, events, source, enough, beyondAttributes, unreadExtras };
}
