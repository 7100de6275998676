/**
 * `npm run prove:batch -- canary [--runs <n>] [--movielens] [--json]`: verdicts on the seeded audience, in this process and in
 * simulated time; no server is asked. Talk goes to stderr.
 */
import { loadLocalConfig } from '../../../infra/config.ts';
import { fetchMovielens } from '../../../infra/datasets/movielens.ts';
import { EXIT, isWhole, readOptions, say, tellFigures } from '../proof.ts';
import { proveCanary } from './prove.ts';

const USAGE = 'Usage: npm run prove:batch -- canary [--runs <n>] [--movielens] [--json]';

export async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(
    args,
    USAGE,
    { runs: { type: 'string', default: '20' }, movielens: { type: 'boolean', default: false } },
    (values) => (isWhole(Number(values.runs), 1) ? { ...values, runs: Number(values.runs) } : undefined),
  );
  if (options === undefined) return EXIT.usage;
  const data = options.movielens
    ? await fetchMovielens({ cacheDir: loadLocalConfig().local.cacheDir })
    : undefined;
  const proof = await proveCanary(options.runs, say, data);
  const isProven = proof.equal_passed === proof.runs && proof.emptied_stopped === proof.runs;
  tellFigures(options.json, { ...proof }, {});
  return isProven ? EXIT.proven : EXIT.failed;
}
