/**
 * `npm run prove:rebalance -- [--rounds <n>] [--seed <n>] [--json]`: partitions move between processes under load, 20 rounds
 * by default, and nothing may be different from what the known log says. Uses servers that are configured or run already,
 * else private ones. Figures are one line of JSON at the end with `--json`; talk goes to stderr.
 *
 * Exit codes: 0 no difference, 1 a difference or a failure, 2 wrong options, 3 a server cannot be had.
 */
import { EXIT, isWhole, onServers, readOptions, runProof, say, tellFigures } from '../proof.ts';
import { figuresOf } from './figures.ts';
import { proveRebalance } from './prove.ts';

const USAGE = 'Usage: npm run prove:rebalance -- [--rounds <n>] [--seed <n>] [--json]';

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(
    args,
    USAGE,
    { rounds: { type: 'string', default: '20' }, seed: { type: 'string', default: '1' } },
    (values) => {
      const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
      return isWhole(rounds, 1) && isWhole(seed, -Infinity) ? { rounds, seed, json: values.json } : undefined;
    },
  );
  if (options === undefined) return EXIT.usage;
  const { rounds, seed, json } = options;
  const { figures, examples } = await onServers(
    'rebalance',
    ['kafka', 'seaweedfs'],
    async (place) => figuresOf(await proveRebalance({ ...place, seed, rounds, say }), seed),
    (found) => found.figures.differences > 0,
  );
  for (const example of examples) say(example);
  tellFigures(json, { ...figures }, {});
  return figures.differences > 0 ? EXIT.failed : EXIT.proven;
}

await runProof(main);
