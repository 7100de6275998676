/**
 * Where an answer comes from at this moment: which lanes can be added up, how far they reach, and what to say when one of
 * them is missing. Batch part and cut are swapped in one step, so no answer adds a new view to an old cut.
 */
import type { InGeneration } from '../domain/generations.ts';
import type { Generation, Region } from '../domain/ids.ts';
import type { CutVector, Manifest } from '../domain/manifest.ts';
import { joinCounts, NO_COUNTS, type CountSource } from '../domain/merge.ts';
import type { Watermarks } from '../domain/speed-totals.ts';
import { FOLD_VERSION } from '../domain/speed-view.ts';
import { COUNTED_TOPICS, type CountedTopic } from '../domain/topics.ts';
import type { EpochMs } from '../domain/time.ts';
import type { LoadedView, SubscriptionStatus } from '../infra/hermes/subscriber.ts';
import { whyIncomplete, type MissingBlock, type SilentPartition } from './completeness.ts';
import type { GenerationLane } from './generation-lane.ts';
import type { GenerationLanes } from './generation-lanes.ts';
import type { LogEnds } from './log-end.ts';
import type { PopularityView } from './popularity/view.ts';

export const SOURCES = ['merged', 'batch', 'fallback'] as const;
/** `merged`: both lanes. `batch`: the announced view alone. `fallback`: a copy that nobody confirms, or the catalogue. */
export type Source = (typeof SOURCES)[number];

export interface Standing {
  readonly source: Source;
  /** Why it is not merged. */
  readonly fallbackReason: string | null;
  readonly batch: CountSource;
  readonly speed: CountSource;
  readonly viewVersion: number | null;
  /** First offset that batch does not count, by topic and partition. */
  readonly cut: Watermarks;
  /** How old the view is; null without one. */
  readonly cutAgeMs: number | null;
  readonly watermark: Watermarks;
  /** The topic generation that cut and watermark are of. */
  readonly generation: Generation;
  /** Generations after it, which are counted from their beginning; mostly none. */
  readonly later: readonly LaterGeneration[];
  /**
   * True exactly when batch and speed are both counted, no block between cut and watermark is missing, the log's end was
   * heard lately, and no partition whose log goes on past the watermark has had no new marker for `silentMs`. It does not
   * say that the watermark is at the log's end: `logEnds` tells how far that is.
   */
  readonly complete: boolean;
  /** Why it is not complete; null exactly when it is. */
  readonly incompleteReason: string | null;
  readonly holes: readonly MissingBlock[];
  /** Partitions whose speed lane is silent. */
  readonly silent: readonly SilentPartition[];
  readonly logEnds: LogEnds;
  /** The moment that windows look back from: now, or the view's time where nothing newer is counted. */
  readonly windowsEnd: EpochMs;
}

export interface LaterGeneration {
  readonly generation: Generation;
  readonly watermark: Watermarks;
  readonly logEnds: LogEnds;
}

export interface StandingDeps {
  readonly region: Region;
  readonly lanes: GenerationLanes;
  /** Of the view; undefined while the store was not asked yet. */
  readonly subscribed: () =>
    Pick<SubscriptionStatus, 'version' | 'pinned' | 'source' | 'lastError'> | undefined;
  readonly staleMs: number;
  /** How old the knowledge of a log's end, and of the generations, may be. */
  readonly silentMs: number;
  readonly now: () => EpochMs;
}

export interface Standings {
  /** Gets ready to serve a view that was counted so far, while another is served. */
  prepare(manifest: Manifest): Promise<void>;
  /** Serves this view from now on. */
  swap(loaded: LoadedView<PopularityView>): void;
  view(): LoadedView<PopularityView> | undefined;
  current(): Standing;
}

export function createStandings(deps: StandingDeps): Standings {
  const { lanes, now } = deps;
  let view: LoadedView<PopularityView> | undefined;

  return {
    async prepare(manifest) {
      if (view !== undefined && isOurs(manifest, deps.region)) await lanes.prepare(manifest);
    },
    swap(loaded) {
      const { generation, cut } = loaded.manifest;
      // Cells of another region or fold are not added, whatever the cut.
      if (isOurs(loaded.manifest, deps.region)) lanes.serve({ generation, cut });
      view = loaded;
    },
    view: () => view,
    current() {
      const counted = lanes.counted();
      const standing = view === undefined ? withoutView(deps) : withView(deps, view);
      const misfit = view && misfitOf(view, { region: deps.region, ...counted[0]!.shape });
      const whyNoSpeed = misfit ?? whySilent(counted, deps.staleMs);
      if (whyNoSpeed !== undefined) return withoutSpeed(standing, whyNoSpeed);
      const [first, ...later] = counted.map((lane) => lookAt(lane, view));
      const holes = [first!, ...later].flatMap((one) => one.holes);
      // Cells live as long as the newest versions need them; who pins an older one has pinned it without them.
      if (holes.length > 0 && deps.subscribed()?.pinned === standing.viewVersion)
        return { ...withoutSpeed(standing, 'the speed view does not reach back to the pinned view'), holes };
      const silent = [first!, ...later].flatMap((one) => one.silent);
      const ends = [first!, ...later].map((one) => one.logEnds);
      const incompleteReason =
        lanes.whyUnsure(deps.silentMs) ?? whyIncomplete(holes, silent, ends, deps.silentMs);
      return {
        ...standing,
        speed: joinCounts(counted.map(({ speed }) => speed.totals())),
        watermark: first!.watermark,
        later,
        holes,
        silent,
        incompleteReason,
        complete: incompleteReason === null,
        windowsEnd: now(),
      };
    },
  };
}

