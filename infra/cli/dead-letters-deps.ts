/** What the dead-letter commands share: the letters, and the way to send them again. */
import type { Config } from '../config.ts';
import type { LetterBox } from '../letters/letter-box.ts';
import type { Redriver } from '../letters/redrive.ts';
import type { CliDeps } from './deps.ts';

export interface LetterCommand {
  readonly config: Config;
  readonly letters: LetterBox;
  /** Connects a producer and, where a letter is cut, the lake. */
  redriver(): Promise<Redriver>;
}

/** Runs a command with connections of its own, closed whatever happens. */
export async function withLetters<T>(
  deps: CliDeps,
  work: (command: LetterCommand) => Promise<T>,
): Promise<T> {
  const config = deps.loadConfig();
  const { region, generation, ingest } = config;
  const { maxRecordBytesOf, openKafka, openLake } = await import('../connections.ts');
  const { createProducer } = await import('../kafka/producer.ts');
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
    return createRedriver({
      ...{ producer, region, generation, maxEventBytes: ingest.maxEventBytes },
      async readRawValue(at) {
        if (opening === undefined) {
          opening = openLake(config, silentLog());
          const { close } = await opening;
          closing.push(close);
        }
        return rawValueInLake((await opening).lake)(at);
      },
    });
  };
  try {
    return await work({ config, letters, redriver });
  } finally {
    for (const close of closing.reverse()) await close();
  }
}
