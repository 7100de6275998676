/**
 * `npm run bench -- <name> [--json] [--option=value …]`: measures one thing beside a peer in the same run and prints its figures, as one
 * line of JSON at the end with `--json`. Talk goes to stderr. Nothing here asserts a time.
 *
 * Exit codes: 0 measured, 1 failed, 2 no such benchmark, 3 a server cannot be had.
 */
import { isMarqueeError } from '../domain/errors.ts';
import { optionsIn, type Benchmark } from './lib/benchmark.ts';

const BENCHMARKS: Readonly<Record<string, () => Promise<{ benchmark: Benchmark }>>> = {
  als: () => import('./als.ts'),
  behaviour: () => import('./behaviour.ts'),
  boot: () => import('./boot.ts'),
  cold: () => import('./cold.ts'),
  extract: () => import('./extract.ts'),
  fold: () => import('./fold.ts'),
  freshness: () => import('./freshness.ts'),
  ingest: () => import('./ingest.ts'),
  memory: () => import('./memory.ts'),
  moves: () => import('./moves.ts'),
  nearline: () => import('./nearline.ts'),
  profiles: () => import('./profiles.ts'),
  speed: () => import('./speed.ts'),
  read: () => import('./read.ts'),
  rank: () => import('./rank.ts'),
  refresh: () => import('./refresh.ts'),
  serving: () => import('./serving.ts'),
  signals: () => import('./signals.ts'),
  sink: () => import('./sink.ts'),
  totals: () => import('./totals.ts'),
};
const EXIT = { measured: 0, failed: 1, unknown: 2, missing: 3 } as const;

async function main(args: readonly string[]): Promise<number> {
  const [name = '', ...rest] = args.filter((arg) => !arg.startsWith('--'));
  const load = Object.hasOwn(BENCHMARKS, name) ? BENCHMARKS[name] : undefined;
  if (load === undefined || rest.length > 0) {
    process.stderr.write(`Usage: npm run bench -- <${Object.keys(BENCHMARKS).join(' | ')}> [--json]\n`);
    return EXIT.unknown;
  }
  const { benchmark } = await load();
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const figures = await benchmark({ say, option: optionsIn(args) });
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify({ bench: name, ...figures })}\n`);
  else
    for (const [key, value] of Object.entries(figures)) process.stdout.write(`${key.padEnd(28)} ${value}\n`);
  return EXIT.measured;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = isMarqueeError(error) && error.code === 'SERVER_MISSING' ? EXIT.missing : EXIT.failed;
  },
);
