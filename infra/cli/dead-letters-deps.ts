/** What the dead-letter commands share: the letters, and the way to send them again. */
import { topicName, type CleanTopic } from '../../domain/topics.ts';
import type { Config } from '../config.ts';
import type { LetterBox } from '../letters/letter-box.ts';
import type { Redriver } from '../letters/redrive.ts';
import type { CliDeps } from './deps.ts';

export interface LetterCommand {
  readonly config: Config;
  readonly letters: LetterBox;
  /** Connects a producer and, where a letter is cut or may be clean already, the lake. */
  redriver(): Promise<Redriver>;
}

/** Runs a command with connections of its own, closed whatever happens. */
export async function withLetters<T>(
  deps: CliDeps,
  work: (command: LetterCommand) => Promise<T>,
): Promise<T> {
  const { currentConfig } = await import('../generations/open.ts');
  const config = await currentConfig(deps.loadConfig());
  const { region, generation, partitions, ingest } = config;
  const { maxRecordBytesOf, openKafka, openLake } = await import('../connections.ts');
  const { createProducer } = await import('../kafka/producer.ts');
  const { logBounds } = await import('../kafka/offsets.ts');
  const { createCleanLookup } = await import('../letters/clean-lookup.ts');
  const { createLetterBox } = await import('../letters/letter-box.ts');
  const { rawValueInLake } = await import('../letters/raw-value.ts');
  const { createRedriver } = await import('../letters/redrive.ts');
  const { silentLog } = await import('../log.ts');
  const closing: (() => Promise<void>)[] = [];
  const kafka = openKafka(config, silentLog());
  closing.push(kafka.close);
  const letters = createLetterBox({ kafka, region, generation });
  const redriver = async (): Promise<Redriver> => {
    const producer = await createProducer(kafka, { maxRecordBytes: maxRecordBytesOf(config) });
    closing.push(producer.close);
    let opening: ReturnType<typeof openLake> | undefined;
    const lakeOf = async () => {
      if (opening === undefined) {
        opening = openLake(config, silentLog());
        const { close } = await opening;
        closing.push(close);
      }
      return (await opening).lake;
    };
    const boundsOf = (topic: CleanTopic) => logBounds(kafka, topicName(region, generation, topic));
    return createRedriver({
      ...{ producer, region, generation, partitions, maxEventBytes: ingest.maxEventBytes },
      readRawValue: async (at) => rawValueInLake(await lakeOf())(at),
      findClean: async (questions) =>
        createCleanLookup({ lake: await lakeOf(), generation, partitions, boundsOf })(questions),
    });
  };
  try {
    return await work({ config, letters, redriver });
  } finally {
    for (const close of closing.reverse()) await close();
  }
}
