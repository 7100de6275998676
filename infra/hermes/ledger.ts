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
  /** Rejects when the topic can no longer be followed. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

const FORGOTTEN_MS = DAY_MS;
/** Reports that a subscriber may miss before it is called silent. */
const MISSED_REPORTS = 3;

/** How long a subscriber that reports so often may be quiet. */
export const silentAfter = (statusIntervalMs: number): number => MISSED_REPORTS * statusIntervalMs;

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
    closed: reader.closed,
    close: () => reader.stop(),
  };
}

/** A ledger that is opened when it is first asked, and anew after Kafka was away. */
export interface StandingLedger {
  /** LOG_UNAVAILABLE while the topic cannot be read. */
  of(view: ViewName, served: ViewVersion | null): Promise<LedgerLine[]>;
  close(): Promise<void>;
}

export function createStandingLedger(open: () => Promise<Ledger>): StandingLedger {
  let opening: Promise<Ledger> | undefined;

  function opened(): Promise<Ledger> {
    if (opening !== undefined) return opening;
    const begun = open();
    const forget = (): void => {
      if (opening === begun) opening = undefined;
    };
    opening = begun;
    begun.then(({ closed }) => closed.then(forget, forget), forget);
    return begun;
  }

  return {
    of: async (view, served) => (await opened()).of(view, served),
    close: async () => opening?.then((ledger) => ledger.close()).catch(() => undefined),
  };
}
