/**
 * `npm run prove:rebalance -- [--rounds <n>] [--seed <n>] [--json]`: partitions move between processes under load, 20 rounds
 * by default, and nothing may be different from what the known log says. Uses servers that are configured or run already,
 * else private ones. Figures are one line of JSON at the end with `--json`; talk goes to stderr.
 *
 * Exit codes: 0 no difference, 1 a difference or a failure, 2 wrong options, 3 a server cannot be had.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withServers } from '../../../bench/lib/stack.ts';
import { isMarqueeError } from '../../../domain/errors.ts';
import { figuresOf } from './figures.ts';
import { proveRebalance } from './prove.ts';

const EXIT = { proven: 0, failed: 1, usage: 2, missing: 3 } as const;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function optionsOf(args: readonly string[]): { rounds: number; seed: number; json: boolean } | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rounds: { type: 'string', default: '20' },
        seed: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
      },
    });
    const [rounds, seed] = [Number(values.rounds), Number(values.seed)];
    if (Number.isInteger(rounds) && rounds > 0 && Number.isInteger(seed))
      return { rounds, seed, json: values.json };
  } catch {
    // Said below.
  }
  return undefined;
}

async function main(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  if (options === undefined) {
    say('Usage: npm run prove:rebalance -- [--rounds <n>] [--seed <n>] [--json]');
    return EXIT.usage;
  }
  const { rounds, seed, json } = options;
  const folder = mkdtempSync(join(tmpdir(), 'marquee-rebalance-'));
  const region = `rebalance-${randomBytes(4).toString('hex')}`;
  const result = await withServers(
    ['kafka', 'seaweedfs'],
    { say, option: (_name, otherwise) => otherwise },
    (environment) => proveRebalance({ environment, region, folder, seed, rounds, say }),
  );
  const { figures, examples } = figuresOf(result, seed);
  for (const example of examples) say(example);
  if (json) process.stdout.write(`${JSON.stringify(figures)}\n`);
  else
    for (const [key, value] of Object.entries(figures)) process.stdout.write(`${key.padEnd(28)} ${value}\n`);
  if (figures.differences > 0) {
    say(`The machines and the logs of their processes are kept in ${folder}`);
    return EXIT.failed;
  }
  rmSync(folder, { recursive: true, force: true });
  return EXIT.proven;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = isMarqueeError(error, 'SERVER_MISSING') ? EXIT.missing : EXIT.failed;
  },
);
