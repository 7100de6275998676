/** Makes the demo's input: the event file, the catalogue and the pages, from the real data set or its labelled stand-in. */
import { join } from 'node:path';
import type { DataSet, DataSetSource } from '../../infra/datasets/data-set.ts';
import { catalogueLines } from './catalogue.ts';
import { writeLines, type WrittenFile } from './files.ts';
import { generateEvents, type GeneratorOptions } from './generator.ts';
import { pageLines } from './pages.ts';
import { eventLines, MISCHIEF_DEFAULTS, type MischiefOptions } from './mischief.ts';

export interface PrepareOptions extends GeneratorOptions {
  /** The event file is written here as `events.ndjson`. */
  readonly folder: string;
  readonly cataloguePath: string;
  readonly pagesPath: string;
  readonly mischief?: Partial<MischiefOptions>;
}

export interface PreparedInput {
  readonly source: DataSetSource;
  readonly reason?: string;
  readonly events: WrittenFile;
  readonly catalogue: WrittenFile;
}

export async function prepareInput(data: DataSet, options: PrepareOptions): Promise<PreparedInput> {
  const { seed } = options;
  const lines = eventLines(generateEvents(data, options), {
    ...MISCHIEF_DEFAULTS,
    seed,
    ...options.mischief,
  });
  const events = await writeLines(join(options.folder, 'events.ndjson'), lines);
  const catalogue = await writeLines(options.cataloguePath, catalogueLines(data, seed));
  await writeLines(options.pagesPath, pageLines());
  return {
    source: data.source,
    ...(data.reason === undefined ? {} : { reason: data.reason }),
    events,
    catalogue,
  };
}
