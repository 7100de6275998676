import { mkdir } from 'node:fs/promises';
import type { Column, Manifest } from '../../domain/manifest.ts';
import type { ComputePlan, RefreshMode } from '../../domain/publishing.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import type { LocalPart } from '../parts.ts';
import { basePartsSql, PART_OF, partNamesOf, type BaseParts } from './base.ts';
import { daysWithin, eventsOf, withLogInTurns, type EventsByDay } from './log-in-turns.ts';
import { readSlice } from './long-slice.ts';
import { appendDays, EVENTS_AT_ONCE, eventsBelow, piecesOf, type PieceLimits } from './pieces.ts';
import { planPopularity, type LogShape } from './plan.ts';
import { decideRefresh, type Current } from './refresh-mode.ts';
import { recountedOf, touches } from './recounted.ts';
import { ALL } from './slice.ts';
import { dayOf, spanInName, spanOf, type Span } from './spans.ts';
import { joinPieces, writeInTurns, writePiece, writePieceInTurns, writeVersion } from './write-version.ts';

export interface ComputeOptions {
  /** Folder for the part files; made when it is not there. */
  readonly outDir: string;
  /** The time the version is of: `recent` begins 49 hours before its day. */
  readonly asOf: EpochMs;
  /** Called as the work goes on, with what comes next. */
  readonly onProgress?: (step: string) => void;
}

