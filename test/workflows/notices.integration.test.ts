import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { createActivities, type NoticeDeps } from '../../activities/activities.ts';
import { MarqueeError } from '../../domain/errors.ts';
import { region } from '../../domain/ids.ts';
import { draftNotice, type Notice, type NoticeDraft } from '../../domain/notices/notice.ts';
import type { LedgerLine } from '../../domain/subscriber-status.ts';
import { viewName, viewVersion } from '../../domain/views.ts';
import { noticeWorkflowId, WORKFLOW_TYPES } from '../../domain/workflow-ids.ts';
import { createWebhook } from '../../infra/notices/webhook.ts';
import { createRefreshes } from '../../infra/temporal/refreshes.ts';
import type { RunningWorker } from '../../infra/temporal/worker.ts';
import { createActivityWorld, POPULARITY, type ActivityWorld } from '../support/activity-world.ts';
import { until } from '../support/until.ts';
import { startReceiver, type Receiver, type ReceiverAnswer } from '../support/webhook-receiver.ts';
import { startSkippingTemporal, type Session, type SkippingTemporal } from '../support/workflows.ts';

const TEST = region('test');
const CLUSTERS = viewName('clusters');
const SECRETS = ['whsec_bWFycXVlZS1pcy10ZXN0aW5nLWl0cy13ZWJob29rcw=='];

let skipping: SkippingTemporal;
let session: Session;
let world: ActivityWorld;
let worker: RunningWorker | undefined;
const receivers: Receiver[] = [];

before(async () => {
  skipping = await startSkippingTemporal();
});
after(() => skipping.close());
beforeEach(async () => {
  session = skipping.session();
  world = await createActivityWorld();
});
afterEach(async () => {
  await worker?.stop();
  for (const receiver of receivers.splice(0)) receiver.close();
  await world.close();
});

async function work(change: Partial<NoticeDeps> = {}): Promise<void> {
  worker = await session.worker(
    createActivities({ ...world.deps, notices: { ...world.deps.notices, ...change } }),
  );
}

/** A receiver that answers so, one after the other, and then 204. */
async function hook(...answers: readonly ReceiverAnswer[]) {
  const receiver = await startReceiver(answers);
  receivers.push(receiver);
  return {
    receiver,
    webhook: createWebhook(receiver.address, { secrets: SECRETS, timeoutMs: 300, details: false }),
  };
}

const draft: NoticeDraft = draftNotice({
  ...{ kind: 'refused', region: TEST, view: CLUSTERS, version: viewVersion(4) },
  ...{ rule: 'minimum-rows', reason: 'too few', unique: 4 },
});

async function deliver(): Promise<unknown> {
  const { temporal } = session;
  const delivered: unknown = await temporal.client.workflow.execute('deliverNotice', {
    workflowId: noticeWorkflowId(TEST, `${draft.id}-${temporal.taskQueue}`),
    taskQueue: temporal.taskQueue,
    args: [draft],
  });
  return delivered;
}

test('a webhook that fails, hangs or cuts the connection gets the notice in the end, under one id', async () => {
  const shaky = await hook(500, 'hang', 'cut', 503);
  await work({ hooks: [shaky.webhook], tries: { ...world.deps.notices.tries, attempts: 9 } });
  assert.deepEqual(await deliver(), { topic: true, hooks: { [shaky.webhook.name]: true } });
  const { posted } = shaky.receiver;
  assert.deepEqual([posted.length, new Set(posted.map(({ id }) => id)).size], [5, 1]);
  assert.ok(posted.every(({ isSigned }) => isSigned(SECRETS[0]!)));
  assert.deepEqual(
    world.told.map(({ id, at }) => [id, at.endsWith('Z')]),
    [[draft.id, true]],
  );
});

