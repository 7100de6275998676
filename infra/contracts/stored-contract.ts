/** A registered contract as it stands in the object store. */
import { canonicalJson, type JsonValue } from '../../domain/canonical-json.ts';
import type { ProducerContract } from '../../domain/contracts/producer-contract.ts';
import { contractJson, readContract, refusing } from '../../domain/contracts/read-contract.ts';
import type { NumberedContract } from '../../domain/contracts/contract-book.ts';
import { readFields, type Refuse } from '../../domain/json-fields.ts';

export interface RegisteredContract extends NumberedContract {
  /** ISO 8601. */
  readonly registeredAt: string;
  /** Why it was registered though it breaks readers of the version before, and what it breaks. */
  readonly forced: { readonly reason: string; readonly findings: readonly string[] } | null;
}

const HIGHEST_VERSION = 99_999_999;
const MOST_FINDINGS = 10_000;
const ANY_TEXT = /^[^\0]*$/;

export function storedText({ version, registeredAt, forced, contract }: RegisteredContract): string {
  const body: JsonValue = { version, registeredAt, forced, contract: contractJson(contract) };
  return `${JSON.stringify(body, null, 2)}\n`;
}

/** Reads a stored contract; throws CONTRACT_INVALID, naming `key`, where the object is damaged. */
export function readStored(text: string, key: string): RegisteredContract {
  const refuse = refusing(key);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('the stored object is not JSON');
  }
  const fields = readFields(value, refuse);
  return {
    version: fields.integer('version', 1, HIGHEST_VERSION),
    registeredAt: fields.text('registeredAt', /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/),
    forced: fields.nullable('forced', () => readForced((value as Record<string, unknown>)['forced'], refuse)),
    contract: readContract((value as Record<string, unknown>)['contract'], refuse),
  };
}

function readForced(value: unknown, refuse: Refuse): NonNullable<RegisteredContract['forced']> {
  const fields = readFields(value, refuse);
  const findings = fields.list('findings', MOST_FINDINGS, (item, refuseItem) =>
    typeof item === 'string' ? item : refuseItem('expected text'),
  );
  return { reason: fields.text('reason', ANY_TEXT), findings };
}

/** Whether both promise the same for the same app versions, whatever their descriptions. */
export function samePromise(a: ProducerContract, b: ProducerContract): boolean {
  const withoutWords = (contract: ProducerContract): string =>
    canonicalJson(contractJson({ ...contract, description: '' }));
  return withoutWords(a) === withoutWords(b);
}
