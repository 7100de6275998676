/** Where the contracts that a schema command names are found: files, a snapshot's folder, the code, the store. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { MarqueeError } from '../../domain/errors.ts';
import { codeDocuments, parseDocument, type ContractDocument } from '../contracts/documents.ts';
import { publishedDocuments } from '../contracts/published.ts';
import { createContractRegistry, type ContractRegistry } from '../contracts/registry.ts';
import { readSnapshot } from '../contracts/snapshot.ts';
import { createS3ObjectStore } from '../object-store/s3.ts';
import type { CliDeps } from './deps.ts';

export interface SchemaSources {
  registry(): ContractRegistry;
  /**
   * The documents that one argument names: `code`, `published`, `<producer>@<version>`, `<producer>@newest`, a file, or
   * the folder of a snapshot. Throws CONTRACT_NOT_FOUND or CONTRACT_INVALID.
   */
  resolve(name: string): Promise<ContractDocument[]>;
}

/** Runs a command with a store of its own, opened at its first use and closed whatever happens. */
export async function withSources<T>(
  deps: CliDeps,
  work: (sources: SchemaSources) => Promise<T>,
): Promise<T> {
  let opened: ReturnType<typeof open> | undefined;
  const open = () => {
    const { s3, region } = deps.loadConfig();
    const store = createS3ObjectStore(s3);
    return { store, region, registry: createContractRegistry({ store, region }) };
  };
  const sources: SchemaSources = {
    registry: () => (opened ??= open()).registry,
    async resolve(name) {
      if (name === 'code') return codeDocuments();
      if (name === 'published') {
        const { store, region } = (opened ??= open());
        return publishedDocuments(store, region);
      }
      if (existsSync(name)) return statSync(name).isDirectory() ? readSnapshot(name) : [readDocument(name)];
      return [await registered(() => (opened ??= open()).registry, name)];
    },
  };
  try {
    return await work(sources);
  } finally {
    opened?.store.close();
  }
}

export function readDocument(file: string): ContractDocument {
  if (!existsSync(file)) throw new MarqueeError('CONTRACT_NOT_FOUND', { subject: file });
  return parseDocument(readFileSync(file, 'utf8'), file);
}

async function registered(registry: () => ContractRegistry, name: string): Promise<ContractDocument> {
  const [, producer = '', version = ''] =
    /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})@(\d{1,8}|newest)$/.exec(name) ?? [];
  if (producer === '') throw new MarqueeError('CONTRACT_NOT_FOUND', { subject: name });
  const found =
    version === 'newest'
      ? await registry().newest(producer)
      : await registry().read(producer, Number(version));
  if (found === undefined) throw new MarqueeError('CONTRACT_NOT_FOUND', { subject: name });
  return { type: 'producer', name: producer, contract: found.contract };
}