test('one that never takes it is given up, and keeps neither another nor the topic from it', async () => {
  const dead = await hook(...Array.from({ length: 9 }, () => 500));
  const fine = await hook();
  await work({ hooks: [dead.webhook, fine.webhook] });
  const { attempts } = world.deps.notices.tries;
  assert.deepEqual(await deliver(), {
    topic: true,
    hooks: { [dead.webhook.name]: false, [fine.webhook.name]: true },
  });
  assert.deepEqual([dead.receiver.posted.length, fine.receiver.posted.length], [attempts, 1]);
});

test('a redirect is not followed and not tried again', async () => {
  const moved = await hook(302);
  await work({ hooks: [moved.webhook] });
  assert.deepEqual(await deliver(), { topic: true, hooks: { [moved.webhook.name]: false } });
  assert.equal(moved.receiver.posted.length, 1);
});

test('while the log is away webhooks hear of it, and the topic afterwards', async () => {
  const fine = await hook();
  let failures = 5;
  await work({
    hooks: [fine.webhook],
    topic: {
      async append(notice) {
        if (failures-- > 0) throw new MarqueeError('LOG_UNAVAILABLE', { reason: 'away' });
        await world.deps.notices.topic.append(notice);
      },
    },
  });
  assert.deepEqual(await deliver(), { topic: true, hooks: { [fine.webhook.name]: true } });
  assert.equal(world.told.length, 1);
});

test('what becomes of versions is told: published, refused by a rule, failed', async () => {
  await world.appendPlays(40);
  const refreshes = createRefreshes({ temporal: session.temporal, region: TEST });
  let outcome: 'fine' | 'refused' | 'broken' = 'fine';
  worker = await session.worker(
    createActivities({
      ...world.deps,
      async validate() {
        if (outcome === 'broken') throw new MarqueeError('OBJECT_STORE_DENIED', { key: 'k', reason: 'no' });
        return outcome === 'refused' ? { rule: 'minimum-rows', reason: 'too few' } : null;
      },
    }),
  );
  await refreshes.refresh(POPULARITY);
  await refreshes.refresh(POPULARITY);
  for (outcome of ['refused', 'broken'] as const) {
    await world.appendPlays(40);
    await refreshes.refresh(POPULARITY).catch(() => undefined);
  }
  await until(() => world.told.length === 3, 30_000);
  const told = world.told.toSorted((a, b) => Number(a.version) - Number(b.version));
  assert.deepEqual(
    told.map(({ kind, version, rule, reason }) => [kind, version, rule, reason]),
    [
      ['published', 1, null, null],
      ['refused', 2, 'minimum-rows', 'too few'],
      ['failed', 3, 'failed', 'The object store refused k: no'],
    ],
  );
});

test('a look finds who is late and what operators did, and has each told once', async () => {
  let now = Date.parse('2026-02-03T04:00:00Z');
  const behind = { subscriber: 'host:1', standing: 'behind' } as LedgerLine;
  const { outbox } = world.deps.notices;
  await work({
    now: () => now,
    promises: async () => [{ view: CLUSTERS, everyMs: 60_000 }],
    ledger: { of: async () => [behind] },
  });
  const { temporal } = session;
  const look = (unique: number) =>
    temporal.client.workflow.execute(WORKFLOW_TYPES.watch, {
      workflowId: `test:watch:${unique}:${temporal.taskQueue}`,
      taskQueue: temporal.taskQueue,
      args: [],
    });
  assert.deepEqual(await look(1), { told: [] });
  now += 10 * 60_000;
  const pinned: Notice = {
    ...draftNotice({ kind: 'pinned', region: TEST, view: CLUSTERS, unique: temporal.taskQueue }),
    at: new Date(now).toISOString(),
  };
  await outbox.put(pinned);
  const { told } = (await look(2)) as { told: string[] };
  assert.equal(told.length, 3);
  assert.deepEqual(await look(3), { told: [] });
  // As after a crash between the beginning of the delivery and its being noted.
  await outbox.put(pinned);
  assert.deepEqual(await look(4), { told: [pinned.id] });
  await until(() => world.told.length === 3, 30_000);
  assert.deepEqual(world.told.map(({ kind }) => kind).toSorted(), ['laggards', 'overdue', 'pinned']);
});
