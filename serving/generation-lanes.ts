/**
 * Which generations are counted beside the view: the view's own past its cut, and every later one from its beginning. What
 * lies before the view's generation is in the view.
 */
import { countedSince, readIn, type GenerationHistory, type InGeneration } from '../domain/generations.ts';
import type { Generation } from '../domain/ids.ts';
import type { CutVector } from '../domain/manifest.ts';
import type { GenerationFollower } from '../infra/generations/follow.ts';
import type { GenerationLane } from './generation-lane.ts';
import { inTurns } from './in-turns.ts';

export interface GenerationLanes {
  /** Oldest first, never none. */
  counted(): readonly GenerationLane[];
  /** Counts what this view does not, from now on. */
  serve(view: ServedCut): void;
  /** Gets ready to serve it, a little at a time. */
  prepare(view: ServedCut): Promise<void>;
  /** There is no view: everything is counted. */
  serveWithoutView(): void;
  /** The generations are others now. */
  refresh(): void;
  /** Why these need not be all there are; undefined where they are. */
  whyUnsure(silentMs: number): string | undefined;
  /** Resolves when the lanes counted at first have read their topics. */
  settled(): Promise<unknown>;
  close(): Promise<void>;
}

/** What a view counted of the log. */
export interface ServedCut {
  readonly generation: Generation;
  readonly cut: CutVector;
}

export interface GenerationLanesDeps {
  readonly configured: InGeneration;
  /** Undefined where the configured generation is the only one. */
  readonly follower: Pick<GenerationFollower, 'current' | 'ageMs' | 'nudge'> | undefined;
  readonly open: (shape: InGeneration) => GenerationLane;
}

export function createGenerationLanes({ configured, follower, open }: GenerationLanesDeps): GenerationLanes {
  let lanes: readonly GenerationLane[] = [];
  let view: ServedCut | undefined;
  let isViewless = false;
  const closing = new Set<Promise<void>>();

  const wanted = (): readonly InGeneration[] => {
    const history: GenerationHistory = follower?.current() ?? [];
    // Until it is known which view is served: what any of them needs, and hardly ever more.
    if (view === undefined && !isViewless)
      return countedSince(history, configured, readIn(history, configured).generation);
    return countedSince(history, configured, view?.generation);
  };

  const cutOf = ({ generation }: InGeneration): CutVector =>
    generation === view?.generation ? view.cut : {};

  const refresh = (): void => {
    const shapes = wanted();
    if (shapes.length === 0) return follower?.nudge();
    const laneOf = (shape: InGeneration): GenerationLane => {
      const known = lanes.find((lane) => lane.shape.generation === shape.generation);
      if (known !== undefined) return known;
      const lane = open(shape);
      lane.speed.setCut(cutOf(shape));
      return lane;
    };
    const next = shapes.map(laneOf);
    for (const lane of lanes.filter((one) => !next.includes(one))) {
      const closed = lane.close().finally(() => closing.delete(closed));
      closing.add(closed);
    }
    lanes = next;
  };

  refresh();
  return {
    counted: () => lanes,
    serve(next) {
      view = next;
      refresh();
      for (const { shape, speed } of lanes) speed.setCut(cutOf(shape));
      if (lanes[0]?.shape.generation !== next.generation) follower?.nudge();
    },
    async prepare(next) {
      const lane = lanes.find(({ shape }) => shape.generation === next.generation);
      if (lane !== undefined) await inTurns(lane.speed.prepareCut(next.cut));
    },
    serveWithoutView() {
      isViewless = true;
      refresh();
    },
    refresh,
    whyUnsure(silentMs) {
      if (follower === undefined) return undefined;
      if (follower.current() === undefined) return 'the topic generations are not known yet';
      const ageMs = follower.ageMs();
      if (ageMs === Infinity) return 'the topic generations are remembered, and nobody confirms them';
      if (ageMs > silentMs) return `the topic generations were not heard for ${Math.floor(ageMs / 1000)} s`;
      return undefined;
    },
    settled: () => Promise.all(lanes.map((lane) => lane.settled)),
    async close() {
      await Promise.all([...closing, ...lanes.map((lane) => lane.close())]);
    },
  };
}
