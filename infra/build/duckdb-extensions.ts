/** `node infra/build/duckdb-extensions.ts <folder>`: fetches the pinned DuckDB extensions into a folder of an image. */
import { resolve } from 'node:path';
import { loadLocalConfig } from '../config.ts';
import { createPrograms } from '../local/programs/programs.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: node infra/build/duckdb-extensions.ts <folder>');

const { searchPath } = loadLocalConfig();
const programs = createPrograms({ cacheDir: resolve(folder), searchPath, report: () => {} });
process.stdout.write(`${await programs.duckdbExtensions()}\n`);
