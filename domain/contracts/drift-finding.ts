/** Puts one finding together: its figures, its shape and what it says. */
import type { DriftFinding, DriftVerdict, ExpectationSource } from './drift-report.ts';
import type { DriftGroup, UnknownAttribute } from './drift-snapshot.ts';
import { unknownOf } from './drift-neighbours.ts';
import { wilsonInterval, type Interval, type Sample } from './proportion.ts';

export interface Found {
  readonly verdict: DriftVerdict;
  readonly attribute: string | null;
  readonly sample: Sample;
  readonly expected?: Interval;
  readonly reason: string;
}

export function driftFinding(
  group: DriftGroup,
  source: ExpectationSource,
  z: number,
  { verdict, attribute, sample, expected, reason }: Found,
): DriftFinding {
  const { producer, appVersion, kind } = group;
  const { events, present } = sample;
  const unknown = attribute === null ? undefined : unknownOf(group, attribute);
  return {
    ...{ verdict, producer, appVersion, kind, attribute, source, events, present },
    share: events > 0 ? Math.min(1, present / events) : 0,
    missed: unknown?.missed ?? 0,
    interval: wilsonInterval(Math.min(present, events), events, z),
    expected: expected ?? null,
    types: unknown?.types ?? null,
    shape: unknown === undefined ? null : shapeOfUnknown(unknown),
    reason,
  };
}

/** What the attribute's values look like: `string of 3 to 12`, `list of 2 or integer`, `null`. */
function shapeOfUnknown({ types, stringLength, listLength }: UnknownAttribute): string {
  if (types.length === 0) return 'null';
  return types
    .toSorted((a, b) => b.present - a.present)
    .map(({ type }) => {
      if (type === 'string') return `string${lengths(stringLength)}`;
      return type === 'list' ? `list${lengths(listLength)}` : type;
    })
    .join(' or ');
}

function lengths(range: UnknownAttribute['stringLength']): string {
  if (range === null) return '';
  const [least, most] = range;
  return least === most ? ` of ${least}` : ` of ${least} to ${most}`;
}

/** `0 of 5000`, `4912 of 5000 (0.982)`. */
export function showSample({ present, events }: Sample): string {
  return present === 0 || events === 0
    ? `${present} of ${events}`
    : `${present} of ${events} (${showShare(present / events)})`;
}

export const showShare = (share: number): string => String(Math.round(share * 10_000) / 10_000);
