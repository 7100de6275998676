/** Counts blocks by the lake and holds them against their markers; drills those that differ down to titles. */
import type { Generation } from '../../domain/ids.ts';
import {
  blockName,
  refKey,
  sameTally,
  tallyOf,
  type BlockContent,
  type BlockRef,
} from '../../domain/parity/block.ts';
import { differingTitles, judge, type TitleLimits } from '../../domain/parity/compare.ts';
import { exclusionOf, hoursOfParts, type Exclusion } from '../../domain/parity/exclusions.ts';
import type { BlockDifference, OpenDifference } from '../../domain/parity/report.ts';
import type { Marker } from '../../domain/speed-view.ts';
import type { LakeLane, LakeRequest } from './lake-lane.ts';
import type { LogWitness } from './log-witness.ts';
import type { SpeedLane } from './speed-lane.ts';

/** A block to be compared. */
export interface Side extends BlockRef {
  readonly marker: Marker;
  /** Hours of event time that the speed lane has cells of. */
  readonly hours: ReadonlySet<number>;
  /** The difference that an earlier run found. */
  readonly known?: OpenDifference;
}

export interface Differs {
  readonly side: Side;
  readonly is: 'differs';
  /** Its parts are dropped where nobody will drill down into them. */
  readonly batch: BlockContent;
  readonly isDrilled: boolean;
}

export type Verdict =
  | { readonly side: Side; readonly is: 'equal' }
  | { readonly side: Side; readonly is: 'excluded'; readonly by: string }
  | Differs;

export interface VerdictDeps {
  readonly lake: LakeLane;
  readonly speed: SpeedLane;
  readonly witness: LogWitness;
  readonly generation: Generation;
  readonly blockSize: number;
  readonly limits: TitleLimits;
}

/** Compares blocks whose windows lie together. At most `drilled` of those that differ keep their parts. */
export async function compareBlocks(
  { lake, generation, blockSize }: VerdictDeps,
  sides: readonly Side[],
  options: {
    readonly inputs: LakeRequest['inputs'];
    readonly exclusions: readonly Exclusion[];
    readonly drilled: number;
  },
): Promise<Verdict[]> {
  const { inputs, exclusions, drilled } = options;
  const verdicts = new Map<string, Verdict>();
  const ofKey = new Map(sides.map((side) => [refKey(side), side]));
  const markers = sides.map(({ marker }) => marker);
  await lake.eachBlock({ markers, inputs }, (marker, counted) => {
    const key = refKey(marker);
    const side = ofKey.get(key)!;
    const hours = [...side.hours, ...hoursOfParts(counted.parts)];
    const exclusion = exclusionOf(exclusions, side, hours, { generation, blockSize });
    if (exclusion !== undefined) verdicts.set(key, { side, is: 'excluded', by: exclusion.name });
    else if (sameTally(counted, marker)) verdicts.set(key, { side, is: 'equal' });
    else {
      const others = [...verdicts.entries()].filter(([name, { is }]) => is === 'differs' && name !== key);
      const isDrilled = others.length < drilled;
      const batch = isDrilled ? counted : { ...counted, parts: [] };
      verdicts.set(key, { side, is: 'differs', batch, isDrilled });
    }
  });
  return [...verdicts.values()];
}

/** Says of each what differs; what an earlier run found out stands while the tallies are the same. */
export async function drillDown(
  deps: VerdictDeps,
  verdicts: readonly Differs[],
): Promise<readonly { readonly side: Side; readonly difference: BlockDifference }[]> {
  const isNews = ({ side: { known, marker }, batch, isDrilled }: Differs): boolean =>
    isDrilled &&
    !(
      known !== undefined &&
      known.log !== null &&
      sameTally(known.batch, batch) &&
      sameTally(known.speed, marker)
    );
  const news = verdicts.filter(isNews);
  const contents: ReadonlyMap<string, BlockContent> =
    news.length === 0 ? new Map() : await deps.speed.contents(news.map(({ side }) => side));
  const found: { side: Side; difference: BlockDifference }[] = [];
  for (const verdict of verdicts) {
    const { side } = verdict;
    const isNew = news.includes(verdict);
    const difference = isNew
      ? await drill(deps, verdict, contents.get(refKey(side)))
      : (side.known ?? {
          ...talliesOf(deps, verdict),
          lane: 'unknown',
          log: null,
          titles: [],
          moreTitles: 0,
        });
    found.push({ side, difference });
  }
  return found;
}

const talliesOf = ({ generation }: VerdictDeps, { side, batch }: Differs) => ({
  name: blockName(generation, side),
  batch: tallyOf(batch),
  speed: tallyOf(side.marker),
});

async function drill(
  deps: VerdictDeps,
  verdict: Differs,
  held: BlockContent | undefined,
): Promise<BlockDifference> {
  const { side, batch } = verdict;
  const { known, marker } = side;
  const log = await deps.witness.count(marker);
  // What the log once told stands though it has forgotten since.
  if (log === undefined && known !== undefined && known.log !== null) return known;
  return {
    ...talliesOf(deps, verdict),
    lane: judge(batch, marker, log),
    log: log === undefined ? null : tallyOf(log),
    ...(held === undefined
      ? { titles: known?.titles ?? [], moreTitles: known?.moreTitles ?? 0 }
      : differingTitles(batch, held, log, deps.limits)),
  };
}
