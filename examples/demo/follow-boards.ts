/** Keeps the boards up to date from the topics that the stages write. */
import type { DerivedRecord } from '../../domain/events/derived.ts';
import { topicName, type DerivedTopic } from '../../domain/topics.ts';
import { createCleanCodec } from '../../infra/avro/codec.ts';
import type { Config } from '../../infra/config.ts';
import { openKafka } from '../../infra/connections.ts';
import { readAll, type LogReader } from '../../infra/kafka/reader.ts';
import { createLog } from '../../infra/log.ts';
import {
  createAuditBoard,
  createPlayBoard,
  createSignalBoard,
  type AuditBoard,
  type PlayBoard,
  type SignalBoard,
} from './boards.ts';
import type { ViewState } from './frame.ts';

export interface Boards {
  readonly signals: SignalBoard;
  readonly plays: PlayBoard;
  readonly audit: AuditBoard;
  close(): Promise<void>;
}

/** Follows until closed; the topics must be there. */
export async function followBoards(config: Config): Promise<Boards> {
  const { region, generation } = config;
  const kafka = openKafka(config, createLog({ name: 'demo', level: 'silent' }));
  const codec = createCleanCodec();
  const [signals, plays, audit] = [createSignalBoard(), createPlayBoard(), createAuditBoard()];

  const follow = <T extends DerivedTopic>(
    topic: T,
    take: (record: DerivedRecord<T>) => void,
  ): Promise<LogReader> =>
    readAll(kafka, {
      topic: topicName(region, generation, topic),
      live: true,
      onRecords({ records }) {
        for (const { value } of records) if (value !== null) take(codec.decodeDerived(topic, value));
      },
    });

  const readers = await Promise.all([
    follow('user-behavior-features', signals.take),
    follow('attributed-plays', plays.take),
    follow('quality-metrics', audit.take),
  ]);
  return {
    signals,
    plays,
    audit,
    async close() {
      await Promise.all(readers.map((reader) => reader.stop()));
      await kafka.close();
    },
  };
}

/** The boards as the live view shows them. */
export function stateOf(
  { signals, plays, audit }: Boards,
  names: ReadonlyMap<string, string>,
): Partial<ViewState> {
  const latest = signals.latest().map(({ profileId, signal, subject }) => {
    return `${profileId}: ${signal} ${names.get(subject) ?? subject}`;
  });
  return {
    signals: { raised: signals.raised(), latest },
    sources: plays.sources(),
    audit: { figures: audit.figures(), findings: audit.findings() },
  };
}
