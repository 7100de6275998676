import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { Activities, DeliveryTries } from '../activities/activities.ts';
import type { Notice, NoticeDraft } from '../domain/notices/notice.ts';
import { patient, quick } from './activity-proxies.ts';
import { show } from './visibility.ts';

/** What came of it, by place. */
export interface Delivery {
  readonly topic: boolean;
  /** By the webhook's name. */
  readonly hooks: Readonly<Record<string, boolean>>;
}

/** Takes a notice to the topic and to every webhook, each on its own: one that is away keeps nobody from hearing. */
export async function deliverNotice(draft: NoticeDraft): Promise<Delivery> {
  const notice: Notice = { ...draft, at: draft.at ?? workflowInfo().startTime.toISOString() };
  show({ phase: 'notifying', view: notice.view, version: notice.version });
  const { hooks, tries } = await quick.planDelivery();
  const post = postingWith(tries);
  const cameThrough = (work: Promise<void>): Promise<boolean> =>
    work.then(
      () => true,
      () => false,
    );
  const [topic, ...posted] = await Promise.all([
    cameThrough(patient.appendNotice({ notice })),
    ...hooks.map((hook) => cameThrough(post.postNotice({ notice, hook }))),
  ]);
  show({ phase: 'done' });
  return { topic, hooks: Object.fromEntries(hooks.map((hook, i) => [hook, posted[i] === true])) };
}

const postingWith = ({ attempts, pauseMs, longestPauseMs, timeoutMs }: DeliveryTries) =>
  proxyActivities<Activities>({
    startToCloseTimeout: timeoutMs,
    retry: {
      initialInterval: pauseMs,
      backoffCoefficient: 2,
      maximumInterval: longestPauseMs,
      maximumAttempts: attempts,
    },
  });
