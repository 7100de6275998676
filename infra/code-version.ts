/** What a manifest names as the code that computed it. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is computed is a function of these, of the input and of the libraries that the release pins. */
const FOLDERS = ['batch', 'domain'];
const SOURCES = /(?<!\.d)\.(ts|js|sql)$/;
const DIGITS = 12;

/**
 * The release and a digest of the sources of `batch` and `domain`: `marquee/0.1.0+3f2a…`. Nothing is taken for unchanged,
 * or counted on, that other sources computed.
 */
export async function codeVersionOf(
  { name, version }: { readonly name: string; readonly version: string },
  root: string = fileURLToPath(new URL('..', import.meta.url)),
): Promise<string> {
  const paths: string[] = [];
  for (const folder of FOLDERS)
    for (const entry of await readdir(join(root, folder), { recursive: true, withFileTypes: true }))
      if (entry.isFile() && SOURCES.test(entry.name)) paths.push(join(entry.parentPath, entry.name));
  const digest = createHash('sha256');
  const placed = paths.map((path) => ({ path, place: relative(root, path).split(sep).join('/') }));
  for (const { path, place } of placed.sort((a, b) => (a.place < b.place ? -1 : 1))) {
    const source = await readFile(path);
    digest.update(`${place} ${source.length}\n`).update(source);
  }
  return `${name}/${version}+${digest.digest('hex').slice(0, DIGITS)}`;
}
