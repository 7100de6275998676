/**
 * `npm run prove:serving -- [--seconds <n>] [--rate <n>] [--json]`: each server that serving reads from is dead, slow by
 * 5 s and talks nonsense, alone and all together, under load; then ten times as many requests come as can be answered.
 * Uses servers that are configured or run already, else private ones. The table goes to stdout, talk to stderr.
 *
 * Exit codes: 0 every request was answered and home pages were kept, 1 not so, 2 wrong options, 3 a server cannot be had.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withServers } from '../../../bench/lib/stack.ts';
import { isMarqueeError } from '../../../domain/errors.ts';
import { phasesOf } from './matrix.ts';
import { lineOf, overloadLines, TABLE_HEAD } from './table.ts';
import { proveServing, type ServingProof } from './prove.ts';

const EXIT = { proven: 0, failed: 1, usage: 2, missing: 3 } as const;

interface Options {
  readonly seconds: number;
  readonly rate: number;
  readonly json: boolean;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (line: string): void => void process.stdout.write(`${line}\n`);

function optionsOf(args: readonly string[]): Options | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        seconds: { type: 'string', default: '8' },
        rate: { type: 'string', default: '100' },
        json: { type: 'boolean', default: false },
      },
    });
    const [seconds, rate] = [Number(values.seconds), Number(values.rate)];
    if (seconds > 0 && rate > 0) return { seconds, rate, json: values.json };
  } catch {
    // Said below.
  }
  return undefined;
}

async function main(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  if (options === undefined) {
    say('Usage: npm run prove:serving -- [--seconds <n>] [--rate <n>] [--json]');
    return EXIT.usage;
  }
  const { seconds, rate, json } = options;
  const folder = mkdtempSync(join(tmpdir(), 'marquee-prove-serving-'));
  const region = `prove-serving-${randomBytes(4).toString('hex')}`;
  if (!json) print(TABLE_HEAD);
  const proof = await withServers(
    ['kafka', 'seaweedfs', 'temporal', 'cassandra'],
    { say, option: (_name, otherwise) => otherwise },
    (environment) =>
      proveServing({
        ...{ environment, region, folder, say },
        ...{ phases: phasesOf({ alone: true }), perSecond: rate, forMs: seconds * 1000 },
        onPhase: (result) => (json ? undefined : print(lineOf(result))),
      }),
  );
  if (json) print(JSON.stringify(figuresOf(proof)));
  else for (const line of overloadLines(proof.overload)) print(line);
  for (const { name, faults } of [...proof.phases, { name: 'overload', ...proof.overload.home }])
    for (const fault of faults) say(`${name}: ${fault}`);
  if (!proof.isProven) {
    say(`The process's log is kept in ${folder}`);
    return EXIT.failed;
  }
  rmSync(folder, { recursive: true, force: true });
  return EXIT.proven;
}

function figuresOf({ phases, overload, isProven }: ServingProof): object {
  const { home, ...others } = overload;
  return {
    isProven,
    phases: phases.map(({ faults: _faults, ...figures }) => figures),
    overload: { ...others, homeP99Ms: home.p99Ms },
  };
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = isMarqueeError(error, 'SERVER_MISSING') ? EXIT.missing : EXIT.failed;
  },
);
