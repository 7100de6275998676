/**
 * What one process takes, read off the members of a group that cannot keep up.
 *
 * A member with a backlog in any of its partitions is at its limit, whatever other members do, unless one of those stands
 * still: what it read since then, over that time, is what it takes. The mean runs over all of that time, because a group says only now and then how far it is:
 * between two readings it may have said nothing, or twice as much.
 */
import type { PartitionReading, Reading } from './sizing-load.ts';
import type { EpochMs } from './time.ts';

export interface CapacityRules {
  /** Records that came within this long are no backlog. */
  readonly lagAllowanceMs: number;
  /** A mean over less than this says nothing. */
  readonly leastMs: number;
}

/** A member of a group at one reading. */
interface Standing {
  readonly group: string;
  /** Its partitions, by name. */
  readonly share: string;
  /** Sum over its partitions. */
  readonly position: number;
  /** Of those with a backlog: how far each is, by name. */
  readonly behind: ReadonlyMap<string, number>;
  /** How far each is, by name. */
  readonly positions: ReadonlyMap<string, number>;
}

/** While it is put together. */
interface Draft {
  readonly group: string;
  share: string;
  position: number;
  readonly behind: Map<string, number>;
  readonly positions: Map<string, number>;
}

interface Moment {
  readonly time: EpochMs;
  readonly members: ReadonlyMap<string, Standing>;
}

/**
 * Records a second that a process takes, by the members at their limit; while nobody is, by what all of them read since
 * none was behind, if that is more than is `known`: what a member catches up on may have been read before it was told.
 * Undefined where neither says anything. `readings` are of one set of processes, oldest first.
 *
 * A process is a member of every group: what it takes is the sum over them.
 */
export function capacitySeen(
  readings: readonly Reading[],
  known: number,
  { lagAllowanceMs, leastMs }: CapacityRules,
): number | undefined {
  const moments = readings.map(({ time, partitions }) => {
    const old = readings.findLast((one) => one.time < time && one.time <= time - lagAllowanceMs);
    return { time, members: membersOf(partitions, old?.partitions ?? []) };
  });
  let each = 0;
  let keptUp: number | undefined = 0;
  let isAtLimit = false;
  // While partitions change hands their group reads less than it can.
  if (readings.at(-1)?.partitions.some(({ owner }) => owner === undefined)) return undefined;
  for (const owners of ownersByGroup(moments.at(-1)).values()) {
    const rates = owners.flatMap((owner) => rateOf(owner, moments, leastMs, () => true) ?? []);
    if (rates.length < owners.length) return undefined;
    const isBehind = ({ behind }: Standing): boolean => behind.size > 0;
    const atLimit = owners.flatMap((owner) => rateOf(owner, moments, leastMs, isBehind) ?? []);
    const limits = atLimit.filter((rate) => rate > 0).sort((a, b) => a - b);
    const limit = limits[limits.length >> 1];
    // Of a group that only stands still nobody knows what it would add.
    if (limit === undefined && atLimit.length > 0) return undefined;
    isAtLimit ||= limit !== undefined;
    each += limit ?? mean(rates);
    const calm = owners.flatMap((owner) => rateOf(owner, moments, leastMs, (one) => !isBehind(one)) ?? []);
    keptUp = keptUp === undefined || calm.length < owners.length ? undefined : keptUp + mean(calm);
  }
  if (isAtLimit) return each;
  return keptUp !== undefined && keptUp > known ? keptUp : undefined;
}

const mean = (rates: readonly number[]): number => rates.reduce((sum, rate) => sum + rate, 0) / rates.length;

/** `old`: the log as it was when what came since then may still be under way. */
function membersOf(
  partitions: readonly PartitionReading[],
  old: readonly PartitionReading[],
): ReadonlyMap<string, Standing> {
  const ends = new Map(old.map(({ name, end }) => [name, end]));
  const members = new Map<string, Draft>();
  for (const { name, group, owner, position } of partitions) {
    if (owner === undefined) continue;
    let member = members.get(owner);
    if (member === undefined)
      members.set(
        owner,
        (member = { group, share: '', position: 0, behind: new Map(), positions: new Map() }),
      );
    member.share += ` ${name}`;
    member.position += position;
    member.positions.set(name, position);
    if (position < (ends.get(name) ?? 0)) member.behind.set(name, position);
  }
  return members;
}

function ownersByGroup(moment: Moment | undefined): ReadonlyMap<string, readonly string[]> {
  const owners = new Map<string, string[]>();
  for (const [owner, { group }] of moment?.members ?? []) {
    const others = owners.get(group);
    if (others === undefined) owners.set(group, [owner]);
    else others.push(owner);
  }
  return owners;
}

/** What a member read a second for as long as it kept its partitions and `held`, up to the newest moment. */
function rateOf(
  owner: string,
  moments: readonly Moment[],
  leastMs: number,
  held: (standing: Standing) => boolean,
): number | undefined {
  const to = moments.at(-1);
  const now = to?.members.get(owner);
  if (to === undefined || now === undefined) return undefined;
  const before = moments.findLastIndex(({ members }) => {
    const then = members.get(owner);
    return then?.share !== now.share || !held(then);
  });
  const from = moments[before + 1];
  const then = from?.members.get(owner);
  if (from === undefined || then === undefined || to.time - from.time < leastMs) return undefined;
  // Held up by something else in one of them, it says nothing of what it could.
  for (const [name, position] of now.behind) if (position <= (then.positions.get(name) ?? -1)) return 0;
  return ((now.position - then.position) * 1000) / (to.time - from.time);
}
