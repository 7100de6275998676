/**
 * `npm test`: the unit tests, then the integration tests (`*.integration.test.ts`) on servers that are started once in a
 * private folder and stopped at the end.
 *
 *   npm test                          everything
 *   npm test -- seam object-store     files whose path contains one of the words
 *   npm run test:unit                 what needs no server
 *   npm run test:minio                the object-store contract on MinIO
 *   npm run prove:canary              one of the tests that take too long to be among all (`*.proof.ts`)
 *
 * Exit codes: 0 all passed, 1 a test failed, 2 no file matched, 3 a server cannot be had.
 */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { spawn } from 'node:child_process';
import { isMarqueeError } from '../domain/errors.ts';
import { childEnvironment, loadLocalConfig, STACK_GROUPS } from '../infra/config.ts';
import { createStack, DEFAULT_COMPONENTS } from '../infra/local/stack.ts';
import type { Totals } from './support/totals-reporter.ts';

const ROOT = resolve(import.meta.dirname, '..');
/** Unit test files that run at once: more than two cores, since many of them wait on timers. */
const UNIT_CONCURRENCY = 4;
/** Integration test files that run at once: more than two cores, since most of their time they wait for servers. */
const SERVER_CONCURRENCY = 3;
/** How long one file may take. */
const TIMEOUT_MS = { unit: 60_000, integration: 900_000, proof: 3_600_000 } as const;
const EXIT = { passed: 0, failed: 1, nothing: 2, missing: 3 } as const;

interface Plan {
  readonly unit: readonly string[];
  readonly integration: readonly string[];
}

function planFiles(args: readonly string[]): Plan {
  if (args.includes('--minio')) return { unit: ['test/minio.ts'], integration: [] };
  const words = args.filter((arg) => !arg.startsWith('--')).map((word) => relative(ROOT, resolve(word)));
  const plain = args.filter((arg) => !arg.startsWith('--'));
  const wanted = (file: string): boolean =>
    plain.length === 0 || [...plain, ...words].some((word) => file.includes(word));
  const kind = plain.some((word) => word.endsWith('.proof')) ? 'proof' : 'test';
  const files = globSync(`test/**/*.${kind}.ts`, { cwd: ROOT }).filter(wanted).sort();
  const isIntegration = (file: string): boolean => /\.(integration\.test|proof)\.ts$/.test(file);
  return {
    unit: files.filter((file) => !isIntegration(file)),
    integration: args.includes('--unit') ? [] : files.filter(isIntegration),
  };
}

interface RunOptions {
  /** Names the file of totals. */
  readonly group: string;
  readonly concurrency: number;
  readonly timeoutMs: number;
  readonly env: Readonly<Record<string, string>>;
  readonly scratch: string;
}

/** The signal that ends the run: what was begun ends, nothing else is begun. */
let interruption: NodeJS.Signals | undefined;

/** Runs files with node:test in processes of their own; its report goes to stdout. */
async function runFiles(files: readonly string[], options: RunOptions): Promise<Totals> {
  if (files.length === 0 || interruption !== undefined) return { passed: 0, failed: 0, skipped: 0 };
  const totalsFile = join(options.scratch, `totals-${options.group}.json`);
  const args = [
    ...[
      '--test',
      '--test-force-exit',
      `--test-concurrency=${options.concurrency}`,
      `--test-timeout=${options.timeoutMs}`,
    ],
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...['--test-reporter=./test/support/totals-reporter.ts', `--test-reporter-destination=${totalsFile}`],
  ];
  const child = spawn(process.execPath, [...args, ...files], {
    cwd: ROOT,
    stdio: ['ignore', 'inherit', 'inherit'],
    // What tests leave behind is removed with the rest of `scratch`.
    env: childEnvironment({ ...options.env, TMPDIR: options.scratch }),
  });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', forward).on('SIGTERM', forward);
  const code = await new Promise<number | null>((done) => child.once('exit', done));
  process.off('SIGINT', forward).off('SIGTERM', forward);
  return readTotals(totalsFile, code);
}

