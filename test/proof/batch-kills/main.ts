/**
 * `npm run prove:batch -- kills [--only <scenario>] [--json]`: workers are killed before and after the side effect of every
 * activity, on real servers that are configured or run already, else private ones. Each time one version may be published,
 * nothing be left over, and nobody have to do anything. Talk goes to stderr.
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
import { proveKills } from './prove.ts';
import { SCENARIOS } from './scenarios.ts';

const EXIT = { proven: 0, failed: 1, usage: 2, missing: 3 } as const;
const USAGE = `Usage: npm run prove:batch -- kills [--only <${SCENARIOS.map(({ name }) => name).join(' | ')}>] [--json]`;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

function optionsOf(args: readonly string[]): { only: string | undefined; json: boolean } | undefined {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { only: { type: 'string' }, json: { type: 'boolean', default: false } },
    });
    const isKnown = values.only === undefined || SCENARIOS.some(({ name }) => name === values.only);
    if (positionals.join() === 'kills' && isKnown) return { only: values.only, json: values.json };
  } catch {
    // Said below.
  }
  return undefined;
}

async function main(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  if (options === undefined) {
    say(USAGE);
    return EXIT.usage;
  }
  const { only, json } = options;
  const folder = mkdtempSync(join(tmpdir(), 'marquee-batch-kills-'));
  const region = `kills-${randomBytes(4).toString('hex')}`;
  const scenarios = SCENARIOS.filter(({ name }) => only === undefined || name === only);
  const results = await withServers(
    ['kafka', 'seaweedfs', 'temporal'],
    { say, option: (_name, otherwise) => otherwise },
    (environment) => proveKills(scenarios, { environment, region, folder, say }),
  );
  rmSync(folder, { recursive: true, force: true });
  const bad = results.filter(({ differences }) => differences.length > 0);
  const figures = {
    activities: new Set(results.map(({ activity }) => activity)).size,
    kills: results.filter(({ wasKilled }) => wasKilled).length,
    differences: bad.length,
  };
  if (json) process.stdout.write(`${JSON.stringify({ ...figures, bad })}\n`);
  else
    for (const [key, value] of Object.entries(figures)) process.stdout.write(`${key.padEnd(28)} ${value}\n`);
  return bad.length === 0 ? EXIT.proven : EXIT.failed;
}

main(process.argv.slice(2)).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    process.exitCode = isMarqueeError(error, 'SERVER_MISSING') ? EXIT.missing : EXIT.failed;
  },
);
