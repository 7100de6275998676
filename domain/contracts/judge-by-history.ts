/** One group of events of a producer without any contract, held against the app version before it. */
import { driftFinding, showSample, type Found } from './drift-finding.ts';
import { sampleOf, unknownOf } from './drift-neighbours.ts';
import { learnedFrom, type DriftFinding } from './drift-report.ts';
import type { DriftGroup, UnknownAttribute } from './drift-snapshot.ts';
import type { JudgeOptions } from './judge-drift.ts';
import { allowsType } from './json-types.ts';
import { differenceInterval } from './proportion.ts';

/** Nothing can be on purpose here, since nobody declared anything. */
export function judgeByHistory(
  group: DriftGroup,
  previous: DriftGroup | undefined,
  options: JudgeOptions,
): DriftFinding[] {
  const source = learnedFrom(previous);
  const gone = previous?.unknown.filter(({ name }) => unknownOf(group, name) === undefined) ?? [];
  const names = [...group.fields, ...group.unknown, ...gone].map(({ name }) => name);
  const found = [
    ...(previous === undefined ? [] : names.flatMap((name) => judgeMove(group, previous, name, options))),
    ...group.unknown.flatMap((attribute) => judgeUnknown(group, previous, attribute)),
  ];
  return found.map((each) => driftFinding(group, source, options.z, each));
}

function judgeMove(
  group: DriftGroup,
  previous: DriftGroup,
  name: string,
  { minEvents, z, learnedTolerance }: JudgeOptions,
): Found[] {
  const now = sampleOf(group, name);
  const before = sampleOf(previous, name);
  const isField = group.fields.some((field) => field.name === name);
  // An unknown attribute that is new is reported as undeclared; where room was lacking, its share is not known.
  if (now.events < minEvents || (!isField && before.present === 0)) return [];
  if ((unknownOf(group, name)?.missed ?? 0) > 0) return [];
  if (
    unknownOf(previous, name) !== undefined &&
    unknownOf(group, name) === undefined &&
    group.missedAtMost > 0
  )
    return [];
  const moved = differenceInterval(clipped(now), clipped(before), z);
  const isLow = moved.high < -learnedTolerance;
  if (!isLow && moved.low <= learnedTolerance) return [];
  const share = before.present / before.events;
  const expected = {
    low: Math.max(0, share - learnedTolerance),
    high: Math.min(1, share + learnedTolerance),
  };
  const version = previous.appVersion ?? '?';
  const reason = `${showSample(now)}, learned from app version ${version}: ${showSample(before)}; no contract says whether on purpose`;
  const verdict = isLow ? 'missing-by-mistake' : 'more-than-expected';
  return [{ verdict, attribute: name, sample: now, expected, reason }];
}

const clipped = ({ present, events }: { present: number; events: number }) => ({
  present: Math.min(present, events),
  events,
});

function judgeUnknown(
  group: DriftGroup,
  previous: DriftGroup | undefined,
  attribute: UnknownAttribute,
): Found[] {
  const { name, types } = attribute;
  const sample = sampleOf(group, name);
  const before = previous === undefined ? undefined : unknownOf(previous, name);
  const known = before?.types.map(({ type }) => type) ?? [];
  const strange = types.filter(({ type }) => !allowsType(known, type));
  const age =
    previous === undefined
      ? 'nothing is known of an app version before'
      : before === undefined
        ? `new since app version ${previous.appVersion ?? '?'}`
        : `also sent by app version ${previous.appVersion ?? '?'}`;
  const reason = `the producer has no contract: kept in extra, in ${showSample(sample)}; ${age}`;
  const undeclared: Found = { verdict: 'undeclared', attribute: name, sample, reason };
  if (known.length === 0 || strange.length === 0) return [undeclared];
  const sent = strange.map(({ type, present }) => `${present} times ${type}`).join(', ');
  const changed = `${sent}; app version ${previous?.appVersion ?? '?'} sent ${known.join(' or ')}`;
  return [undeclared, { verdict: 'type-changed', attribute: name, sample, reason: changed }];
}
