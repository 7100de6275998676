/**
 * `npm run prove:properties [-- --times <count>] [--seconds <count>] [--only <word>]…`: the properties that unit tests hold the
 * product to, each tried `times` as often as in `npm test` (20), for so many seconds at most (60), with new seeds. What a
 * property fails by is printed with its seed; some fail where so little time was left that they saw too little. `--only` takes files whose path contains the word. Needs no server; takes an hour.
 *
 * Exit codes: 0 all held, 1 one did not, 2 wrong options.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { EXIT, isWhole, readOptions, runProof, say } from '../proof.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const USAGE = 'Usage: npm run prove:properties -- [--times <count>] [--seconds <count>] [--only <word>]…';
/** A file has as many properties as it has, and each its time. */
const FILE_TIMEOUT_MS = 4 * 3_600_000;

function filesOf(words: readonly string[]): string[] {
  const isOne = (file: string): boolean =>
    !file.endsWith('.integration.test.ts') && readFileSync(join(ROOT, file), 'utf8').includes("'fast-check'");
  return globSync('test/**/*.test.ts', { cwd: ROOT })
    .filter((file) => words.length === 0 || words.some((word) => file.includes(word)))
    .filter(isOne)
    .sort();
}

async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(
    args,
    USAGE,
    {
      times: { type: 'string', default: '20' },
      seconds: { type: 'string', default: '60' },
      only: { type: 'string', multiple: true, default: [] },
    },
    ({ only, ...counts }) => {
      const [times, seconds] = [Number(counts.times), Number(counts.seconds)];
      return isWhole(times, 1) && isWhole(seconds, 1) ? { times, seconds, files: filesOf(only) } : undefined;
    },
  );
  if (options === undefined) return EXIT.usage;
  const { times, seconds, files } = options;
  if (files.length === 0) {
    say('No file with a property matches.');
    return EXIT.usage;
  }
  const hook = pathToFileURL(join(import.meta.dirname, 'more-runs.ts'));
  hook.search = new URLSearchParams({ times: String(times), ms: String(seconds * 1000) }).toString();
  const flags = [
    '--import',
    hook.href,
    '--test',
    `--test-timeout=${FILE_TIMEOUT_MS}`,
    '--test-concurrency=2',
  ];
  const child = spawn(process.execPath, [...flags, ...files], { cwd: ROOT, stdio: 'inherit' });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0 ? EXIT.proven : EXIT.failed;
}

await runProof(main);
