import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { MarqueeError } from '../../domain/errors.ts';
import { quoteName, quoteText, wrapConnection, type DuckDbConnection } from './connection.ts';
import { createPackedSources } from './packed-source.ts';
import { createPool } from './pool.ts';

export interface DuckDbOptions {
  /** Extensions to load, in order; `[]` needs neither network nor files. */
  readonly extensions?: readonly string[];
  /**
   * DuckDB's extension folder (`v<version>/<platform>/<name>.duckdb_extension`); default its own. Extensions that it
   * does not hold are installed into it over the network.
   */
  readonly extensionDir?: string;
  readonly threads: number;
  readonly memoryLimitMb: number;
  /** Where larger-than-memory operators spill; none means that they fail instead. */
  readonly tempDir?: string;
  /** Connections at a time; default 4. */
  readonly connections?: number;
  /** Callers that may wait for a connection; default 256. */
  readonly maxWaiting?: number;
  /** Default 10 minutes. */
  readonly statementTimeoutMs?: number;
}

/** One in-process DuckDB with a bounded pool of connections. */
export interface DuckDb {
  /** Lends a connection. Temporary tables live as long as the connection, so drop or replace what you stage. */
  use<T>(work: (connection: DuckDbConnection) => Promise<T>): Promise<T>;
  /** Waits for lent connections, then closes the instance. */
  close(): Promise<void>;
}

/** The three extensions that an Iceberg lake in S3 needs, in loading order. */
export const LAKE_EXTENSIONS = ['avro', 'httpfs', 'iceberg'] as const;

/** Opens an in-memory instance. Throws SERVER_MISSING when an extension can neither be found nor installed. */
export async function createDuckDb(options: DuckDbOptions): Promise<DuckDb> {
  // DuckDB makes the folder itself when it first spills, but not those above it.
  if (options.tempDir !== undefined) await mkdir(dirname(options.tempDir), { recursive: true });
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(options.threads),
    memory_limit: `${options.memoryLimitMb}MB`,
    temp_directory: options.tempDir ?? '',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const packed = createPackedSources();
  const settings = { statementTimeoutMs: options.statementTimeoutMs ?? 600_000, packed };
  const pool = createPool({
    name: 'DuckDB',
    limit: options.connections ?? 4,
    maxWaiting: options.maxWaiting ?? 256,
    create: async () => {
      const native = await instance.connect();
      packed.register(native);
      return { native, wrapped: wrapConnection(native, settings) };
    },
    dispose: ({ native }) => native.closeSync(),
    reusable: ({ wrapped }) => !wrapped.broken(),
  });
  const duckdb: DuckDb = {
    use: (work) => pool.use(({ wrapped }) => work(wrapped)),
    async close() {
      await pool.close();
      instance.closeSync();
    },
  };
  try {
    await duckdb.use((connection) => loadExtensions(connection, options));
  } catch (error) {
    await duckdb.close();
    throw error;
  }
  return duckdb;
}

async function loadExtensions(connection: DuckDbConnection, options: DuckDbOptions): Promise<void> {
  if (options.extensionDir !== undefined) {
    await connection.run(`SET extension_directory = ${quoteText(options.extensionDir)}`);
  }
  for (const name of options.extensions ?? []) {
    try {
      await connection.run(`LOAD ${quoteName(name)}`);
    } catch {
      await installExtension(connection, name);
    }
  }
}

async function installExtension(connection: DuckDbConnection, name: string): Promise<void> {
  try {
    await connection.run(`INSTALL ${quoteName(name)}; LOAD ${quoteName(name)}`);
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new MarqueeError(
      'SERVER_MISSING',
      {
        server: `DuckDB extension ${name}`,
        reason,
        remedy: 'Run `marquee up`, or set DUCKDB_EXTENSION_DIR to a folder that holds it',
      },
      { cause },
    );
  }
}
