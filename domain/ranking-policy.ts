/** How rows are ranked: declared in a file, published like any view, so that a change can be seen, refused and pinned. */
import { PAYLOAD_FIELDS } from './events/contract.ts';
import { readFields, type Refuse } from './json-fields.ts';
import { LINE_RULES, type LineFaults } from './line-faults.ts';
import { viewName } from './views.ts';

/**
 * The published policy: one Parquet part, ordered by row_id and setting. Columns: row_id (VARCHAR, `*` for all rows),
 * setting (VARCHAR), text (VARCHAR, null for a number), number (DOUBLE, null for a text).
 */
export const RANKING_POLICY_VIEW = viewName('ranking-policy');
export const RANKING_POLICY_PART = 'policy';

/** One setting of one row; the value is a text or a number. */
export interface PolicySetting {
  readonly rowId: string;
  readonly setting: string;
  readonly value: string | number;
}

const ROW = /^[^\p{Cc}\p{Cs}]+$/u;
const SETTING = /^[a-z][a-z0-9_]{0,62}$/;
const VALUE = /^[^\p{Cc}\p{Cs}]{1,200}$/u;
const LARGEST = 1e12;

/** Reads one line of the source, as parsed JSON. Unknown fields are passed over. */
export function readPolicySetting(value: unknown, refuse: Refuse): PolicySetting {
  const fields = readFields(value, refuse);
  const rowId = fields.text('rowId', ROW);
  if (rowId.length > PAYLOAD_FIELDS.row.max) return refuse(`field rowId has ${rowId.length} characters`);
  return { rowId, setting: fields.text('setting', SETTING), value: readValue(value, refuse) };
}

function readValue(line: unknown, refuse: Refuse): string | number {
  const { value } = line as { readonly value?: unknown };
  if (typeof value === 'number' && Math.abs(value) <= LARGEST) return value;
  if (typeof value === 'string' && VALUE.test(value)) return value;
  return refuse('field value is neither a text of at most 200 characters nor a number up to 10^12');
}

/** A setting comes once for a row. */
export function createPolicySet(faults: LineFaults): { add(line: number, setting: PolicySetting): void } {
  const seen = new Set<string>();
  return {
    add(line, { rowId, setting }) {
      const key = JSON.stringify([rowId, setting]);
      if (seen.has(key))
        faults.add(line, LINE_RULES.keys, `setting ${setting} of row ${rowId} is there already`);
      seen.add(key);
    },
  };
}
