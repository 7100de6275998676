/**
 * Compares the lanes block by block: what the batch lane's SQL counts in the lake against the markers of the speed view.
 * Only blocks that both lanes have finished, each once; those that differ are looked at again by later runs.
 */
import type { Manifest, TableInput } from '../../domain/manifest.ts';
import { blockName, refKey } from '../../domain/parity/block.ts';
import { chooseBlocks, uncompared, type Chosen } from '../../domain/parity/choose.ts';
import type { BlockDifference, OpenDifference, ParityReport } from '../../domain/parity/report.ts';
import { MOST_OPEN, type ParityState } from '../../domain/parity/state.ts';
import type { HeldBlock } from './speed-lane.ts';
import { compareBlocks, drillDown, type Side, type Verdict, type VerdictDeps } from './verdicts.ts';

export interface ParityDeps extends VerdictDeps {
  readonly most: {
    /** Blocks compared for the first time in one run. */
    readonly blocks: number;
    /** Of the differing blocks of one run those that are drilled down into; also open differences looked at again. */
    readonly drilled: number;
  };
}

export interface ParityRun {
  readonly report: ParityReport;
  readonly compared: ParityState['compared'];
  /** Those found by this run and those it did not find gone. */
  readonly open: readonly OpenDifference[];
  /** Open differences that are gone. */
  readonly settled: readonly OpenDifference[];
}

export interface ParityJob {
  /**
   * One run over the snapshots and below the cut of a published version, from a state of this log. Changes nothing: the
   * same inputs give the same run, but for blocks that the speed view finishes or lets go of meanwhile.
   */
  run(
    state: ParityState,
    manifest: Pick<Manifest, 'version' | 'inputs' | 'cut'>,
    options: { readonly asOf: string; readonly onProgress?: (step: string) => void },
  ): Promise<ParityRun>;
}

type Found = Awaited<ReturnType<typeof drillDown>>;

export function createParityJob(deps: ParityDeps): ParityJob {
  const { lake, speed, generation, blockSize, most } = deps;
  return {
    async run(state, manifest, { asOf, onProgress }) {
      const { version, cut } = manifest;
      const inputs = manifest.inputs.filter((input): input is TableInput => 'table' in input);
      const { exclusions } = state;
      const again = state.open.slice(0, most.drilled);
      const ranges = uncompared(state.compared, cut, blockSize);
      onProgress?.('markers');
      const held = await speed.held([
        ...ranges,
        ...again.map(({ marker: { topic, partition, block } }) => ({
          ...{ topic, partition, from: block, to: block + 1 },
        })),
      ]);
      const chosen = chooseBlocks(state.compared, ranges, held, most.blocks);
      onProgress?.('lake');
      const options = { inputs, exclusions, drilled: most.drilled };
      const verdicts = await compareBlocks(deps, chosen.blocks, options);
      // One by one: what open blocks look back at lies far apart.
      for (const side of sidesAgain(again, held))
        verdicts.push(...(await compareBlocks(deps, [side], options)));
      onProgress?.('titles');
      const found = await drillDown(
        deps,
        verdicts.filter((verdict) => verdict.is === 'differs'),
      );
      onProgress?.('duplicates');
      const markers = chosen.blocks.map(({ marker }) => marker);
      const duplicates = await lake.duplicates({ markers, inputs });
      const after = openAfter(state, verdicts, found, asOf);
      const report = {
        ...{ version, asOf, generation },
        ...reportOf(verdicts, found, chosen, (side) => blockName(generation, side)),
        settled: after.settled.map(({ name }) => name),
        open: Math.min(MOST_OPEN, after.open.length),
        duplicates,
      };
      return { report, compared: chosen.compared, ...after };
    },
  };
}

/** What open differences are compared with: the speed view's present word, else the marker that was kept. */
function sidesAgain(again: readonly OpenDifference[], held: readonly HeldBlock[]): Side[] {
  const now = new Map(held.map((one) => [refKey(one), one]));
  return again.map((known) => {
    const { topic, partition, block } = known.marker;
    const { marker, hours } = now.get(refKey(known.marker)) ?? {
      marker: known.marker,
      hours: new Set<number>(),
    };
    return { topic, partition, block, marker, hours, known };
  });
}

/** What of a run's findings concerns blocks compared for the first time. */
function reportOf(
  verdicts: readonly Verdict[],
  found: Found,
  { passedOver, waiting }: Chosen<HeldBlock>,
  nameOf: (side: Side) => string,
): Omit<ParityReport, 'version' | 'asOf' | 'generation' | 'settled' | 'open' | 'duplicates'> {
  const fresh = verdicts.filter(({ side }) => side.known === undefined);
  const equal = fresh.filter(({ is }) => is === 'equal').length;
  const differing = found
    .filter(({ side }) => side.known === undefined)
    .map(({ difference }): BlockDifference => difference);
  return {
    compared: equal + differing.length,
    equal,
    differing,
    excluded: verdicts.flatMap((verdict) =>
      verdict.is === 'excluded' ? [{ name: nameOf(verdict.side), by: verdict.by }] : [],
    ),
    passedOver,
    waiting,
  };
}

/** Those not looked at come first the next time; then those that stand, then what is new. */
function openAfter(
  state: ParityState,
  verdicts: readonly Verdict[],
  found: Found,
  asOf: string,
): { readonly open: readonly OpenDifference[]; readonly settled: readonly OpenDifference[] } {
  const looked = new Set(verdicts.flatMap(({ side }) => side.known ?? []));
  const opened = found.map(({ side, difference }): OpenDifference => ({
    ...difference,
    marker: side.marker,
    since: side.known?.since ?? asOf,
  }));
  return {
    open: [
      ...state.open.filter((one) => !looked.has(one)),
      ...opened.filter(({ since }) => since !== asOf),
      ...opened.filter(({ since }) => since === asOf),
    ],
    settled: verdicts.flatMap(({ is, side }) => (is === 'differs' ? [] : (side.known ?? []))),
  };
}
