/**
 * `npm run client:generate`: writes `examples/client/api.ts` anew from the OpenAPI document of this code base, or, with an
 * address, from that of a running process: `npm run client:generate -- http://127.0.0.1:4000/openapi.json`.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { presentDocument } from './document.ts';
import { typesOf } from './types-of.ts';

const [address] = process.argv.slice(2);
const document =
  address === undefined ? presentDocument() : ((await (await fetch(address)).json()) as object);
const file = join(import.meta.dirname, 'api.ts');
await writeFile(file, await typesOf(document));
process.stderr.write(`${file} says what the document says.\n`);
