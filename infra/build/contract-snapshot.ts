/**
 * `npm run contracts:snapshot`: writes `contracts/` anew from the event contract and the Avro schemas of the code. A
 * change that breaks readers of the snapshot is refused, unless a reason is given, which is kept in `contracts/broken.md`.
 *
 *   npm run contracts:snapshot
 *   npm run contracts:snapshot -- --accept "the field was never sent"
 */
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { describeFinding, isBreaking } from '../../domain/contracts/compatibility.ts';
import { compareWithSnapshot, readSnapshot, SNAPSHOT_FOLDER, writeSnapshot } from '../contracts/snapshot.ts';

const HEADER = `# Changes that broke readers

Each was accepted with a reason when the snapshot was written; see [the page of contracts](../docs/contracts.md).
`;

const { values } = parseArgs({
  options: { accept: { type: 'string' }, folder: { type: 'string', default: SNAPSHOT_FOLDER } },
});
const folder = resolve(import.meta.dirname, '../..', values.folder);
const breaks = existsSync(join(folder, 'event-contract.json')) ? breaksOfSnapshot() : [];

if (breaks.length > 0 && (values.accept ?? '').trim() === '') {
  process.stderr.write(breaks.map((line) => `  ${line}\n`).join(''));
  process.stderr.write('These break readers. If it has to be, say why: --accept "reason".\n');
  process.exitCode = 1;
} else {
  const options = await resolveConfig(import.meta.filename);
  await writeSnapshot(folder, (json) => format(json, { ...options, parser: 'json' }));
  if (breaks.length > 0) await keepReason(values.accept ?? '');
  process.stderr.write(`${folder} says what the code says.\n`);
}

function breaksOfSnapshot(): string[] {
  const { findings, onlyOlder } = compareWithSnapshot(readSnapshot(folder));
  return [...findings.filter(isBreaking).map(describeFinding), ...onlyOlder.map((name) => `${name} is gone`)];
}

async function keepReason(reason: string): Promise<void> {
  const file = join(folder, 'broken.md');
  if (!existsSync(file)) writeFileSync(file, HEADER);
  const lines = breaks.map((line) => `- ${line}`).join('\n');
  appendFileSync(file, await format(`\n## ${reason}\n\n${lines}\n`, { parser: 'markdown' }));
}
