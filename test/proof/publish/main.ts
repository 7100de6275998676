/**
 * `npm run prove:batch -- publish [--only <part>] [--rounds <count>] [--swaps <count>] [--json]`: publishing under races, lost
 * replies and a store that fails, swaps of versions under reads, and versions that must not be taken. SeaweedFS is the one that
 * is configured or runs already, else a private one; MinIO, which bears a crowd of writers, is built and started.
 */
import { loadConfig } from '../../../infra/config.ts';
import { EXIT, isWhole, onServers, readOptions, say, tellFigures } from '../proof.ts';
import { PARTS, type PartName } from './parts.ts';
import type { Finding } from './finding.ts';

const NAMES = Object.keys(PARTS) as PartName[];
const USAGE = `Usage: npm run prove:batch -- publish [--only <${NAMES.join(' | ')}>]… [--rounds <count>] [--swaps <count>] [--json]`;

interface Options {
  readonly names: readonly PartName[];
  readonly rounds: number;
  readonly swaps: number;
  readonly json: boolean;
}

const optionsOf = (args: readonly string[]): Options | undefined =>
  readOptions(
    args,
    USAGE,
    {
      only: { type: 'string', multiple: true, default: NAMES },
      rounds: { type: 'string', default: '200' },
      swaps: { type: 'string', default: '1000' },
    },
    ({ only, json, ...counts }) => {
      const [rounds, swaps] = [Number(counts.rounds), Number(counts.swaps)];
      const names = NAMES.filter((name) => only.includes(name));
      const isKnown = names.length > 0 && only.every((name) => NAMES.includes(name as PartName));
      return isKnown && isWhole(rounds, 1) && isWhole(swaps, 1) ? { names, rounds, swaps, json } : undefined;
    },
  );

export async function main(args: readonly string[]): Promise<number> {
  const options = optionsOf(args);
  if (options === undefined) return EXIT.usage;
  const found: Partial<Record<PartName, Finding>> = {};
  await onServers('publish', ['kafka', 'seaweedfs'], async ({ environment, region: first, folder }) => {
    const config = loadConfig({ ...environment, MARQUEE_DATA_DIR: folder });
    for (const name of options.names) {
      const region = `${first}-${name}`;
      found[name] = await PARTS[name]({ config, environment, region, folder, say, ...options });
      say(`${name}: ${found[name].differences.join('; ') || 'as it should be'}`);
    }
  });
  const parts = Object.entries(found);
  const differences = parts.flatMap(([, finding]) => finding.differences);
  return tellFigures(options.json, options.json ? figuresOf(parts) : flatFiguresOf(parts), { differences });
}

type Found = readonly (readonly [string, Finding])[];

const figuresOf = (parts: Found): Record<string, Finding['figures']> =>
  Object.fromEntries(parts.map(([name, { figures }]) => [name, figures]));

const flatFiguresOf = (parts: Found): Record<string, unknown> =>
  Object.fromEntries(
    parts.flatMap(([part, { figures }]) =>
      Object.entries(figures).map(([key, value]) => [`${part} ${key}`, value]),
    ),
  );
