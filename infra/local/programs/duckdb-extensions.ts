import { join } from 'node:path';
import type { FetchSource } from './fetch-source.ts';
import { ensureSealed } from './sealed-folder.ts';
import { fillFromWheels } from './wheels.ts';

/** The DuckDB release that the extensions are built for; the same as the client's in package.json. */
export const DUCKDB_VERSION = '1.5.5';

/**
 * Resolves with a folder to `SET extension_directory` to: it holds httpfs, avro and iceberg where DuckDB looks for them
 * (`v<version>/<platform>/<name>.duckdb_extension`), and DuckDB checks their signatures when it loads them.
 */
export function ensureDuckdbExtensions(source: FetchSource): Promise<string> {
  return ensureSealed({
    dir: join(source.cacheDir, `duckdb-extensions-${DUCKDB_VERSION}`),
    fill: (dir) => {
      source.onFetch();
      return fillFromWheels(
        {
          searchPath: source.searchPath,
          requirements: 'duckdb-extensions',
          title: 'DuckDB with Iceberg',
          instead: 'set DUCKDB_EXTENSION_DIR to a folder that holds httpfs, avro and iceberg',
          place: (path) => placeOf(path),
        },
        dir,
      );
    },
  });
}

function placeOf(path: string): string | undefined {
  const name = /\/([a-z]+)\.duckdb_extension$/.exec(path)?.[1];
  return name === undefined
    ? undefined
    : join(`v${DUCKDB_VERSION}`, duckdbPlatform(process.platform, process.arch), `${name}.duckdb_extension`);
}

/** DuckDB's name of a platform: `linux_amd64`, `osx_arm64`. */
function duckdbPlatform(platform: string, arch: string): string {
  return `${platform === 'darwin' ? 'osx' : platform}_${arch === 'x64' ? 'amd64' : arch}`;
}
