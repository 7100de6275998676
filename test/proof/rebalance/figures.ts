/** What the proof found, as figures. */
import { KINDS, type Kind } from './findings.ts';
import type { ProofResult } from './prove.ts';

export interface RebalanceFigures extends Readonly<Record<`${Kind}_${'compared' | 'differences'}`, number>> {
  readonly rounds: number;
  readonly seed: number;
  readonly events: number;
  readonly trimmed_events: number;
  /** Checkpoints of which a part was torn. */
  readonly torn: number;
  /** How often an owner went on from the checkpoint before, and how often from nothing. */
  readonly went_on_from_before: number;
  readonly went_on_from_nothing: number;
  /** Moments at which partitions may move. */
  readonly moves: number;
  /** Those after which a partition was more than two seconds behind. */
  readonly moves_felt: number;
  readonly differences: number;
  /** From such a move until no partition of its stage was that far behind, s. */
  readonly catch_up_p50_s: number;
  readonly catch_up_max_s: number;
}

const EXAMPLES = 5;

/** Differences are summed over rounds; `compared` is of the last one, which compares everything. */
export function figuresOf(
  { rounds, events, trimmed, torn, wentOn, catchUps }: ProofResult,
  seed: number,
): { readonly figures: RebalanceFigures; readonly examples: readonly string[] } {
  const took = catchUps.flatMap(({ tookMs }) => (tookMs === undefined ? [] : [tookMs])).sort((a, b) => a - b);
  const differencesOf = (kind: Kind): number =>
    rounds.reduce((sum, found) => sum + found[kind].differences, 0);
  const ofKind = (kind: Kind) => [
    [`${kind}_compared`, rounds.at(-1)?.[kind].compared ?? 0] as const,
    [`${kind}_differences`, differencesOf(kind)] as const,
  ];
  const byKind = Object.fromEntries(KINDS.flatMap(ofKind)) as Record<
    `${Kind}_${'compared' | 'differences'}`,
    number
  >;
  const figures = {
    ...{ rounds: rounds.length, seed, events, trimmed_events: trimmed, torn },
    ...{ went_on_from_before: wentOn.before, went_on_from_nothing: wentOn.nothing },
    ...{ moves: catchUps.length, moves_felt: took.length },
    differences: KINDS.reduce((sum, kind) => sum + differencesOf(kind), 0),
    ...byKind,
    catch_up_p50_s: seconds(took[took.length >> 1] ?? 0),
    catch_up_max_s: seconds(took.at(-1) ?? 0),
  };
  const examples = rounds.flatMap((found, round) =>
    KINDS.flatMap((kind) =>
      found[kind].examples.slice(0, EXAMPLES).map((text) => `round ${round + 1}, ${kind}: ${text}`),
    ),
  );
  return { figures, examples };
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10;
