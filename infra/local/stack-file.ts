/** `<dataDir>/stack.json`: what the local stack runs, and where clients find it. */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MarqueeError } from '../../domain/errors.ts';
import { commandLineOf } from './process.ts';
import type { ServerName, ServerRecord } from './server.ts';

export interface StackFile {
  /** Environment keys that `loadConfig` reads where the environment has none; holds the object store's secret. */
  readonly environment: Readonly<Record<string, string>>;
  readonly servers: Readonly<Partial<Record<ServerName, ServerRecord>>>;
}

const EMPTY: StackFile = { environment: {}, servers: {} };

/** The file's content; empty when there is none or it cannot be read. */
export function readStackFile(dataDir: string): StackFile {
  try {
    return {
      ...EMPTY,
      ...(JSON.parse(readFileSync(join(dataDir, 'stack.json'), 'utf8')) as Partial<StackFile>),
    };
  } catch {
    return EMPTY;
  }
}

/** Replaces the file at once; only its owner may read it. */
export function writeStackFile(dataDir: string, file: StackFile): void {
  mkdirSync(dataDir, { recursive: true });
  const fresh = join(dataDir, `stack.json.${process.pid}`);
  writeFileSync(fresh, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
  renameSync(fresh, join(dataDir, 'stack.json'));
}

/** Runs `body` while no other process changes this stack. Throws SERVER_MISSING when another one is at it. */
export async function withStackLock<T>(dataDir: string, body: () => Promise<T>): Promise<T> {
  mkdirSync(dataDir, { recursive: true });
  const lock = join(dataDir, 'stack.lock');
  takeLock(lock);
  try {
    return await body();
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock: string): void {
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      const holder = Number(readFileSync(lock, 'utf8'));
      if (holder !== process.pid && holder > 0 && commandLineOf(holder) !== undefined) {
        throw new MarqueeError('SERVER_MISSING', {
          server: 'The local stack',
          reason: `process ${holder} is changing it`,
          remedy: `Wait for it, or remove ${lock}`,
        });
      }
      rmSync(lock, { force: true });
    }
  }
}
