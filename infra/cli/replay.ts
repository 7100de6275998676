import type { ReplayReport } from '../../streaming/replay/replay.ts';
import { EXIT, examples, type CliDeps, type Register } from './deps.ts';

interface Flags {
  readonly stage: string;
  readonly from?: string;
  readonly to?: string;
  readonly out?: string;
  readonly compare?: true;
  readonly json?: true;
}

/** `marquee replay`: exits 1 where the outcome differs from the live lane's. */
export const register: Register = (program, deps) => {
  program
    .command('replay')
    .description('fold what the lake holds once more, beside the live lane, and compare')
    .requiredOption(
      '--stage <name>',
      'extract, speed, attribution, impression-memory, play-signals, search-signals, title-pairs or watching',
    )
    .option(
      '--from <bound>',
      'first append time, like 2026-01-31T13:00:00Z, or raw offsets like 0:1200,1:1350',
    )
    .option('--to <bound>', 'where to end, exclusive')
    .option('--out <dir>', 'write outputs there, a file for each topic and partition')
    .option('--compare', 'hold the outcome against the live topics, blocks or state')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'before',
      examples([
        'marquee replay --stage extract --from 2026-01-31T00:00:00Z --compare',
        'marquee replay --stage attribution --compare --json',
        'marquee replay --stage play-signals --out /tmp/signals',
      ]),
    )
    .action((flags: Flags) => run(deps, flags));
};

async function run(deps: CliDeps, flags: Flags): Promise<void> {
  const { output, exitWith } = deps;
  const { currentConfig } = await import('../generations/open.ts');
  const config = await currentConfig(deps.loadConfig());
  const { createCleanCodec } = await import('../avro/codec.ts');
  const { createStoredRegistry } = await import('../avro/registry.ts');
  const { openKafka, openLake, openObjectStore } = await import('../connections.ts');
  const { followErasures } = await import('../erasure/follow.ts');
  const { silentLog } = await import('../log.ts');
  const { parseBound } = await import('../../streaming/replay/ranges.ts');
  const { replay } = await import('../../streaming/replay/replay.ts');
  const boundOf = (text: string | undefined) => (text === undefined ? undefined : parseBound(text));
  const span = { from: boundOf(flags.from), to: boundOf(flags.to) };
  const store = openObjectStore(config);
  const kafka = openKafka(config, silentLog());
  const { lake, close } = await openLake(config, silentLog());
  try {
    const codec = createCleanCodec(createStoredRegistry(store, config.region));
    const { book: erasures } = await followErasures({ config, store, log: silentLog() });
    const report = await replay(
      { lake, kafka, codec, config, erasures },
      { stage: flags.stage, span, out: flags.out, compare: flags.compare === true },
    );
    if ((report.comparison?.differences ?? 0) > 0) exitWith(EXIT.failed);
    if (flags.json === true) output.json(report);
    else describe(deps, report);
  } finally {
    await close();
    await kafka.close();
    store.close();
  }
}

function describe({ output }: CliDeps, { stage, records, outputs, seconds, comparison }: ReplayReport): void {
  const rate = Math.round(records / Math.max(seconds, 0.001));
  output.data(
    `${stage}: ${records} records, ${outputs} outputs in ${seconds.toFixed(1)} s (${rate} records/s)`,
  );
  if (comparison === undefined) return;
  output.data(`compared ${comparison.compared}, ${comparison.differences} differences`);
  for (const example of comparison.examples) output.data(`  ${example}`);
}
