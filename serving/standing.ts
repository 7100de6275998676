/**
 * Where an answer comes from at this moment: which lanes can be added up, how far they reach, and what to say when one of
 * them is missing. Batch part and cut are swapped in one step, so no answer adds a new view to an old cut.
 */
import type { Generation, Region } from '../domain/ids.ts';
import type { CutVector } from '../domain/manifest.ts';
import { NO_COUNTS, type CountSource } from '../domain/merge.ts';
import type { Hole, Watermarks } from '../domain/speed-totals.ts';
import { FOLD_VERSION } from '../domain/speed-view.ts';
import { COUNTED_TOPICS, type CountedTopic } from '../domain/topics.ts';
import type { EpochMs } from '../domain/time.ts';
import type { LoadedView, SubscriptionStatus } from '../infra/hermes/subscriber.ts';
import type { FollowStatus } from './follow-topic.ts';
import type { LogEnds } from './log-end.ts';
import type { PopularityView } from './popularity/view.ts';
import type { Silence, SilentLane } from './silence.ts';
import type { SpeedPart } from './speed-part.ts';

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
  /**
   * True exactly when batch and speed are both counted, no block between cut and watermark is missing, the log's end was
   * heard lately, and no partition whose log goes on past the watermark has had no new marker for `silentMs`. It does not
   * say that the watermark is at the log's end: `logEnds` tells how far that is.
   */
  readonly complete: boolean;
  /** Why it is not complete; null exactly when it is. */
  readonly incompleteReason: string | null;
  readonly holes: readonly Hole[];
  /** Partitions whose speed lane is silent. */
  readonly silent: readonly SilentLane[];
  readonly logEnds: LogEnds;
  /** The moment that windows look back from: now, or the view's time where nothing newer is counted. */
  readonly windowsEnd: EpochMs;
}

export interface LogShape {
  readonly region: Region;
  readonly generation: Generation;
  readonly partitions: number;
  readonly blockSize: number;
}

export interface StandingDeps {
  readonly shape: LogShape;
  readonly speed: SpeedPart;
  /** Of the speed-view topic. */
  readonly followed: () => FollowStatus;
  /** Of the view; undefined while the store was not asked yet. */
  readonly subscribed: () =>
    Pick<SubscriptionStatus, 'version' | 'pinned' | 'source' | 'lastError'> | undefined;
  /** Of the clean topics. */
  readonly logEnds: () => LogEnds;
  readonly silence: Silence;
  readonly staleMs: number;
  /** How old the knowledge of a log's end may be. */
  readonly silentMs: number;
  readonly now: () => EpochMs;
}

export interface Standings {
  /** Serves this view from now on. */
  swap(loaded: LoadedView<PopularityView>): void;
  view(): LoadedView<PopularityView> | undefined;
  current(): Standing;
}

export function createStandings(deps: StandingDeps): Standings {
  const { shape, speed, now } = deps;
  let view: LoadedView<PopularityView> | undefined;
  let misfit: string | undefined;

  return {
    swap(loaded) {
      misfit = misfitOf(loaded, shape);
      if (misfit === undefined) speed.setCut(loaded.manifest.cut);
      view = loaded;
    },
    view: () => view,
    current() {
      const whyNoSpeed = misfit ?? whySilent(deps);
      const standing = view === undefined ? withoutView(deps) : withView(deps, view);
      if (whyNoSpeed !== undefined) return withoutSpeed(standing, whyNoSpeed);
      const totals = speed.totals();
      const { watermark, holes } = totals.reach();
      // Cells live as long as the newest versions need them; who pins an older one has pinned it without them.
      if (holes.length > 0 && deps.subscribed()?.pinned === standing.viewVersion)
        return { ...withoutSpeed(standing, 'the speed view does not reach back to the pinned view'), holes };
      const silent = deps.silence.observe({ ends: standing.logEnds, watermark, cut: standing.cut });
      const incompleteReason = whyIncomplete(holes, silent, standing.logEnds, deps.silentMs);
      return {
        ...standing,
        speed: totals,
        watermark,
        holes,
        silent,
        incompleteReason,
        complete: incompleteReason === null,
        windowsEnd: now(),
      };
    },
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
  holes: [],
  silent: [],
} as const;

function withView(deps: StandingDeps, view: LoadedView<PopularityView>): Standing {
  const { version, manifest, value } = view;
  const asOf = Date.parse(manifest.asOf);
  const isConfirmed = sourceOf(deps, view) === 'store';
  return {
    source: isConfirmed ? 'merged' : 'fallback',
    fallbackReason: isConfirmed ? null : 'the view store does not answer: last good copy on disk',
    batch: value,
    speed: NO_COUNTS,
    viewVersion: version,
    cut: watermarksOf(manifest.cut, deps.shape.partitions),
    cutAgeMs: Math.max(0, deps.now() - asOf),
    watermark: { plays: [], impressions: [] },
    ...UNSETTLED,
    logEnds: deps.logEnds(),
    windowsEnd: Math.min(deps.now(), asOf),
  };
}

function withoutView(deps: StandingDeps): Standing {
  const cut = watermarksOf({}, deps.shape.partitions);
  return {
    source: 'fallback',
    fallbackReason: whyNoView(deps.subscribed()),
    batch: NO_COUNTS,
    speed: NO_COUNTS,
    viewVersion: null,
    cut,
    cutAgeMs: null,
    watermark: cut,
    ...UNSETTLED,
    logEnds: deps.logEnds(),
    windowsEnd: deps.now(),
  };
}

/** A copy on disk counts as the store's own once the store has named it as the announced one. */
function sourceOf({ subscribed }: StandingDeps, view: LoadedView<PopularityView>): 'store' | 'disk' {
  const status = subscribed();
  return status?.version === view.version && status.source !== null ? status.source : view.source;
}

export const NOTHING_PUBLISHED = 'nothing published yet';

function whyNoView(status: ReturnType<StandingDeps['subscribed']>): string {
  if (status === undefined) return 'the view store has not answered yet';
  if (status.lastError === null) return NOTHING_PUBLISHED;
  return `no view can be read (${status.lastError.code}) and there is no copy on disk`;
}

function whySilent({ followed, staleMs }: StandingDeps): string | undefined {
  const { isCaughtUp, silentMs } = followed();
  if (!isCaughtUp) return 'the speed view has not been read to its end yet';
  if (silentMs > staleMs) return `Kafka has not answered for ${Math.floor(silentMs / 1000)} s`;
  return undefined;
}

/** How many lanes a reason names. */
const MOST_NAMED = 3;

function whyIncomplete(
  holes: readonly Hole[],
  silent: readonly SilentLane[],
  ends: LogEnds,
  silentMs: number,
): string | null {
  const reasons: string[] = [];
  if (holes.length > 0) reasons.push(`${holes.length} blocks of the speed view are missing`);
  if (silent.length > 0) {
    const named = silent.slice(0, MOST_NAMED).map(({ topic, partition }) => `${topic}/${partition}`);
    const more = silent.length > MOST_NAMED ? ` and ${silent.length - MOST_NAMED} more` : '';
    reasons.push(`speed lane is silent (${named.join(', ')}${more})`);
  }
  for (const topic of COUNTED_TOPICS) {
    const end = ends[topic];
    if (end === null) reasons.push(`the end of ${topic} is not known yet`);
    else if (end.ageMs > silentMs)
      reasons.push(`the end of ${topic} was not heard for ${Math.floor(end.ageMs / 1000)} s`);
  }
  return reasons.length === 0 ? null : reasons.join('; ');
}

function misfitOf({ manifest }: LoadedView<PopularityView>, shape: LogShape): string | undefined {
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
