import type { Command } from 'commander';
import type { GenerationHistory, GenerationShape } from '../../domain/generations.ts';
import type { Config } from '../config.ts';
import type { ChangeStep, GenerationDeps } from '../../streaming/generations/change.ts';
import type { Drain } from '../../streaming/generations/drained.ts';
import { countArgument, durationArgument } from './arguments.ts';
import { EXIT, examples, type CliDeps, type Register } from './deps.ts';
import { renderTable } from './output.ts';

interface Flags {
  readonly partitions?: number;
  readonly blockSize?: number;
  readonly wait: number;
  readonly dryRun?: true;
  readonly json?: true;
}

const POLL_MS = 1000;

/**
 * `marquee generation`: exits 1 when a change is refused or what must be read was not read in time, 4 when it was changed
 * and nobody reads the new generation.
 */
export const register: Register = (program, deps) => {
  const generation = program
    .command('generation')
    .description('change the topic generation: more partitions, with nothing lost and nothing counted twice')
    .addHelpText(
      'before',
      examples([
        'marquee generation show',
        'marquee generation change --partitions 16 --dry-run',
        'marquee generation change --partitions 16',
        'marquee generation open --partitions 16',
        'marquee generation seal --wait 10m',
      ]),
    );
  const about = (name: string, description: string): Command =>
    generation.command(name).description(description).option('--json', 'print one JSON object');
  about('show', 'say which generations there are, and how far each was read').action((flags: Flags) =>
    withGenerations(deps, async ({ store, config }) => tell(deps, await store.read(), config, flags)),
  );
  const shaped = (name: string, description: string): Command =>
    about(name, description)
      .requiredOption('--partitions <count>', 'a multiple of the partitions now', countArgument(1, 1024))
      .option('--block-size <offsets>', 'a power of two; as now unless given', countArgument(16, 1 << 24))
      .option('--dry-run', 'say what would be opened, and change nothing');
  shaped(
    'change',
    'open the next generation, close and seal the one in use; running processes follow by themselves',
  )
    .option('--wait <duration>', 'how long each step may take, e.g. 90s or 10m', durationArgument, 600_000)
    .action((flags: Flags) => withGenerations(deps, (all) => change(deps, all, flags)));
  shaped('open', 'only create the topics of the next generation').action((flags: Flags) =>
    withGenerations(deps, (all) => open(deps, all, flags)),
  );
  about('seal', 'only close the old generation to writers, wait until it was read, and seal it')
    .option('--wait <duration>', 'how long to wait, e.g. 90s or 10m', durationArgument, 600_000)
    .action((flags: Flags) => withGenerations(deps, (all) => seal(deps, all, flags)));
};

const SENTENCES: Readonly<Record<ChangeStep, string>> = {
  opened: 'The next generation is there; ingest goes over to it.',
  'writers-left': 'Nobody writes to the old one any more; it is closed, and read to its end.',
  sealed: 'The old one was read to its end and is sealed; the other processes go over.',
  read: 'The new one is read.',
};

/** How long writers may take to leave before the broker refuses them. */
const WRITERS_MS = 30_000;

async function change(deps: CliDeps, all: GenerationDeps, flags: Flags): Promise<void> {
  if (flags.dryRun === true) return open(deps, all, flags);
  const { changeGeneration } = await import('../../streaming/generations/change.ts');
  const { output } = deps;
  const { outcome, history, isRead } = await changeGeneration(all, shapeOf(all.config, flags), {
    ...{ patienceMs: flags.wait, pollIntervalMs: POLL_MS, now: () => Date.now() },
    writersMs: WRITERS_MS,
    onStep: (step) => output.say(SENTENCES[step]),
    onWait: (drain) => sayDrain(deps, drain),
  });
  if (flags.json === true) output.json({ outcome, is_read: isRead, generations: history });
  else tell(deps, history, all.config, flags);
  if (outcome === 'unchanged') output.say('It has that many partitions already.');
  if (!isRead) {
    output.say(
      'Nobody reads the new generation yet: processes with MARQUEE_GENERATION_FROM=settings are yours to start.',
    );
    deps.exitWith(EXIT.notRunning);
  }
}

const shapeOf = (config: Config, { partitions, blockSize }: Flags): GenerationShape => ({
  partitions: partitions ?? config.partitions,
  blockSize: blockSize ?? config.blockSize,
});

async function open(deps: CliDeps, all: GenerationDeps, flags: Flags): Promise<void> {
  const { openGeneration } = await import('../../streaming/generations/change.ts');
  const { openNext } = await import('../../domain/generations.ts');
  const { config, store } = all;
  const shape = shapeOf(config, flags);
  const isDry = flags.dryRun === true;
  const history = isDry ? openNext(await store.read(), config, shape) : await openGeneration(all, shape);
  tell(deps, history, config, flags);
  const next = history.at(-1);
  if (next === undefined || isDry) return;
  deps.output.say(
    `Ingest goes over by itself; with MARQUEE_GENERATION_FROM=settings start it with ` +
      `MARQUEE_GENERATION=${next.generation} MARQUEE_PARTITIONS=${next.partitions} ` +
      `MARQUEE_BLOCK_SIZE=${next.blockSize}. Then run \`marquee generation seal\`.`,
  );
}

async function seal(deps: CliDeps, all: GenerationDeps, flags: Flags): Promise<void> {
  const { sealGeneration } = await import('../../streaming/generations/change.ts');
  const history = await sealGeneration(all, {
    ...{ patienceMs: flags.wait, pollIntervalMs: POLL_MS, now: () => Date.now() },
    onWait: (drain) => sayDrain(deps, drain),
  });
  tell(deps, history, all.config, flags);
}

function sayDrain({ output }: CliDeps, { behind, absent }: Drain): void {
  const waits = behind.map(({ group, records }) => `${group} by ${records}`).join(', ');
  if (waits !== '') output.say(`Behind: ${waits}.`);
  if (absent.length > 0) output.say(`Never ran, nothing waits for it: ${absent.join(', ')}.`);
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
    one.generation === generation ? 'in use here' : '',
  ]);
  for (const line of renderTable(rows)) output.data(line);
}

async function withGenerations(deps: CliDeps, work: (all: GenerationDeps) => Promise<void>): Promise<void> {
  const { openKafka, openObjectStore } = await import('../connections.ts');
  const { createGenerationStore } = await import('../generations/store.ts');
  const { configIn } = await import('../generations/open.ts');
  const { readIn } = await import('../../domain/generations.ts');
  const { silentLog } = await import('../log.ts');
  const settings = deps.loadConfig();
  const kafka = openKafka(settings, silentLog());
  const objects = openObjectStore(settings);
  const store = createGenerationStore(objects, settings.region);
  try {
    await objects.ensureBucket();
    const isFollowed = settings.generationFrom === 'store';
    const config = isFollowed ? configIn(settings, readIn(await store.read(), settings)) : settings;
    await work({ kafka, config, store });
  } finally {
    await kafka.close();
    objects.close();
  }
}
