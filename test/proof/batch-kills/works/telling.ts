/** A notice that an operator left is told: on the topic and to a webhook, under one id however often, and by one delivery. */
import { randomUUID } from 'node:crypto';
import { draftNotice, type Notice } from '../../../../domain/notices/notice.ts';
import { topicName } from '../../../../domain/topics.ts';
import { noticeWorkflowId, watchId, WORKFLOW_TYPES } from '../../../../domain/workflow-ids.ts';
import { openKafka } from '../../../../infra/connections.ts';
import { silentLog } from '../../../../infra/log.ts';
import { createOutbox } from '../../../../infra/notices/outbox.ts';
import { readTopic, textOf } from '../../../support/kafka-log.ts';
import { startReceiver } from '../../../support/webhook-receiver.ts';
import type { Delivery } from '../../../../workflows/deliver-notice.ts';
import type { KillRegion } from '../region.ts';
import type { Work } from '../scenario.ts';
import { POPULARITY } from './views.ts';

const SECRET = `whsec_${Buffer.from('a secret of a proof, of no use elsewhere').toString('base64')}`;

export async function telling(region: KillRegion): Promise<Work> {
  const { config, store, temporal } = region;
  const { region: home, generation } = config;
  const kafka = openKafka(config, silentLog());
  const receiver = await startReceiver();
  const outbox = createOutbox(store, home);
  region.forWorkers({ env: { NOTIFY_WEBHOOKS: receiver.address, NOTIFY_WEBHOOK_SECRETS: SECRET } });
  let left: Notice;

  async function onTopic(): Promise<string[]> {
    const records = await readTopic(kafka, topicName(home, generation, 'notifications'));
    const told = [...records.values()].flat().map(textOf);
    return told.filter((text) => (JSON.parse(text) as Notice).id === left.id);
  }

  return {
    async begin() {
      const draft = draftNotice({ kind: 'unpinned', region: home, view: POPULARITY, unique: randomUUID() });
      left = { ...draft, at: new Date().toISOString() };
      await outbox.put(left);
      const handle = await temporal.client.workflow.start(WORKFLOW_TYPES.watch, {
        workflowId: `${watchId(home)}:${randomUUID()}`,
        taskQueue: config.temporal.taskQueue,
        args: [],
      });
      return () => handle.result();
    },
    async differences() {
      const differences: string[] = [];
      const topic = await onTopic();
      const posted = receiver.posted.filter(({ id }) => id === left.id);
      if (topic.length === 0 || new Set(topic).size !== 1) differences.push(`on the topic: ${topic.join()}`);
      const bodies = new Set(posted.map(({ body }) => body));
      if (bodies.size !== 1 || !posted.every((one) => one.isSigned(SECRET)))
        differences.push(`posted: ${posted.length} times, ${bodies.size} bodies`);
      const waiting = await outbox.list(10);
      if (waiting.length > 0) differences.push(`${waiting.length} notices still wait`);
      const told = temporal.client.workflow.getHandle(noticeWorkflowId(home, left.id));
      const delivered = (await told.result()) as Delivery;
      const { topic: isOnTopic, hooks } = delivered;
      if (!isOnTopic || Object.values(hooks).join() !== 'true')
        differences.push(`delivered: ${JSON.stringify(delivered)}`);
      return differences;
    },
    async close() {
      receiver.close();
      await kafka.close();
    },
  };
}
