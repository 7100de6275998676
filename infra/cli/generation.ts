import type { Command } from 'commander';
import type { GenerationHistory } from '../../domain/generations.ts';
import type { Config } from '../config.ts';
import type { GenerationDeps } from '../../streaming/generations/change.ts';
import { countArgument, durationArgument } from './arguments.ts';
import { examples, type CliDeps, type Register } from './deps.ts';
import { renderTable } from './output.ts';

interface Flags {
  readonly partitions?: number;
  readonly blockSize?: number;
  readonly wait: number;
  readonly dryRun?: true;
  readonly json?: true;
}

const POLL_MS = 1000;

/** `marquee generation`: exits 1 when a change is refused or what must be read was not read in time. */
export const register: Register = (program, deps) => {
  const generation = program
    .command('generation')
    .description('change the topic generation: more partitions, with nothing lost and nothing counted twice')
    .addHelpText(
      'before',
      examples([
        'marquee generation show',
        'marquee generation open --partitions 16 --dry-run',
        'marquee generation open --partitions 16',
        'marquee generation seal --wait 10m',
      ]),
    );
  const about = (name: string, description: string): Command =>
    generation.command(name).description(description).option('--json', 'print one JSON object');
  about('show', 'say which generations there are, and how far each was read').action((flags: Flags) =>
    withGenerations(deps, async ({ store, config }) => tell(deps, await store.read(), config, flags)),
  );
  about('open', 'create the topics of the next generation; nobody writes there yet')
    .requiredOption('--partitions <count>', 'a multiple of the partitions now', countArgument(1, 1024))
    .option('--block-size <offsets>', 'a power of two; as now unless given', countArgument(16, 1 << 24))
    .option('--dry-run', 'say what would be opened, and change nothing')
    .action((flags: Flags) => withGenerations(deps, (all) => open(deps, all, flags)));
  about('seal', 'close the old generation to writers, wait until it was read, and seal it')
    .option('--wait <duration>', 'how long to wait, e.g. 90s or 10m', durationArgument, 600_000)
    .action((flags: Flags) => withGenerations(deps, (all) => seal(deps, all, flags)));
};

async function open(deps: CliDeps, all: GenerationDeps, flags: Flags): Promise<void> {
  const { openGeneration } = await import('../../streaming/generations/change.ts');
  const { openNext } = await import('../../domain/generations.ts');
  const { config, store } = all;
  const shape = {
    partitions: flags.partitions ?? config.partitions,
    blockSize: flags.blockSize ?? config.blockSize,
  };
  const isDry = flags.dryRun === true;
  const history = isDry ? openNext(await store.read(), config, shape) : await openGeneration(all, shape);
  tell(deps, history, config, flags);
  const next = history.at(-1);
  if (next === undefined || isDry) return;
  deps.output.say(
    `Now start ingest with MARQUEE_GENERATION=${next.generation} MARQUEE_PARTITIONS=${next.partitions} ` +
      `MARQUEE_BLOCK_SIZE=${next.blockSize}, send events there, and run \`marquee generation seal\`.`,
  );
}

async function seal(deps: CliDeps, all: GenerationDeps, flags: Flags): Promise<void> {
  const { sealGeneration } = await import('../../streaming/generations/change.ts');
  const history = await sealGeneration(all, {
    ...{ patienceMs: flags.wait, pollIntervalMs: POLL_MS, now: () => Date.now() },
    onWait({ behind, absent }) {
      const waits = behind.map(({ group, records }) => `${group} by ${records}`).join(', ');
      if (waits !== '') deps.output.say(`Behind: ${waits}.`);
      if (absent.length > 0) deps.output.say(`Never ran, nothing waits for it: ${absent.join(', ')}.`);
    },
  });
  tell(deps, history, all.config, flags);
}

function tell({ output }: CliDeps, history: GenerationHistory, config: Config, { json }: Flags): void {
  const { generation, partitions, blockSize } = config;
  const configured = { generation, partitions, blockSize };
  if (json === true) return output.json({ configured, generations: history });
  if (history.length === 0)
    return output.data(`${generation}  open  ${partitions} partitions, never changed`);
  const rows = history.map((one) => [
    ...[one.generation, one.state, `${one.partitions} partitions`, `blocks of ${one.blockSize}`],
    one.sealedAt === null ? '' : `sealed ${new Date(one.sealedAt).toISOString()}`,
    one.generation === generation ? 'configured here' : '',
  ]);
  for (const line of renderTable(rows)) output.data(line);
}

async function withGenerations(deps: CliDeps, work: (all: GenerationDeps) => Promise<void>): Promise<void> {
  const { openKafka, openObjectStore } = await import('../connections.ts');
  const { createGenerationStore } = await import('../generations/store.ts');
  const { silentLog } = await import('../log.ts');
  const config = deps.loadConfig();
  const kafka = openKafka(config, silentLog());
  const objects = openObjectStore(config);
  try {
    await work({ kafka, config, store: createGenerationStore(objects, config.region) });
  } finally {
    await kafka.close();
    objects.close();
  }
}
