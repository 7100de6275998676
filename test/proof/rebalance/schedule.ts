/** What happens to the processes in each round, by seed alone: who is killed, frozen, added or sent home, and when. */
import { createRandom, seedOf, type Random } from '../../../domain/random.ts';

export const STAGES = ['speed', 'behaviour'] as const;
export type Stage = (typeof STAGES)[number];

/**
 * `kill`: SIGKILL, and started again on its own disk. `replace`: SIGKILL, and started again with an empty disk, as on
 * another machine. `tear`: the same, and before anybody takes over, a part of a checkpoint of its is torn, so that it has
 * to be gone on from the one before. `freeze`: SIGSTOP until past its session timeout, then SIGCONT. `leave`: SIGTERM. `join`: one more
 * process, on a new machine or on one that left before and still has its old state.
 */
const COMMON = ['join', 'kill', 'freeze', 'replace', 'leave'] as const;
export type Action = (typeof COMMON)[number] | 'tear';

/** Checkpoints of counting are covered by the speed view itself. */
export const ACTIONS: Readonly<Record<Stage, readonly Action[]>> = {
  speed: COMMON,
  behaviour: [...COMMON, 'tear'],
};

export interface Move {
  readonly stage: Stage;
  readonly action: Action;
  /** Which of the processes that are up, modulo their number. */
  readonly member: number;
  /** After the stage's move before, or the start of the round. */
  readonly waitMs: number;
  /** Whether the next one waits only for the beginning of this one. */
  readonly isOverlapped: boolean;
  /** How long a process that comes back is away. */
  readonly awayMs: number;
  /** What is torn: of all that there is, modulo their number. */
  readonly draw: number;
  /** Whether one that joins takes the place of one that left, if any did. */
  readonly isReturning: boolean;
}

export interface RoundPlan {
  readonly moves: readonly Move[];
  /** For how long events are sent: until the moves are over, as planned, and a little longer. */
  readonly loadMs: number;
}

export interface ScheduleOptions {
  readonly seed: number;
  readonly rounds: number;
  readonly sessionTimeoutMs: number;
}

/** Moves of each stage in one round. */
const MOVES = 2;
const LONGEST_WAIT_MS = 1500;
const TAIL_MS = 1500;
/** About what a start or an orderly stop takes. */
const CHANGE_MS = 1500;

/** Every stage goes through all actions before one comes again; of three processes one leaves, of two one joins. */
export function planRounds({ seed, rounds, sessionTimeoutMs }: ScheduleOptions): RoundPlan[] {
  const [speed, behaviour] = STAGES.map((stage) => {
    const random = createRandom(seedOf(seed, stage));
    const actions = actionsOf(random, ACTIONS[stage], rounds * MOVES);
    return actions.map((action): Move => plan(random, stage, action, sessionTimeoutMs));
  });
  return Array.from({ length: rounds }, (_, round) => {
    const of = (moves: readonly Move[]): readonly Move[] => moves.slice(round * MOVES, (round + 1) * MOVES);
    const parts = [of(speed!), of(behaviour!)];
    return { moves: parts.flat(), loadMs: Math.max(...parts.map(durationOf)) + TAIL_MS };
  });
}

function actionsOf(random: Random, all: readonly Action[], count: number): Action[] {
  const actions: Action[] = [];
  while (actions.length < count) {
    const next = shuffled(random, all);
    const [join, leave] = [next.indexOf('join'), next.indexOf('leave')];
    if (leave < join) [next[join], next[leave]] = ['leave', 'join'];
    actions.push(...next);
  }
  return actions.slice(0, count);
}

function plan(random: Random, stage: Stage, action: Action, sessionTimeoutMs: number): Move {
  const waitMs = 200 + random.below(LONGEST_WAIT_MS);
  // Back before the group has noticed, or after others have taken over.
  const shortly = 100 + random.below(1000);
  const longer = sessionTimeoutMs + 1000 + random.below(1000);
  const isLong = action === 'freeze' || random.chance(0.4);
  const awayMs = action === 'join' || action === 'leave' ? 0 : isLong ? longer : shortly;
  const [isOverlapped, isReturning] = [random.chance(0.4), random.chance(0.6)];
  const [member, draw] = [random.below(6), random.below(2 ** 20)];
  return { stage, action, member, waitMs, isOverlapped, awayMs, draw, isReturning };
}

const durationOf = (moves: readonly Move[]): number =>
  moves.reduce(
    (sum, { action, waitMs, awayMs }) => sum + waitMs + awayMs + (action === 'freeze' ? 0 : CHANGE_MS),
    0,
  );

function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
