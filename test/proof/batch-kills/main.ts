/**
 * `npm run prove:batch -- kills [--only <scenario>] [--at-a-time <count>] [--json]`: workers are killed before and after the side
 * effect of every activity, on real servers that are configured or run already, else private ones. Each time what was begun comes
 * to the end that it comes to anyway, nothing is left over, and nobody has to do anything. Talk goes to stderr.
 */
import { EXIT, isWhole, onServers, readOptions, say, tellFigures } from '../proof.ts';
import { proveKills } from './prove.ts';
import { forgotten, registeredActivities, SCENARIOS, SPARED } from './scenarios.ts';

const NAMES = SCENARIOS.map(({ name }) => name);
const USAGE = `Usage: npm run prove:batch -- kills [--only <${NAMES.join(' | ')}>]… [--at-a-time <1 to 8>] [--json]`;

interface Options {
  readonly names: readonly string[];
  readonly atATime: number;
  readonly json: boolean;
}

const optionsOf = (args: readonly string[]): Options | undefined =>
  readOptions(
    args,
    USAGE,
    {
      only: { type: 'string', multiple: true, default: NAMES },
      'at-a-time': { type: 'string', default: '3' },
    },
    ({ only: names, 'at-a-time': count, json }) => {
      const atATime = Number(count);
      const isKnown = names.every((name) => NAMES.includes(name));
      return isKnown && isWhole(atATime, 1, 8) ? { names, atATime, json } : undefined;
    },
  );

export async function main(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  if (options === undefined) return EXIT.usage;
  const { names, atATime, json } = options;
  const startedMs = Date.now();
  const scenarios = SCENARIOS.filter(({ name }) => names.includes(name));
  const cassandra = scenarios.some(({ needsCassandra }) => needsCassandra) ? (['cassandra'] as const) : [];
  const results = await onServers('kills', ['kafka', 'seaweedfs', 'temporal', ...cassandra], (place) =>
    proveKills(scenarios, { ...place, atATime, say }),
  );
  const bad = results.filter(({ differences }) => differences.length > 0);
  const kills = results.flatMap((result) => result.kills);
  const figures = {
    activities: new Set(kills.map((kill) => kill.split(':')[0])).size,
    ...{ registered: registeredActivities().length, spared: Object.keys(SPARED).length },
    ...{ kills: kills.length, runs: results.length, differences: bad.length },
    seconds: Math.round((Date.now() - startedMs) / 1000),
  };
  return tellFigures(json, figures, { forgotten: forgotten(), bad });
}
