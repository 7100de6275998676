/** One group of events held against the contract in force for it. */
import { coversAppVersion } from './app-versions.ts';
import type { ContractBook, ContractInForce } from './contract-book.ts';
import { driftFinding, showSample, showShare, type Found } from './drift-finding.ts';
import { elsewhere, sampleOf, unknownOf } from './drift-neighbours.ts';
import type { DriftFinding } from './drift-report.ts';
import type { DriftGroup, UnknownAttribute } from './drift-snapshot.ts';
import type { JudgeOptions } from './judge-drift.ts';
import { allowsType } from './json-types.ts';
import {
  expectationsOf,
  optionalFieldsOf,
  type AttributeExpectation,
  type KindPromise,
} from './producer-contract.ts';
import { wilsonInterval, type Interval } from './proportion.ts';

export interface ByContract {
  readonly inForce: ContractInForce;
  readonly contracts: ContractBook;
  /** The producer's events of this kind in every app version. */
  readonly others: readonly DriftGroup[];
  readonly options: JudgeOptions;
}

export function judgeByContract(group: DriftGroup, by: ByContract): DriftFinding[] {
  const { inForce, options } = by;
  const { version, covers, contract } = inForce;
  const source = { from: 'contract', version, covers } as const;
  const promise = contract.kinds.get(group.kind);
  const found = [
    ...(covers ? [] : [undeclaredVersion(group, version)]),
    ...(promise === undefined ? [undeclaredKind(group, version)] : judgePromise(group, promise, by)),
  ];
  return found.map((each) => driftFinding(group, source, options.z, each));
}

const wholeGroup = ({ events }: DriftGroup) => ({ present: events, events });

function undeclaredVersion(group: DriftGroup, version: number): Found {
  const named =
    group.appVersion === null ? 'events without an app version' : `app version ${group.appVersion}`;
  return {
    verdict: 'undeclared-version',
    attribute: null,
    sample: wholeGroup(group),
    reason: `no contract covers ${named}; judged by contract ${version}, the newest`,
  };
}

function undeclaredKind(group: DriftGroup, version: number): Found {
  return {
    verdict: 'undeclared-kind',
    attribute: null,
    sample: wholeGroup(group),
    reason: `contract ${version} names no ${group.kind}, and ${group.events} came`,
  };
}

function judgePromise(group: DriftGroup, promise: KindPromise, by: ByContract): Found[] {
  const expected = expectationsOf(promise);
  // What the event contract requires is there, or the event would be a dead letter.
  const validated = new Set<string>(promise.required);
  for (const field of optionalFieldsOf(group.kind)) validated.delete(field);
  const judged = [...expected]
    .filter(([name]) => !validated.has(name))
    .flatMap(([name, expectation]) => judgeAttribute(group, name, expectation, by));
  const known = group.fields
    .filter(({ name }) => !expected.has(name))
    .flatMap(({ name }) => judgeUnnamed(group, name, undefined, by));
  const unknown = group.unknown
    .filter(({ name }) => !expected.has(name))
    .flatMap((attribute) => judgeUnnamed(group, attribute.name, attribute, by));
  return [...judged, ...known, ...unknown];
}

function judgeAttribute(
  group: DriftGroup,
  name: string,
  expectation: AttributeExpectation,
  by: ByContract,
): Found[] {
  const unknown = unknownOf(group, name);
  const found = [judgeShare(group, name, expectation, by), judgeTypes(unknown, expectation, group)];
  return found.filter((each) => each !== undefined);
}

function judgeShare(
  group: DriftGroup,
  name: string,
  { share, tolerance }: AttributeExpectation,
  by: ByContract,
): Found | undefined {
  const { options, others, inForce } = by;
  const sample = sampleOf(group, name);
  if (share === 0 && sample.present === 0) {
    const reason = `contract ${inForce.version} declares that it is left out`;
    return { verdict: 'missing-on-purpose', attribute: name, sample, expected: { low: 0, high: 0 }, reason };
  }
  if (sample.events < options.minEvents) return undefined;
  const expected: Interval = { low: Math.max(0, share - tolerance), high: Math.min(1, share + tolerance) };
  const missed = unknownOf(group, name)?.missed ?? group.missedAtMost;
  const isKnown = group.fields.some((field) => field.name === name);
  const most = Math.min(sample.events, sample.present + (isKnown ? 0 : missed));
  const interval = wilsonInterval(Math.min(sample.present, sample.events), sample.events, options.z);
  const highest = wilsonInterval(most, sample.events, options.z).high;
  const isLow = highest < expected.low;
  if (!isLow && interval.low <= expected.high) return undefined;
  const others_ = elsewhere(group, others, name);
  const there = others_.events === 0 ? '' : `; in its other app versions ${showSample(others_)}`;
  const promised = `contract ${inForce.version} says ${showShare(share)} ± ${showShare(tolerance)}`;
  const verdict = isLow ? 'missing-by-mistake' : 'more-than-expected';
  return { verdict, attribute: name, sample, expected, reason: `${showSample(sample)}, ${promised}${there}` };
}

function judgeTypes(
  unknown: UnknownAttribute | undefined,
  { types }: AttributeExpectation,
  { events }: DriftGroup,
): Found | undefined {
  if (unknown === undefined || types === undefined) return undefined;
  const strange = unknown.types.filter(({ type }) => !allowsType(types, type));
  if (strange.length === 0) return undefined;
  const sent = strange.map(({ type, present }) => `${present} times ${type}`).join(', ');
  const reason = `${sent}; declared as ${types.join(' or ')}`;
  return {
    verdict: 'type-changed',
    attribute: unknown.name,
    sample: { present: unknown.present, events },
    reason,
  };
}

/** An attribute that the contract does not name: either it is there and undeclared, or it was taken out on purpose. */
function judgeUnnamed(
  group: DriftGroup,
  name: string,
  unknown: UnknownAttribute | undefined,
  { inForce, contracts, others }: ByContract,
): Found[] {
  const sample = sampleOf(group, name);
  const { version, contract } = inForce;
  if (sample.present > 0 || unknown !== undefined) {
    const besides = unknown === undefined ? 'an attribute of the event contract' : 'kept in extra';
    const reason = `contract ${version} does not name it: ${besides}, in ${showSample(sample)}`;
    return [{ verdict: 'undeclared', attribute: name, sample, reason }];
  }
  if (!contracts.wasPromised(contract.producer, version, group.kind, name)) return [];
  const there = elsewhere(
    group,
    others.filter((other) => !coversAppVersion(contract.appVersions, other.appVersion)),
    name,
  );
  const before = there.events === 0 ? '' : `; in app versions before ${showSample(there)}`;
  const reason = `contract ${version} no longer names it${before}`;
  return [{ verdict: 'missing-on-purpose', attribute: name, sample, expected: { low: 0, high: 0 }, reason }];
}