/** A run that died before its summary counts as one failure. */
function readTotals(file: string, code: number | null): Totals {
  try {
    const totals = JSON.parse(readFileSync(file, 'utf8')) as Totals;
    return code === 0 || totals.failed > 0 ? totals : { ...totals, failed: 1 };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

const add = (a: Totals, b: Totals): Totals => ({
  passed: a.passed + b.passed,
  failed: a.failed + b.failed,
  skipped: a.skipped + b.skipped,
});

/** Files that use a server which is started for them alone. */
const needsCassandra = (file: string): boolean =>
  readFileSync(join(ROOT, file), 'utf8').includes('support/cassandra.ts');

/** Files that put fleets of processes under load: one has the machine to itself. */
const isProof = (file: string): boolean => file.startsWith(join('test', 'proof'));

/** Starts the servers in `scratch`, runs the files on them and stops what was started. Cassandra, with its gigabyte, comes last. */
async function runOnServers(files: readonly string[], scratch: string): Promise<Totals> {
  const dataDir = join(scratch, 'data');
  const config = loadLocalConfig(childEnvironment({ MARQUEE_DATA_DIR: dataDir }));
  const stack = createStack({
    config,
    report: ({ component, phase, detail }) =>
      process.stderr.write(`${component}: ${phase}${detail === undefined ? '' : ` (${detail})`}\n`),
  });
  try {
    await stack.up([...DEFAULT_COMPONENTS, 'temporal-test-server']);
    const kind = files.some((file) => file.endsWith('.proof.ts')) ? 'proof' : 'integration';
    const options = { timeoutMs: TIMEOUT_MS[kind], scratch, env: { MARQUEE_DATA_DIR: dataDir } };
    const withCassandra = files.filter(needsCassandra);
    const proofs = files.filter((file) => isProof(file) && !needsCassandra(file));
    const others = files.filter((file) => !isProof(file) && !needsCassandra(file));
    const run = (group: string, concurrency: number, chosen: readonly string[]): Promise<Totals> =>
      runFiles(chosen, { ...options, group, concurrency });
    const totals = add(await run('servers', SERVER_CONCURRENCY, others), await run('proofs', 1, proofs));
    if (withCassandra.length === 0 || interruption !== undefined) return totals;
    await stack.up(['cassandra']);
    return add(totals, await run('cassandra', 1, withCassandra));
  } finally {
    await stack.down();
  }
}

/** Unit tests see no server, not even one that happens to run. */
const withoutServers = (scratch: string): Record<string, string> => ({
  MARQUEE_DATA_DIR: join(scratch, 'none'),
  ...Object.fromEntries(STACK_GROUPS.flat().map((key) => [key, ''])),
});

async function main(args: readonly string[]): Promise<number> {
  const plan = planFiles(args);
  if (plan.unit.length + plan.integration.length === 0) {
    process.stderr.write('No test file matches.\n');
    return EXIT.nothing;
  }
  const scratch = mkdtempSync(join(tmpdir(), 'marquee-test-'));
  let totals = await runFiles(plan.unit, {
    group: 'unit',
    concurrency: UNIT_CONCURRENCY,
    timeoutMs: args.includes('--minio') ? TIMEOUT_MS.integration : TIMEOUT_MS.unit,
    scratch,
    env: withoutServers(scratch),
  });
  if (plan.integration.length > 0 && interruption === undefined)
    totals = add(totals, await runOnServers(plan.integration, scratch));
  if (totals.failed === 0) rmSync(scratch, { recursive: true, force: true });
  else process.stderr.write(`Server output is kept in ${scratch}\n`);
  if (interruption !== undefined) process.stderr.write(`${interruption}: the rest was not run\n`);
  process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`);
  return totals.failed === 0 && interruption === undefined ? EXIT.passed : EXIT.failed;
}

// Interrupted: the tests end first, then `finally` above stops the servers.
const interrupted = (signal: NodeJS.Signals): void => void (interruption ??= signal);
process.on('SIGINT', interrupted).on('SIGTERM', interrupted);

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${isMarqueeError(error) ? error.message : String((error as Error).stack)}\n`);
    process.exitCode = isMarqueeError(error) ? EXIT.missing : EXIT.failed;
  },
);
