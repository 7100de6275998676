/**
 * `npm run prove:batch -- backfill [--only <correct | fill | derive>] [--at <before | after>] [--json]`: events are corrected, and
 * filled in, and what follows from them is said anew alone, on real servers, under live traffic and after Kafka has forgotten
 * them, with a worker killed before each step of one run and after each step of another. Each time it comes to its one end, the
 * lake is right, and nobody has to do anything.
 */
import { EXIT, onServers, readOptions, say, tellFigures } from '../proof.ts';
import {
  killedThrough,
  lakeDifferences,
  MOMENTS,
  prepare,
  REASONS,
  type KilledRun,
  type Moment,
  type Reason,
} from './prove.ts';
import { openBackfillWorld } from './world.ts';

const USAGE = `Usage: npm run prove:batch -- backfill [--only <${REASONS.join(' | ')}>] [--at <${MOMENTS.join(' | ')}>] [--json]`;

interface Options {
  readonly reasons: readonly Reason[];
  readonly moments: readonly Moment[];
  readonly json: boolean;
}

const optionsOf = (args: readonly string[]): Options | undefined =>
  readOptions(args, USAGE, { only: { type: 'string' }, at: { type: 'string' } }, ({ only, at, json }) => {
    const reasons = REASONS.filter((one) => only === undefined || one === only);
    const moments = MOMENTS.filter((one) => at === undefined || one === at);
    return reasons.length === 0 || moments.length === 0 ? undefined : { reasons, moments, json };
  });

async function prove(environment: Readonly<Record<string, string>>, { reasons, moments }: Options) {
  const world = await openBackfillWorld(environment);
  const runs: KilledRun[] = [];
  try {
    await prepare(world);
    say(`${world.sent.length} events are in the lake, and Kafka has forgotten them`);
    for (const reason of reasons)
      for (const moment of moments) {
        const startedMs = Date.now();
        const run = await killedThrough(world, reason, moment, (kill) => say(`${reason}: killed at ${kill}`));
        const took = Math.round((Date.now() - startedMs) / 1000);
        say(
          `${reason}, ${run.kills.length} kills ${moment} in ${took} s: ${run.differences.join('; ') || 'as it should be'}`,
        );
        runs.push(run);
      }
    return { runs, inTheEnd: await lakeDifferences(world), events: world.sent.length };
  } finally {
    await world.close();
  }
}

export async function main(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  if (options === undefined) return EXIT.usage;
  const startedMs = Date.now();
  const { runs, inTheEnd, events } = await onServers(
    'backfill',
    ['kafka', 'seaweedfs', 'temporal'],
    ({ environment, region, folder }) => {
      const own = { MARQUEE_REGION: region, MARQUEE_DATA_DIR: folder, MARQUEE_LOG_LEVEL: 'silent' };
      return prove({ ...environment, ...own }, options);
    },
  );
  const bad = [...runs.flatMap(({ differences }) => differences), ...inTheEnd];
  const figures = {
    ...{ kills: runs.flatMap(({ kills }) => kills).length, runs: runs.length, events_sent: events },
    ...{ seconds: Math.round((Date.now() - startedMs) / 1000), differences: bad.length },
  };
  return tellFigures(options.json, figures, { bad });
}