export interface PopularityParts {
  readonly parts: readonly LocalPart[];
  readonly schema: readonly Column[];
  readonly rowCounts: Readonly<Record<string, number>>;
  /** Sums over all titles. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** A version that only what is new is counted over. */
export interface IncrementalBase extends BaseParts {
  readonly manifest: Pick<Manifest, 'cut' | 'asOf' | 'parts'>;
  readonly mode: RefreshMode & { readonly kind: 'incremental' };
}

/**
 * The view `popularity`, in Parquet parts. `totals` by title and country, `recent-…` by five-minute bucket and `hours-…` by
 * hour of event time (-1 for events out of every window) hold every measure, raw and capped, all BIGINT. `rows-…` hold
 * impressions by title, row and hour; `distinct-…` the registers of who started a title, by hour. Of all but the first
 * there is a part for each span of append days (spans.ts): they add up, or unite, to the whole.
 */
export interface PopularityJob {
  /** Takes snapshots and cut; retryable, the result is plain data. */
  plan(): Promise<ComputePlan>;
  /** Whether the current version can be gone on from, and why; `codeVersion` and `asOf` are those of the new one. */
  mode(plan: ComputePlan, parent: Manifest | null, current: Current): Promise<RefreshMode>;
  /** Writes the parts. The same plan and `asOf` give the same bytes, with a base or without. */
  compute(plan: ComputePlan, options: ComputeOptions, base?: IncrementalBase): Promise<PopularityParts>;
  /** Pieces of the log that workers may count apart; none where it is short enough to be counted in one. */
  pieces(plan: ComputePlan, asOf: EpochMs, limits: PieceLimits): Promise<Span[]>;
  /** Counts one piece: parts of it, and what it adds to those of the whole. */
  countPiece(plan: ComputePlan, piece: Span, options: ComputeOptions): Promise<LocalPart[]>;
  /** Makes the parts of all pieces, in their order, those of a version: the bytes that `compute` gives without a base. */
  join(pieces: readonly (readonly LocalPart[])[], options: ComputeOptions): Promise<PopularityParts>;
}

export interface PopularityDeps {
  readonly lake: DuckDbLake;
  readonly log: LogShape;
  /** Default EVENTS_AT_ONCE. */
  readonly eventsAtOnce?: number;
  /** A long log of more events is counted on a thread beside this one, which takes a tenth of a second to begin. Default BESIDE_FROM. */
  readonly besideFrom?: number;
}

const BESIDE_FROM = 500_000;

export function createPopularityJob({
  lake,
  log,
  eventsAtOnce = EVENTS_AT_ONCE,
  besideFrom = BESIDE_FROM,
}: PopularityDeps): PopularityJob {
  const piecesIn = async (plan: ComputePlan, asOf: EpochMs, limits: PieceLimits): Promise<Span[]> =>
    eventsBelow(plan) <= limits.eventsPerPiece ? [] : piecesOf(await appendDays(lake, plan), asOf, limits);

  return {
    plan: () => planPopularity(lake, log),
    mode: (plan, parent, current) => decideRefresh(lake, plan, parent, current),
    async compute(plan, options, base) {
      await mkdir(options.outDir, { recursive: true });
      const isLong = base === undefined && eventsBelow(plan) > eventsAtOnce;
      options.onProgress?.('counting');
      if (isLong) {
        const log = { plan, slice: ALL, days: await appendDays(lake, plan), eventsAtOnce, besideFrom };
        return withLogInTurns(lake, log, options.asOf, (turns) => writeInTurns(options, turns));
      }
      if (base !== undefined) return writeOver(lake, plan, options, base, eventsAtOnce);
      return writeVersion(lake.use, options, await readSlice(lake, { plan, slice: ALL }, eventsAtOnce));
    },
    async pieces(plan, asOf, limits) {
      const pieces = await piecesIn(plan, asOf, limits);
      return pieces.length > 1 ? pieces : [];
    },
    async countPiece(plan, piece, options) {
      await mkdir(options.outDir, { recursive: true });
      options.onProgress?.('counting');
      const slice = { kind: 'appended', ...piece } as const;
      const isShort = eventsBelow(plan) <= eventsAtOnce;
      const days: EventsByDay = isShort ? new Map() : daysWithin(piece, await appendDays(lake, plan));
      if (eventsOf(days) > eventsAtOnce) {
        const log = { plan, slice, days, eventsAtOnce, besideFrom };
        return withLogInTurns(lake, log, options.asOf, (turns) => writePieceInTurns(options, turns));
      }
      return writePiece(lake.use, options, await readSlice(lake, { plan, slice }, eventsAtOnce));
    },
    async join(pieces, options) {
      await mkdir(options.outDir, { recursive: true });
      return joinPieces(lake.use, options, pieces);
    },
  };
}

async function writeOver(
  lake: DuckDbLake,
  plan: ComputePlan,
  options: ComputeOptions,
  base: IncrementalBase,
  eventsAtOnce: number,
): Promise<PopularityParts> {
  const { manifest, mode } = base;
  const { appendedFromMs } = mode;
  const recounted = recountedOf(mode.days, options.asOf);
  const slice = { kind: 'since', cut: manifest.cut, recounted, appendedFromMs } as const;
  // Parts of older days are taken over as they are: their rows need no names, unless four weeks have come to an end.
  const named = namesOf(
    base,
    ({ toDay }) =>
      spanOf(toDay - 1, options.asOf).toDay > Math.min(dayOf(appendedFromMs), ...recounted) ||
      dayOf(options.asOf) !== dayOf(Date.parse(manifest.asOf)),
  );
  const logged = await readSlice(lake, { plan, slice, named }, eventsAtOnce);
  return writeVersion(lake.use, options, logged, {
    parts: base,
    listed: { parts: manifest.parts, asOf: Date.parse(manifest.asOf) },
    keeps: (span) => !touches(recounted, span),
    addsTotals: mode.days.length === 0,
  });
}

/** Where names are found that the parts of a version have; those of rows by parts of some spans. */
export function namesOf(base: BaseParts, isRead: (span: Span) => boolean = () => true): string[] {
  const rows = partNamesOf('row_hours', base).filter((name) => isRead(spanInName(name, PART_OF.row_hours)!));
  return [
    `SELECT title_id, country FROM ${basePartsSql(base, ['totals'])}`,
    ...(rows.length === 0 ? [] : [`SELECT "row" FROM ${basePartsSql(base, rows)}`]),
  ];
}
