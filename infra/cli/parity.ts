import type { Exclusion } from '../../domain/parity/exclusions.ts';
import type { OpenDifference, ParityReport } from '../../domain/parity/report.ts';
import { countArgument } from './arguments.ts';
import { EXIT, examples, type CliDeps, type Register } from './deps.ts';
import { parityLines } from './parity-text.ts';

interface Flags {
  readonly limit: number;
  readonly json?: true;
}

/** What `--json` prints. */
export interface ParityAnswer {
  readonly region: string;
  /** Differences that stand, the oldest first. */
  readonly open: readonly OpenDifference[];
  /** Corrections whose blocks are not compared. */
  readonly exclusions: readonly Exclusion[];
  /** Newest first. */
  readonly reports: readonly ParityReport[];
}

/** `marquee parity`: exits 1 while lanes differ, 4 where they were never compared. */
export const register: Register = (program, deps) => {
  program
    .command('parity')
    .description('say whether both lanes count the same in every finished block, and what differs')
    .option('--limit <count>', 'how many of the newest reports', countArgument(1, 1000), 5)
    .option('--json', 'print one JSON object')
    .addHelpText('before', examples(['marquee parity', 'marquee parity --limit 1 --json']))
    .action(async ({ limit, json }: Flags) => {
      const answer = await readParity(deps, limit);
      if (json === true) deps.output.json(answer);
      else for (const line of parityLines(answer, deps.output.style)) deps.output.data(line);
      if (answer.reports.length === 0) {
        deps.output.say('No blocks were compared yet: that begins after the first version of popularity.');
        return deps.exitWith(EXIT.notRunning);
      }
      if (answer.open.length > 0) deps.exitWith(EXIT.failed);
    });
};

async function readParity(deps: CliDeps, limit: number): Promise<ParityAnswer> {
  const { openObjectStore } = await import('../connections.ts');
  const { createParityStore } = await import('../parity/store.ts');
  const config = deps.loadConfig();
  const store = openObjectStore(config);
  try {
    const state = await createParityStore(store, config.region).read();
    return {
      region: config.region,
      open: state?.open ?? [],
      exclusions: state?.exclusions ?? [],
      reports: state?.reports.slice(0, limit) ?? [],
    };
  } finally {
    store.close();
  }
}
