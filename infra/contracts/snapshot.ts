/**
 * The committed snapshot of the event contract and of every Avro schema: `event-contract.json` and `avro/<record>.avsc`
 * in one folder. Code that says something else than the snapshot is held against it before it reaches anybody.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { canonicalJson, type JsonValue } from '../../domain/canonical-json.ts';
import { isBreaking } from '../../domain/contracts/compatibility.ts';
import { MarqueeError } from '../../domain/errors.ts';
import {
  codeDocuments,
  compareSets,
  EVENT_CONTRACT,
  parseDocument,
  type Comparison,
  type ContractDocument,
} from './documents.ts';

export const SNAPSHOT_FOLDER = 'contracts';

export interface SnapshotState extends Comparison {
  /** Whether the snapshot says exactly what the code says. */
  readonly isCurrent: boolean;
  /** Whether anything breaks a reader, or a schema of the snapshot is gone. */
  readonly isCompatible: boolean;
}

/** Reads a snapshot; throws CONTRACT_NOT_FOUND where the folder holds none. */
export function readSnapshot(folder: string): ContractDocument[] {
  const main = join(folder, `${EVENT_CONTRACT}.json`);
  if (!existsSync(main)) throw new MarqueeError('CONTRACT_NOT_FOUND', { subject: main });
  const schemas = readdirSync(join(folder, 'avro')).filter((name) => name.endsWith('.avsc'));
  const files = [main, ...schemas.sort().map((name) => join(folder, 'avro', name))];
  return files.map((file) => parseDocument(readFileSync(file, 'utf8'), file));
}

/** The contracts of producers beside a snapshot: `producers/<producer>/<number>.json`, in the order of their numbers. */
export function producerFiles(folder: string): string[] {
  const producers = join(folder, 'producers');
  if (!existsSync(producers)) return [];
  return readdirSync(producers, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort(new Intl.Collator('en', { numeric: true }).compare)
    .map((name) => join(producers, name));
}

/** Holds the code against the snapshot. */
export function compareWithSnapshot(
  snapshot: readonly ContractDocument[],
  code: readonly ContractDocument[] = codeDocuments(),
): SnapshotState {
  const comparison = compareSets(snapshot, code);
  const { findings, onlyOlder } = comparison;
  return {
    ...comparison,
    isCurrent: spelled(snapshot) === spelled(code),
    isCompatible: !findings.some(isBreaking) && onlyOlder.length === 0,
  };
}

const bodyOf = (document: ContractDocument): JsonValue =>
  (document.type === 'avro' ? document.schema : document.contract) as unknown as JsonValue;

const spelled = (documents: readonly ContractDocument[]): string =>
  documents
    .map((document) => `${document.name} ${canonicalJson(bodyOf(document))}`)
    .sort()
    .join('\n');

/** Writes what the code says, in place of what was there. `format` makes JSON look like the rest of the project. */
export async function writeSnapshot(
  folder: string,
  format: (json: string) => Promise<string>,
): Promise<void> {
  rmSync(join(folder, 'avro'), { recursive: true, force: true });
  mkdirSync(join(folder, 'avro'), { recursive: true });
  for (const document of codeDocuments()) {
    const name =
      document.type === 'avro' ? join('avro', `${document.schema.name}.avsc`) : `${document.name}.json`;
    writeFileSync(join(folder, name), await format(JSON.stringify(bodyOf(document), null, 2)));
  }
}
