/** Inverse-propensity estimates on real choices: what one policy of Open Bandit is worth, told from the log of the other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policyValue, type PolicyValue } from '../../../domain/policy-value.ts';
import { loadLocalConfig } from '../../../infra/config.ts';
import { fetchOpenBandit, type BanditImpression } from '../../../infra/datasets/open-bandit.ts';

async function fetched(): Promise<BanditImpression[] | Error> {
  try {
    return await fetchOpenBandit({ cacheDir: loadLocalConfig().local.cacheDir });
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** How often a policy shows each item of a campaign at each position, over the week. */
function frequencies(log: readonly BanditImpression[]): (one: BanditImpression) => number {
  const counts = new Map<string, number>();
  const keysOf = ({ campaign, position, itemId }: BanditImpression) => {
    const place = `${campaign} ${position}`;
    return [place, `${place} ${itemId}`] as const;
  };
  for (const one of log) for (const key of keysOf(one)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return (one) => {
    const [place, item] = keysOf(one);
    return (counts.get(item) ?? 0) / counts.get(place)!;
  };
}

function valueFrom(
  log: readonly BanditImpression[],
  targetOf: (one: BanditImpression) => number,
): PolicyValue {
  return policyValue(
    log.map((one) => ({
      gain: one.clicked ? 1 : 0,
      logged: one.propensity,
      target: targetOf(one),
    })),
  );
}

const percent = (share: number): string => `${(100 * share).toFixed(3)} %`;

test("what the bandit is worth lies near the estimate from the random policy's log, and not near the raw rate", async (t) => {
  const impressions = await fetched();
  if (impressions instanceof Error) {
    t.skip(`Open Bandit could not be fetched, so nothing is proven: ${impressions.message}`);
    return;
  }
  const of = (policy: string) => impressions.filter((one) => one.policy === policy);
  const [random, bandit] = [of('random'), of('bts')];
  assert.deepEqual([random.length, bandit.length], [30_000, 30_000]);
  const rateOf = (log: readonly BanditImpression[]): number =>
    log.filter(({ clicked }) => clicked).length / log.length;
  const say = (
    name: string,
    truth: number,
    { raw, estimate, standardError, effectiveChoices }: PolicyValue,
  ) =>
    t.diagnostic(
      `${name}: truth ${percent(truth)}, raw ${percent(raw)}, estimate ${percent(estimate)} ± ${percent(1.96 * standardError)}, worth ${Math.round(effectiveChoices)} choices`,
    );

  const truth = rateOf(bandit);
  const found = valueFrom(random, frequencies(bandit));
  say('bandit from random', truth, found);
  const within = 1.96 * found.standardError;
  assert.ok(Math.abs(found.estimate - truth) < within);
  assert.ok(Math.abs(found.estimate - truth) < Math.abs(found.raw - truth) / 2);

  // The other way round the bandit shows some items once in a million: the estimate is as good as its interval, which is wide.
  const back = valueFrom(bandit, frequencies(random));
  say('random from bandit', rateOf(random), back);
  assert.ok(Math.abs(back.estimate - rateOf(random)) < 1.96 * back.standardError);
  assert.ok(back.effectiveChoices < found.effectiveChoices / 10);
});
