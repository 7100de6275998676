/** Completers of the partitions that this process owns, each taking its turn now and then. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ErasureBook } from '../../domain/erasure/book.ts';
import type { DerivedRecord } from '../../domain/events/derived.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import { topicName } from '../../domain/topics.ts';
import type { CleanCodec } from '../../infra/avro/codec.ts';
import type { LogProducer } from '../../infra/kafka/producer-port.ts';
import type { ProfileClient } from '../../infra/profiles/client.ts';
import type { PendingCompletions } from '../../infra/state/extract-state.ts';
import { createCompleter } from './completer.ts';

export interface CompletionsDeps {
  readonly profiles: Pick<ProfileClient, 'answers'>;
  readonly pending: PendingCompletions;
  readonly producer: LogProducer;
  readonly codec: CleanCodec;
  readonly region: Region;
  readonly generation: Generation;
  /** Absent where nobody is ever erased. */
  readonly erasures?: Pick<ErasureBook, 'owners'> | undefined;
  readonly batch: number;
  readonly intervalMs: number;
  readonly onCompleted?: (count: number) => void;
  readonly onFailed?: (error: unknown) => void;
}

export interface Completions {
  begin(partition: number): void;
  end(partition: number): void;
  /** Waits for turns under way. */
  close(): Promise<void>;
}

export function createCompletions(deps: CompletionsDeps): Completions {
  const { profiles, intervalMs } = deps;
  const running = new Map<number, AbortController>();
  const turns = new Set<Promise<void>>();

  async function run(partition: number, { signal }: AbortController): Promise<void> {
    const { region, generation, pending, batch } = deps;
    const completer = createCompleter({
      ...{ partition, region, generation, pending, batch },
      owners: deps.erasures?.owners(generation, partition),
      ask: async (profileIds) => profiles.answers(profileIds),
      send: (to, records) => send(deps, to, records),
      now: Date.now,
    });
    while (!signal.aborted) {
      await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      try {
        const completed = await completer.turn();
        if (completed > 0) deps.onCompleted?.(completed);
      } catch (error) {
        deps.onFailed?.(error);
      }
    }
  }

  function end(partition: number): void {
    running.get(partition)?.abort();
    running.delete(partition);
  }

  return {
    begin(partition) {
      end(partition);
      const stopping = new AbortController();
      running.set(partition, stopping);
      const turn = run(partition, stopping);
      turns.add(turn);
      void turn.finally(() => turns.delete(turn));
    },
    end,
    async close() {
      for (const partition of [...running.keys()]) end(partition);
      await Promise.all(turns);
    },
  };
}

async function send(
  { producer, codec, region, generation }: CompletionsDeps,
  partition: number,
  records: readonly DerivedRecord<'completions'>[],
): Promise<void> {
  const messages = records.map((record) => ({
    partition,
    key: record.profileId,
    value: codec.encodeDerived('completions', record),
    timestamp: record.version,
  }));
  await producer.send([{ topic: topicName(region, generation, 'completions'), messages }]);
}
