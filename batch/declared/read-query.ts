/** What a query reads and calls, as DuckDB's own parser understands it. */
import { quoteText, type DuckDbConnection } from '../../infra/duckdb/connection.ts';
import { LAKE_TABLES, type LakeTable } from '../../infra/lake/tables.ts';

/** Tells what is wrong with a declaration. */
export type Fail = (reason: string) => never;

/** Table functions that read nothing from outside. */
const TABLE_FUNCTIONS: ReadonlySet<string> = new Set(['unnest', 'range', 'generate_series']);
/** What they give is of the machine or the moment: the same tables would not give the same rows. `$as_of_ms` is of the tables. */
const VOLATILE: ReadonlySet<string> = new Set([
  ...['now', 'today', 'transaction_timestamp', 'get_current_timestamp', 'get_current_time', 'current_date'],
  ...['current_time', 'current_timestamp', 'localtime', 'localtimestamp', 'current_localtime', 'age'],
  ...[
    'current_localtimestamp',
    'random',
    'setseed',
    'uuid',
    'gen_random_uuid',
    'uuidv4',
    'uuidv7',
    'nextval',
  ],
  ...[
    'currval',
    'getenv',
    'getvariable',
    'current_setting',
    'current_user',
    'pg_backend_pid',
    'txid_current',
  ],
]);
const MOST_NODES = 100_000;

interface Serialised {
  readonly error: boolean;
  readonly error_message?: string;
  readonly statements?: readonly unknown[];
}

/**
 * The tables of the lake that one SELECT reads, in their order. Fails for anything else: other statements, tables that there are
 * not, files, functions whose answer changes.
 */
export async function readQuery(connection: DuckDbConnection, sql: string, fail: Fail): Promise<LakeTable[]> {
  const { columns } = await connection.query(`SELECT json_serialize_sql(${quoteText(sql)}) AS tree`);
  const tree = JSON.parse(String(columns['tree']?.values[0])) as Serialised;
  if (tree.error) return fail(tree.error_message ?? 'it cannot be parsed');
  if (tree.statements?.length !== 1)
    return fail(`it has ${tree.statements?.length ?? 0} statements, expected one SELECT`);
  const { tables, ctes, functions, readers } = collect(tree.statements, fail);
  const reader = readers.find((name) => !TABLE_FUNCTIONS.has(name));
  if (reader !== undefined) return fail(`it reads from ${reader}, expected tables of the lake alone`);
  const volatile = functions.find((name) => VOLATILE.has(name));
  if (volatile !== undefined)
    return fail(
      `it calls ${volatile}, which the same tables do not decide; the newest row's time is $as_of_ms`,
    );
  const unknown = tables.find((name) => !isTable(name) && !ctes.has(name));
  if (unknown !== undefined) return fail(`there is no table ${unknown}; there is ${LAKE_TABLES.join(', ')}`);
  const read = LAKE_TABLES.filter((table) => tables.includes(table));
  return read.length === 0 ? fail('it reads no table of the lake') : read;
}

const isTable = (name: string): boolean => (LAKE_TABLES as readonly string[]).includes(name);

interface Collected {
  readonly tables: string[];
  readonly ctes: Set<string>;
  readonly functions: string[];
  readonly readers: string[];
}

/** Walks the tree; names are lower case, as DuckDB compares them. */
function collect(root: unknown, fail: Fail): Collected {
  const found: Collected = { tables: [], ctes: new Set(), functions: [], readers: [] };
  const open: unknown[] = [root];
  for (let nodes = 0; open.length > 0; nodes += 1) {
    if (nodes > MOST_NODES) return fail('it is too long');
    const node = open.pop();
    if (typeof node !== 'object' || node === null) continue;
    if (Array.isArray(node)) {
      open.push(...(node as unknown[]));
      continue;
    }
    note(node as Record<string, unknown>, found, fail);
    open.push(...(Object.values(node) as unknown[]));
  }
  return found;
}

function note(node: Record<string, unknown>, found: Collected, fail: Fail): void {
  const text = (field: string): string => String(node[field] ?? '').toLowerCase();
  const map = (node['cte_map'] as { map?: readonly { key: string }[] } | undefined)?.map ?? [];
  for (const { key } of map) found.ctes.add(key.toLowerCase());
  if (node['type'] === 'BASE_TABLE')
    found.tables.push(
      [text('catalog_name'), text('schema_name'), text('table_name')].filter(Boolean).join('.'),
    );
  if (node['type'] === 'SHOW_REF') fail('it shows tables, expected a SELECT from them');
  if (node['type'] === 'TABLE_FUNCTION')
    found.readers.push(String((node['function'] as { function_name?: unknown }).function_name).toLowerCase());
  if (node['class'] === 'FUNCTION') found.functions.push(text('function_name'));
}
