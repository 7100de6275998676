/** Registers what the demo's gateways promise to send, so that the audit judges them by it. */
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseContract } from '../../domain/contracts/read-contract.ts';
import type { Config } from '../../infra/config.ts';
import { openObjectStore } from '../../infra/connections.ts';
import { createContractRegistry } from '../../infra/contracts/registry.ts';

const FOLDER = resolve(import.meta.dirname, '../../contracts/producers');

/** Every version of every producer, in order; resolves with how many there are. */
export async function registerContracts(config: Config): Promise<number> {
  const files = globSync('*/*.json', { cwd: FOLDER }).sort();
  const store = openObjectStore(config);
  try {
    await store.ensureBucket();
    const registry = createContractRegistry({ store, region: config.region });
    for (const file of files)
      await registry.register(parseContract(readFileSync(join(FOLDER, file), 'utf8'), file));
    return files.length;
  } finally {
    store.close();
  }
}
