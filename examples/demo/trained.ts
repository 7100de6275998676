/** A training run by Temporal on the demo's own lake, until serving ranks by what it published. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MarqueeError } from '../../domain/errors.ts';
import type { Config } from '../../infra/config.ts';
import { createTemporal } from '../../infra/temporal/client.ts';
import { createTrainings } from '../../infra/temporal/trainings.ts';

/** The model behind Top Picks. */
const MODEL = 'als';
const VIEW = 'item-factors';
const SERVED_WITHIN_MS = 30_000;
const ASK_EVERY_MS = 200;

/** Throws INTERNAL where no version was announced, or serving does not take it. */
export async function trained(config: Config, servingUrl: string): Promise<void> {
  const temporal = createTemporal(config.temporal);
  try {
    const { models } = await createTrainings({ temporal, region: config.region }).train([MODEL]);
    const outcome = models.find(({ model }) => model === MODEL);
    if (outcome?.outcome !== 'announced') {
      const reason = outcome === undefined || !('reason' in outcome) ? 'nothing was trained' : outcome.reason;
      throw new MarqueeError('INTERNAL', { reason: `model ${MODEL} was not published: ${reason}` });
    }
    await served(servingUrl, outcome.version);
  } finally {
    await temporal.close();
  }
}

async function served(url: string, version: number): Promise<void> {
  const givesUpAt = Date.now() + SERVED_WITHIN_MS;
  for (;;) {
    const response = await fetch(`${url}/v1/home?rows=1&limit=1`);
    const { views = {} } = (await response.json()) as { views?: Readonly<Record<string, number | null>> };
    if ((views[VIEW] ?? 0) >= version) return;
    if (Date.now() > givesUpAt)
      throw new MarqueeError('INTERNAL', {
        reason: `serving does not rank by version ${version} of ${VIEW}`,
      });
    await sleep(ASK_EVERY_MS);
  }
}
