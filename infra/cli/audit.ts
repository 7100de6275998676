import { summariseAudit, type AuditSummary, type QualityRecord } from '../../domain/audit/summary.ts';
import { topicName } from '../../domain/topics.ts';
import { auditLines } from './audit-text.ts';
import { durationArgument } from './arguments.ts';
import { EXIT, examples, type CliDeps, type Register } from './deps.ts';

interface Flags {
  readonly since: number;
  readonly json?: true;
}

/** `marquee audit`: exits 1 when something is wrong now, 4 when no figures come. */
export const register: Register = (program, deps) => {
  program
    .command('audit')
    .description('say what is wrong in the stream, who causes it, and the rates of the last windows')
    .option('--since <duration>', 'how far back to look, e.g. 90s, 10m or 2h', durationArgument, 120_000)
    .option('--json', 'print one JSON object')
    .addHelpText('before', examples(['marquee audit', 'marquee audit --since 10m --json']))
    .action(async ({ since, json }: Flags) => {
      const summary = await readSummary(deps, since);
      if (json === true) deps.output.json(summary);
      else for (const line of auditLines(summary, deps.output.style)) deps.output.data(line);
      if (summary.figures === 0) {
        deps.output.say(`No figures in the last ${since / 1000} s: does the audit run?`);
        return deps.exitWith(EXIT.notRunning);
      }
      if (summary.wrong.some(({ holds }) => holds)) deps.exitWith(EXIT.failed);
    });
};

async function readSummary(deps: CliDeps, since: number): Promise<AuditSummary> {
  const { createCleanCodec } = await import('../avro/codec.ts');
  const { createStoredRegistry } = await import('../avro/registry.ts');
  const { openKafkaWithoutRetries, openObjectStore } = await import('../connections.ts');
  const { readSince } = await import('../kafka/read-since.ts');
  const { silentLog } = await import('../log.ts');
  const { currentConfig } = await import('../generations/open.ts');
  const config = await currentConfig(deps.loadConfig());
  const kafka = openKafkaWithoutRetries(config, silentLog());
  const store = openObjectStore(config);
  const codec = createCleanCodec(createStoredRegistry(store, config.region));
  const records: QualityRecord[] = [];
  try {
    const topic = topicName(config.region, config.generation, 'quality-metrics');
    await readSince(kafka, topic, Date.now() - since, async (batch) => {
      const values = batch.flatMap(({ value }) => (value === null ? [] : [value]));
      await codec.learn('quality-metrics', values);
      for (const value of values) records.push(codec.decodeDerived('quality-metrics', value));
    });
  } finally {
    await kafka.close();
    store.close();
  }
  return summariseAudit(records);
}
