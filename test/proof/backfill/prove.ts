/** Hours are made wrong and corrected, and events refused and filled in, while whoever does it is killed at each step. */
import { isDeepStrictEqual } from 'node:util';
import { viewName } from '../../../domain/views.ts';
import type { AskedEvents } from '../../../domain/backfills/order.ts';
import { until } from '../../support/until.ts';
import { throughKills } from '../batch-kills/doomed.ts';
import { countsOf, eventsOf, hoursOf } from './scenario.ts';
import { CORRECTING, DERIVING, FILLING } from './steps.ts';
import type { BackfillWorld } from './world.ts';

/** Before a change of the lake, the change, and after it. */
export const MOMENTS = ['before', 'after'] as const;
export type Moment = (typeof MOMENTS)[number];
export const REASONS = ['correct', 'fill', 'derive'] as const;
export type Reason = (typeof REASONS)[number];

export interface KilledRun {
  readonly reason: Reason;
  readonly moment: Moment;
  /** Where a worker was killed. */
  readonly kills: readonly string[];
  /** Sentences; none where all is as it should be. */
  readonly differences: readonly string[];
}

const POPULARITY = viewName('popularity');
const MOST_MS = 900_000;
/** Each look is a query, which the worker has to answer beside its work. */
const LOOK_MS = 1500;
const REFUSED = 150;
const STEPS_OF = { correct: [...CORRECTING, 'clearWork'], fill: FILLING, derive: DERIVING } as const;

/** Fills the region with what is right, and has Kafka forget it. */
export async function prepare(world: BackfillWorld): Promise<void> {
  const hours = hoursOf(Date.now());
  await world.enriched.rightly();
  await world.send(eventsOf({ name: 'wrong', count: 700, fromMs: hours.wrong, toMs: hours.after }));
  await world.send(eventsOf({ name: 'after', count: 400, fromMs: hours.after, toMs: Date.now() }));
  await world.settled();
  await world.forget();
  world.beginTraffic();
}

export async function killedThrough(
  world: BackfillWorld,
  reason: Reason,
  moment: Moment,
  onKill: (kill: string) => void,
): Promise<KilledRun> {
  const { backfills, refreshes, views } = world;
  const begin = await BEGIN[reason](world, moment);
  const helper = world.worker();
  await refreshes.refresh(POPULARITY);
  await helper.end();
  const before = (await views.listVersions(POPULARITY)).map(({ version }) => version);
  const kills = STEPS_OF[reason].map((step) => `${step}:${moment}`);
  let id = '';
  const missed = await throughKills({
    ...{ kills, onKill },
    spawn: (doom) => world.spawn(doom),
    begin: async () => {
      ({ id } = await begin());
      return () => approvedAndEnded(world, id);
    },
  });
  const { result, error, state } = await backfills.get(id);
  const differences = missed.map((kill) => `no worker was killed at ${kill}`);
  if (result?.outcome !== (reason === 'derive' ? 'derived' : 'announced'))
    differences.push(`it ended ${state} ${result?.outcome ?? ''} ${result?.reason ?? error?.message ?? ''}`);
  if (reason === 'fill' && result?.redriven?.landed !== result?.redriven?.sent)
    differences.push(`it sent and found again ${JSON.stringify(result?.redriven)}`);
  const made = (await views.listVersions(POPULARITY)).filter(({ version }) => !before.includes(version));
  if (reason === 'derive') differences.push(...(await derivedDifferences(world)));
  else if (made.length !== 1 || made[0]?.state !== 'announced')
    differences.push(
      `made ${made.map(({ version, state: is }) => `${version} ${is}`).join(', ') || 'nothing'}`,
    );
  const { totals, below } = await world.published();
  if (!isDeepStrictEqual(totals, below)) differences.push('the version does not say what the lake says');
  const left = await world.store.list(`${world.config.region}/work/`);
  differences.push(...left.map(({ key }) => `left over: ${key}`));
  return { reason, moment, kills: kills.filter((kill) => !missed.includes(kill)), differences };
}

type Begin = () => Promise<{ readonly id: string }>;

const correctOf = (name: string): AskedEvents => {
  const hours = hoursOf(Date.now());
  const [from, to] = [new Date(hours.before).toISOString(), new Date(hours.after).toISOString()];
  return { name, reason: 'correct', axis: 'event', from, to };
};

/** Makes something wrong, and answers what puts it right. */
const BEGIN = {
  async correct(world: BackfillWorld, moment: Moment): Promise<Begin> {
    await world.spoil();
    return () => world.backfills.start(correctOf(`correct-${moment}`));
  },
  async derive(world: BackfillWorld, moment: Moment): Promise<Begin> {
    const name = `laid-${moment}`;
    await world.spoil();
    const helper = world.worker();
    await world.refreshes.refresh(POPULARITY);
    const { id } = await world.backfills.start(correctOf(name));
    await approvedAndEnded(world, id);
    await helper.end();
    await world.spoilDerived();
    return () => world.backfills.derive(name);
  },
  async fill(world: BackfillWorld, moment: Moment): Promise<Begin> {
    // While events come nobody can say that all were refused.
    await world.endTraffic();
    const from = new Date().toISOString();
    await world.enriched.strictly();
    const { after: fromMs } = hoursOf(Date.now());
    await world.send(eventsOf({ name: `refused-${moment}`, count: REFUSED, fromMs, toMs: Date.now() }));
    await world.settled();
    await world.enriched.rightly();
    const to = new Date().toISOString();
    world.beginTraffic();
    return () => world.backfills.start({ name: `fill-${moment}`, reason: 'fill', from, to });
  },
} as const;

/** Whatever was killed on the way, each play of the wrong hours has its country by the newest word about it. */
async function derivedDifferences(world: BackfillWorld): Promise<string[]> {
  const expected = Object.fromEntries(
    world.sent.flatMap((event) =>
      event.kind === 'play_start' && event.eventId.startsWith('wrong-')
        ? [[event.playId!, event.country]]
        : [],
    ),
  );
  const isRight = async (): Promise<boolean> => {
    const found = await world.attributedCountries();
    return Object.entries(expected).every(([play, country]) => found[play] === country);
  };
  // The words come by their topic.
  const isThere = await until(isRight, MOST_MS / 10, LOOK_MS).then(
    () => true,
    () => false,
  );
  return isThere ? [] : ['the lake has another country by the newest word about a play'];
}

async function approvedAndEnded({ backfills }: BackfillWorld, id: string): Promise<void> {
  let isApproved = false;
  await until(
    async () => {
      const { state, progress } = await backfills.get(id);
      if (!isApproved && progress?.phase === 'waiting' && progress.approval === null) {
        await backfills.approve(id, 'operator');
        isApproved = true;
      }
      return state !== 'running';
    },
    MOST_MS,
    LOOK_MS,
  );
}

/** What is left to be said when traffic has ended: whether the lake holds what was sent. */
export async function lakeDifferences(world: BackfillWorld): Promise<string[]> {
  await world.endTraffic();
  await world.settled();
  const expected = countsOf(world.sent);
  return isDeepStrictEqual(await world.lakeCounts(), expected)
    ? []
    : ['the lake does not hold what was sent'];
}
