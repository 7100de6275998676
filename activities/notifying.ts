import { Context } from '@temporalio/activity';
import { MarqueeError } from '../domain/errors.ts';
import { isOver } from '../domain/canary/candidate.ts';
import type { Notice } from '../domain/notices/notice.ts';
import { watch, type SeenView, type ViewPromise, type WatchRules } from '../domain/notices/watch.ts';
import { servedVersion, type ViewName } from '../domain/views.ts';
import type { StandingLedger } from '../infra/hermes/ledger.ts';
import type { NoticeAlert } from '../infra/notices/alert.ts';
import type { Outbox } from '../infra/notices/outbox.ts';
import type { NoticeTopic } from '../infra/notices/topic.ts';
import type { WatchStore } from '../infra/notices/watch-store.ts';
import type { Webhook } from '../infra/notices/webhook.ts';
import { withDeadline } from '../infra/resilience/deadline.ts';
import type { ActivityDeps } from './deps.ts';

export interface NoticeDeps {
  readonly outbox: Outbox;
  readonly store: WatchStore;
  readonly topic: Pick<NoticeTopic, 'append'>;
  readonly hooks: readonly Webhook[];
  /** Of one notice to one webhook. */
  readonly tries: DeliveryTries;
  readonly alert: NoticeAlert;
  readonly ledger: Pick<StandingLedger, 'of'>;
  /** What schedules promise, as this worker is configured. */
  readonly promises: () => Promise<readonly ViewPromise[]>;
  readonly rules: WatchRules;
  /** Clock, milliseconds since the epoch. */
  readonly now: () => number;
}

export interface DeliveryTries {
  readonly attempts: number;
  /** Before the second try; doubled before each further one, up to the longest. */
  readonly pauseMs: number;
  readonly longestPauseMs: number;
  /** For one try, longer than the webhook's own clock. */
  readonly timeoutMs: number;
}

/** Where a notice goes. */
export interface DeliveryPlan {
  /** Names of webhooks. */
  readonly hooks: readonly string[];
  readonly tries: DeliveryTries;
}

/** Notices begun to be delivered in one look; what is left waits for the next. */
const MOST_WAITING = 100;
/** Laggards are left out of a look when Kafka does not answer for so long. */
const LEDGER_MS = 5000;

/** Activities that tell what became of versions, and find out who is late. */
export function createNotifying({ views, region, notices, canary }: ActivityDeps) {
  const { outbox, store, topic, hooks, tries, alert, ledger, promises, rules, now } = notices;

  async function seen(view: ViewName): Promise<SeenView> {
    const pointer = await views.readPointer(view);
    const served = pointer === undefined ? null : servedVersion(pointer);
    const tried = await canary?.canaries.find(view);
    // A version that is tried out came in time.
    const triedAt = tried === undefined || isOver(tried, now()) ? null : now();
    const instants = [pointer && Date.parse(pointer.announcedAt), await store.unchangedAt(view), triedAt];
    const known = instants.filter((at) => typeof at === 'number');
    const late = (): Error => new Error('late');
    const lines = await withDeadline(ledger.of(view, served), LEDGER_MS, late).catch(() => undefined);
    return {
      ...{ view, served },
      freshAt: known.length === 0 ? null : Math.max(...known),
      behind: lines?.filter(({ standing }) => standing === 'behind').map(({ subscriber }) => subscriber),
    };
  }

  return {
    planDelivery: async (): Promise<DeliveryPlan> => ({ hooks: hooks.map(({ name }) => name), tries }),

    async appendNotice({ notice }: { notice: Notice }): Promise<void> {
      await topic.append(notice);
      alert.onNotice(notice);
    },

    /** One try; Temporal makes the others. */
    async postNotice({ notice, hook }: { notice: Notice; hook: string }): Promise<void> {
      const found = hooks.find(({ name }) => name === hook);
      try {
        if (found === undefined)
          throw new MarqueeError('WEBHOOK_REFUSED', { hook, reason: 'it is not configured any more' });
        await found.send(notice);
        alert.onTry(hook, notice);
      } catch (error) {
        const isLast =
          Context.current().info.attempt >= tries.attempts ||
          !(error instanceof MarqueeError && error.retryable);
        alert.onTry(hook, notice, { reason: error instanceof Error ? error.message : String(error), isLast });
        throw error;
      }
    },

    /** Looks who is late, and gives the notices whose delivery is to begin: of those, and of what operators did. */
    async watchViews(): Promise<{ readonly notices: readonly Notice[] }> {
      const { state, etag } = await store.read();
      const promised = await promises();
      const names = [...new Set(promised.map(({ view }) => view))];
      const input = {
        region,
        now: now(),
        rules,
        promises: promised,
        seen: await Promise.all(names.map(seen)),
      };
      const step = watch(state, input);
      // Before what was told is written down: whoever comes after a crash finds the same notices, under the same ids.
      for (const notice of step.notices) await outbox.put(notice);
      await store.write(step.state, etag);
      alert.onLook(step.lateness);
      return { notices: await outbox.list(MOST_WAITING) };
    },

    /** Their delivery has begun, and goes on by itself. */
    async settleNotices({ ids }: { ids: readonly string[] }): Promise<void> {
      for (const id of ids) await outbox.remove(id);
    },
  };
}
