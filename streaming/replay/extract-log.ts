/**
 * Replays the extractor's fold over raw records of the lake. What side inputs answered then is taken from the clean
 * tables; duplicates are known from the log before the range, which is folded first without putting anything out.
 */
import {
  decide,
  finish,
  logTimeAfter,
  type ExtractLimits,
  type RawRecord,
  type SeenKeys,
} from '../../domain/extract.ts';
import type { EventOwners } from '../../domain/erasure/book.ts';
import { parseEvent } from '../../domain/events/validate.ts';
import { recordedInputs, type SideInputs } from '../../domain/side-inputs.ts';
import type { EpochMs } from '../../domain/time.ts';
import type { CleanCodec } from '../../infra/avro/codec.ts';
import type { OffsetRange } from '../../infra/lake/windows.ts';
import type { ExtractState } from '../../infra/state/extract-state.ts';
import type { ReplayOutput, ReplayTarget } from './port.ts';
import { number } from './ranges.ts';
import { readRecordedRaw, type RawSource, type RecordedRaw } from './raw-rows.ts';

export interface ExtractReplayDeps extends RawSource {
  readonly codec: CleanCodec;
  /** Of the replay's own, empty. */
  readonly state: ExtractState;
  readonly limits: ExtractLimits;
  /** Whose the events of a partition are; absent where nobody was erased. */
  readonly ownersOf?: ((partition: number) => EventOwners) | undefined;
  readonly countries: ReadonlySet<string> | undefined;
  /** Looked in instead of what was recorded; what is left out is as it was recorded. */
  readonly lookups?: Pick<SideInputs, 'catalogue' | 'pages'>;
  readonly target: ReplayTarget;
  /** Called after each window that was read, those before the range as well. */
  readonly onWindow?: () => void;
}

/** Folds one partition's range; answers how many raw records it took, those before the range not counted. */
export async function replayExtract(deps: ExtractReplayDeps, range: OffsetRange): Promise<number> {
  const start = await warmStart(deps, range);
  await deps.state.load(range.partition);
  const fold = createFold(deps, range);
  await settleBefore(deps, { ...range, from: 0, to: start }, fold.settle);
  let taken = 0;
  for await (const window of readRecordedRaw(deps, { ...range, from: start })) {
    const outputs = await fold.take(window);
    deps.onWindow?.();
    taken += window.filter(({ record }) => record.offset >= range.from).length;
    if (outputs.length > 0) await deps.target.take(outputs);
  }
  return taken;
}

function createFold(
  { codec, state, limits, countries, lookups, ownersOf }: ExtractReplayDeps,
  { partition, from }: OffsetRange,
) {
  const owners = ownersOf?.(partition);
  let logTime: EpochMs = 0;
  let stored: number | null = null;
  let settled: number[] = [];

  function outputOf({ record, recorded }: RecordedRaw, seen: SeenKeys, sighted: Map<string, EpochMs>) {
    logTime = logTimeAfter(logTime, record);
    const decision = decide(record, logTime, seen, limits, owners);
    if (decision.key !== undefined) sighted.set(decision.key, logTime);
    const outcome =
      decision.type === 'fresh'
        ? finish(record, logTime, decision, { ...recordedInputs(recorded, countries), ...lookups })
        : decision;
    if (outcome.type !== 'dead' && record.redriven !== undefined) settled.push(record.redriven.from);
    return outcome;
  }

  return {
    settle: (offsets: readonly number[]) => void settled.push(...offsets),
    async take(window: readonly RecordedRaw[]): Promise<ReplayOutput[]> {
      const sighted = new Map<string, EpochMs>();
      const seen: SeenKeys = {
        lastSeen: (key) => sighted.get(key) ?? state.lastSeen(partition, key),
        isSettled: (rawOffset) => settled.includes(rawOffset) || state.isSettled(partition, rawOffset),
      };
      const outputs: ReplayOutput[] = [];
      for (const one of window) {
        const outcome = outputOf(one, seen, sighted);
        if (outcome.type !== 'clean' || one.record.offset < from) continue;
        const { topic, record } = outcome;
        const { profileId: key } = record.event;
        outputs.push({ topic, partition, key, record, value: codec.encodeClean(topic, record) });
      }
      const position = window.at(-1)!.record.offset + 1;
      const forgetBefore = logTime - limits.dedupeWindowMs;
      await state.commit(partition, {
        expected: stored,
        position,
        logTime,
        seen: sighted,
        settled,
        forgetBefore,
      });
      stored = position;
      settled = [];
      return outputs;
    },
  };
}

/** The first offset whose log time is within the window before the range: what came earlier decides nothing in it. */
async function warmStart({ lake, raw, limits }: ExtractReplayDeps, range: OffsetRange): Promise<number> {
  const { generation, partition, from } = range;
  const sql = `WITH log AS (SELECT "offset", append_time FROM ${raw}
      WHERE generation = $generation AND "partition" = $partition AND "offset" <= $from)
    SELECT CAST(min("offset") AS DOUBLE) AS start FROM log
    WHERE epoch_ms(append_time) >= (SELECT epoch_ms(max(append_time)) FROM log) - $window`;
  const params = { generation, partition, from, window: limits.dedupeWindowMs };
  const rows = await lake.read((connection) => connection.query(sql, params));
  return Math.min(from, number(rows, 'start', 0) ?? from);
}

/**
 * Letters settled before the log that is folded: those of which a redriven record was an event. (One that contradicted
 * itself is taken for settled as well, where its letter is older than the dedupe window.)
 */
async function settleBefore(
  { lake, raw }: ExtractReplayDeps,
  { generation, partition, to }: OffsetRange,
  settle: (offsets: readonly number[]) => void,
): Promise<void> {
  const sql = `SELECT CAST(redriven_from AS DOUBLE) AS redriven_from, value FROM ${raw}
    WHERE generation = $generation AND "partition" = $partition AND "offset" < $to AND redriven_from IS NOT NULL`;
  const rows = await lake.read((connection) => connection.query(sql, { generation, partition, to }));
  const values = rows.columns['value'];
  if (values?.kind !== 'blob') return;
  const offsets = values.values.flatMap((value, row) => {
    const from = number(rows, 'redriven_from', row);
    return from !== undefined && isEvent(value) ? [from] : [];
  });
  settle(offsets);
}

const isEvent = (value: RawRecord['value']): boolean =>
  value !== null && parseEvent(Buffer.from(value).toString('utf8')).ok;
