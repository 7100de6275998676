/** The ledger of subscribers: who serves which version of a view, read from `subscriber-status` and followed. */
import {
  ledgerOf,
  readSubscriberStatus,
  type HeardStatus,
  type LedgerLine,
} from '../../domain/subscriber-status.ts';
import { topicName } from '../../domain/topics.ts';
import { DAY_MS } from '../../domain/time.ts';
import type { ViewName, ViewVersion } from '../../domain/views.ts';
import type { Generation, Region } from '../../domain/ids.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { readAll } from '../kafka/reader.ts';

export interface LedgerOptions {
  readonly region: Region;
  readonly generation: Generation;
  /** How long a subscriber may be quiet before it is called silent; whoever was quiet for a day is left out. */
  readonly silentMs: number;
  readonly now?: () => number;
}

export interface Ledger {
  /** Those who follow a view, as reported until now, held against the version that they should serve. */
  of(view: ViewName, served: ViewVersion | null): LedgerLine[];
  close(): Promise<void>;
}

const FORGOTTEN_MS = DAY_MS;

/** Resolves when the topic was read to its end, which is followed from then on. LOG_UNAVAILABLE. */
export async function openLedger(
  kafka: KafkaClient,
  { region, generation, silentMs, now = Date.now }: LedgerOptions,
): Promise<Ledger> {
  const heard = new Map<string, HeardStatus>();
  const reader = await readAll(kafka, {
    topic: topicName(region, generation, 'subscriber-status'),
    live: true,
    onRecords({ records }) {
      for (const { key, value, timestamp } of records) {
        const id = String(key ?? '');
        const status = value === null ? undefined : readSubscriberStatus(id, String(value));
        if (status === undefined) heard.delete(id);
        else heard.set(id, { ...status, heardAt: timestamp });
      }
    },
  });
  await reader.caughtUp;
  return {
    of(view, served) {
      const since = now() - FORGOTTEN_MS;
      const ofView = [...heard.values()].filter((one) => one.view === view && one.heardAt >= since);
      return ledgerOf(ofView, served, now(), silentMs);
    },
    close: () => reader.stop(),
  };
}
