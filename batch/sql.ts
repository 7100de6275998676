import { readFileSync } from 'node:fs';

/** The text of `batch/sql/<name>.sql`. Parameters are `$name`; what a file reads stands in its first lines. */
export function loadSql(name: string): string {
  return readFileSync(new URL(`./sql/${name}.sql`, import.meta.url), 'utf8');
}
