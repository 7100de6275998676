/**
 * `npm run prove:serving -- [--seconds <n>] [--rate <n>] [--json]`: each server that serving reads from is dead, slow by
 * 5 s and talks nonsense, alone and all together, under load and with shedding off; then, with shedding as it is by default, ten
 * times as many requests come as can be answered.
 * Uses servers that are configured or run already, else private ones. The table goes to stdout, talk to stderr.
 *
 * Exit codes: 0 every request was answered in full, at least ten times as many came as can be answered, home pages were kept
 * and prefetches turned away; 1 not so, 2 wrong options, 3 a server cannot be had. Times past their aim are told, and fail nothing.
 */
import { EXIT, onServers, readOptions, runProof, say } from '../proof.ts';
import { phasesOf } from './matrix.ts';
import { lineOf, overloadLines, TABLE_HEAD, verdictLines } from './table.ts';
import { proveServing, type ServingProof } from './prove.ts';
import { AIM_P99_MS } from './verdict.ts';

const USAGE = 'Usage: npm run prove:serving -- [--seconds <n>] [--rate <n>] [--json]';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(
    args,
    USAGE,
    { seconds: { type: 'string', default: '8' }, rate: { type: 'string', default: '100' } },
    (values) => {
      const [seconds, rate] = [Number(values.seconds), Number(values.rate)];
      return seconds > 0 && rate > 0 ? { seconds, rate, json: values.json } : undefined;
    },
  );
  if (options === undefined) return EXIT.usage;
  const { seconds, rate, json } = options;
  if (!json) print(TABLE_HEAD);
  const proof = await onServers(
    'prove-serving',
    ['kafka', 'seaweedfs', 'temporal', 'cassandra'],
    (place) =>
      proveServing({
        ...{ ...place, say },
        ...{ phases: phasesOf({ alone: true }), perSecond: rate, forMs: seconds * 1000 },
        onPhase: (result) => (json ? undefined : print(lineOf(result))),
      }),
    ({ verdict }) => !verdict.isProven,
  );
  if (json) print(JSON.stringify(figuresOf(proof)));
  else for (const line of [...overloadLines(proof.overload), ...verdictLines(proof.verdict)]) print(line);
  for (const { name, faults } of [...proof.phases, { name: 'overload', ...proof.overload.home }])
    for (const fault of faults) say(`${name}: ${fault}`);
  return proof.verdict.isProven ? EXIT.proven : EXIT.failed;
}

function figuresOf({ phases, overload, verdict }: ServingProof): object {
  const { home, ...others } = overload;
  return {
    ...verdict,
    aimP99Ms: AIM_P99_MS,
    phases: phases.map(({ faults: _faults, ...figures }) => figures),
    overload: { ...others, homeP99Ms: home.p99Ms },
  };
}

await runProof(main);
