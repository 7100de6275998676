/** What one topic generation adds to the view: its cells, how far its logs reach, and which of its lanes are silent. */
import type { InGeneration } from '../domain/generations.ts';
import type { Region } from '../domain/ids.ts';
import { topicName } from '../domain/topics.ts';
import type { Config } from '../infra/config.ts';
import type { Log } from '../infra/log.ts';
import type { SpeedSnapshots } from '../infra/speed-snapshots/store.ts';
import { followTopic, type FollowStatus, type OpenReader } from '../infra/kafka/follow-topic.ts';
import { followLogEnds, type AskBounds, type LogEnds } from './log-end.ts';
import { patiently } from '../infra/patience.ts';
import type { RowPlaysPart } from './row-plays-part.ts';
import { takeInTurns } from './in-turns.ts';
import { createSilence, type Silence } from './silence.ts';
import { beginFromSnapshot, keepSnapshots } from './speed-snapshots.ts';
import { createSpeedPart, type SpeedPart } from './speed-part.ts';

export interface GenerationLane {
  readonly shape: InGeneration;
  readonly speed: SpeedPart;
  /** Of the speed-view topic. */
  readonly followed: () => FollowStatus;
  /** Of the topic of attributed plays. */
  readonly playsFollowed: () => FollowStatus;
  /** Of the clean topics. */
  readonly logEnds: () => LogEnds;
  readonly silence: Silence;
  /** Resolves once the cells and the ends of the logs were read, or the lane was closed. */
  readonly settled: Promise<unknown>;
  close(): Promise<void>;
}

export interface GenerationLaneDeps {
  readonly region: Region;
  readonly serving: Pick<
    Config['serving'],
    'logEndIntervalMs' | 'speedSilentMs' | 'snapshotIntervalMs' | 'snapshotPatienceMs'
  >;
  readonly openTopic: (topic: string, shape: InGeneration) => OpenReader;
  readonly askBounds: (...question: [...Parameters<AskBounds>, InGeneration]) => ReturnType<AskBounds>;
  /** Undefined where cells are always read from the topic. */
  readonly openSnapshots?: ((shape: InGeneration) => SpeedSnapshots) | undefined;
  readonly rowPlays: Pick<RowPlaysPart, 'take' | 'reset'>;
  /** Called now and then, whether anybody asks for an answer or not. */
  readonly onTurn: () => void;
  readonly log: Log;
  readonly now: () => number;
}

const MIN_LOOK_MS = 50;
/** How often it is looked whether a snapshot is due: another process may have been on its way and ended. */
const LOOKS_A_SNAPSHOT = 5;

/** Begins to follow at once; every server is met in the background. */
export function openGenerationLane(deps: GenerationLaneDeps, shape: InGeneration): GenerationLane {
  const { region, serving, rowPlays, onTurn, now } = deps;
  const log = deps.log.child({ generation: shape.generation });
  const speed = createSpeedPart(shape, log);
  const open = (kind: 'speed-view' | 'attributed-plays') => {
    const topic = topicName(region, shape.generation, kind);
    return { open: deps.openTopic(topic, shape), log: log.child({ topic }), now };
  };
  const inTurns = takeInTurns(speed.take);
  const snapshots = deps.openSnapshots?.(shape);
  const cells = followTopic({
    ...open('speed-view'),
    ...(snapshots && {
      begin: () => beginFromSnapshot({ snapshots, speed, log }, serving.snapshotPatienceMs),
    }),
    onRecords: inTurns.take,
    onReset() {
      inTurns.forget();
      speed.reset();
    },
  });
  const stopSnapshots =
    snapshots &&
    keepSnapshots({
      ...{ snapshots, speed, followed: cells.status, log },
      lookMs: Math.max(MIN_LOOK_MS, serving.snapshotIntervalMs / LOOKS_A_SNAPSHOT),
    });
  const plays = followTopic({
    ...open('attributed-plays'),
    onRecords: (batch) => rowPlays.take(batch, shape),
    onReset: rowPlays.reset,
  });
  const logEnds = followLogEnds({
    ask: (topic) => deps.askBounds(topic, shape),
    intervalMs: serving.logEndIntervalMs,
    ...{ onTurn, log, now },
  });
  return {
    ...{ shape, speed, followed: cells.status, playsFollowed: plays.status, logEnds: logEnds.ends },
    silence: createSilence({ silentMs: serving.speedSilentMs, now }),
    settled: Promise.all([cells.caughtUp, logEnds.known]),
    close: () => patiently(stopSnapshots?.(), cells.close(), plays.close(), logEnds.close()),
  };
}