/** What one generation holds past the view's cut, and how far. Holes and silence of a later one name it. */
function lookAt(
  { shape, speed, logEnds, silence }: GenerationLane,
  view: LoadedView<PopularityView> | undefined,
) {
  const { generation, partitions } = shape;
  const ends = logEnds();
  const { watermark, holes } = speed.totals().reach();
  const isOfView = view?.manifest.generation === generation;
  const cut = watermarksOf(isOfView ? view.manifest.cut : {}, partitions);
  const silent = silence.observe({ ends, watermark, cut });
  const named = view === undefined || isOfView ? {} : { generation };
  return {
    ...{ generation, watermark, logEnds: ends },
    holes: holes.map((hole): MissingBlock => ({ ...hole, ...named })),
    silent: silent.map((lane): SilentPartition => ({ ...lane, ...named })),
  };
}

/** The same without what the speed layer counted. Where there is no view either, that is the reason to tell. */
export function withoutSpeed(standing: Standing, reason: string): Standing {
  const { source, fallbackReason, viewVersion, cut } = standing;
  const both = viewVersion === null ? fallbackReason : `${fallbackReason}; ${reason}`;
  return {
    ...standing,
    source: source === 'merged' ? 'batch' : source,
    fallbackReason: fallbackReason === null ? reason : both,
    speed: NO_COUNTS,
    watermark: cut,
    later: [],
    complete: false,
    incompleteReason: reason,
    holes: [],
    silent: [],
  };
}

/** Until the speed part is looked at. */
const UNSETTLED = {
  complete: false,
  incompleteReason: 'the speed part is not counted',
  later: [],
  holes: [],
  silent: [],
} as const;

function withView(deps: StandingDeps, view: LoadedView<PopularityView>): Standing {
  const { version, manifest, value } = view;
  const lane = deps.lanes.counted()[0]!;
  const asOf = Date.parse(manifest.asOf);
  const isConfirmed = sourceOf(deps, view) === 'store';
  return {
    source: isConfirmed ? 'merged' : 'fallback',
    fallbackReason: isConfirmed ? null : 'the view store does not answer: last good copy on disk',
    batch: value,
    speed: NO_COUNTS,
    viewVersion: version,
    generation: manifest.generation,
    cut: watermarksOf(manifest.cut, lane.shape.partitions),
    cutAgeMs: Math.max(0, deps.now() - asOf),
    watermark: { plays: [], impressions: [] },
    ...UNSETTLED,
    logEnds: lane.logEnds(),
    windowsEnd: Math.min(deps.now(), asOf),
  };
}

function withoutView(deps: StandingDeps): Standing {
  const { shape, logEnds } = deps.lanes.counted()[0]!;
  const cut = watermarksOf({}, shape.partitions);
  return {
    generation: shape.generation,
    source: 'fallback',
    fallbackReason: whyNoView(deps.subscribed()),
    batch: NO_COUNTS,
    speed: NO_COUNTS,
    viewVersion: null,
    cut,
    cutAgeMs: null,
    watermark: cut,
    ...UNSETTLED,
    logEnds: logEnds(),
    windowsEnd: deps.now(),
  };
}

/** A copy on disk counts as the store's own once the store has named it as the announced one. */
function sourceOf({ subscribed }: StandingDeps, view: LoadedView<PopularityView>): 'store' | 'disk' {
  const status = subscribed();
  return status?.version === view.version && status.source !== null ? status.source : view.source;
}

const NOTHING_PUBLISHED = 'nothing published yet';

function whyNoView(status: ReturnType<StandingDeps['subscribed']>): string {
  if (status === undefined) return 'the view store has not answered yet';
  if (status.lastError === null) return NOTHING_PUBLISHED;
  return `no view can be read (${status.lastError.code}) and there is no copy on disk`;
}

function whySilent(lanes: readonly GenerationLane[], staleMs: number): string | undefined {
  for (const { followed } of lanes) {
    const { isCaughtUp, silentMs } = followed();
    if (!isCaughtUp) return 'the speed view has not been read to its end yet';
    if (silentMs > staleMs) return `Kafka has not answered for ${Math.floor(silentMs / 1000)} s`;
  }
  return undefined;
}

const isOurs = ({ region: of, foldVersion }: Manifest, region: Region): boolean =>
  of === region && foldVersion === FOLD_VERSION;

function misfitOf(
  { manifest }: LoadedView<PopularityView>,
  shape: InGeneration & { readonly region: Region },
): string | undefined {
  for (const field of ['region', 'generation', 'blockSize'] as const) {
    if (manifest[field] !== shape[field])
      return `the view is of ${field} ${manifest[field]}, the speed view of ${shape[field]}`;
  }
  if (manifest.foldVersion !== FOLD_VERSION)
    return `the view is of version ${manifest.foldVersion} of the fold, the speed view of ${FOLD_VERSION}`;
  const odd = COUNTED_TOPICS.find((topic) => manifest.cut[topic]?.length !== shape.partitions);
  return odd === undefined ? undefined : `the view's cut of ${odd} is not of ${shape.partitions} partitions`;
}

function watermarksOf(cut: CutVector, partitions: number): Watermarks {
  const of = (topic: CountedTopic): readonly number[] =>
    cut[topic] ?? Array.from({ length: partitions }, () => 0);
  return { plays: of('plays'), impressions: of('impressions') };
}
