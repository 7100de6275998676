/**
 * The Iceberg REST catalog, for what DuckDB's extension has no words for: tags, removal of snapshots, snapshots of our own
 * making. Paths and shapes: the OpenAPI document of the Iceberg project (rest-catalog-open-api.yaml).
 */
import { MarqueeError } from '../../../domain/errors.ts';
import type { LakeAccess } from '../lake-sql.ts';
import type { TableCommit } from './commits.ts';
import { loadedTable, type LoadedTable } from './table-metadata.ts';
import { parseWire, writeWire } from './wire-json.ts';

/**
 * Verbs throw LAKE_CONFLICT when a requirement does not hold or the table moved, and LAKE_UNAVAILABLE when the catalog
 * did not answer: the outcome of a commit is then not known, and the table has to be loaded again to see. Nothing is
 * tried again here.
 */
export interface RestCatalog {
  /** Undefined where there is no such table. */
  loadTable(namespace: string, table: string): Promise<LoadedTable | undefined>;
  /** All updates in one step, or none. */
  commit(namespace: string, table: string, commit: TableCommit): Promise<LoadedTable>;
  /**
   * Several tables at once. What one of them refuses, none gets; but SeaweedFS moves the tables one after the other and
   * takes back what it moved, so that readers may see some of it, and a crash in between leaves some of it.
   */
  commitAll(changes: readonly (TableCommit & TableName)[]): Promise<void>;
}

export interface TableName {
  readonly namespace: string;
  readonly table: string;
}

/** Taken off a token's life, so that it does not end under way. */
const TOKEN_MARGIN_MS = 30_000;
const TOKEN_LIFE_MS = 300_000;
const LONGEST_REASON = 300;

interface Answer {
  readonly status: number;
  readonly text: string;
}

type Access = Pick<LakeAccess, 'catalogUri' | 'warehouse' | 'auth' | 'requestTimeoutMs'> & {
  readonly s3: Pick<LakeAccess['s3'], 'accessKeyId' | 'secretAccessKey'>;
};

export function createRestCatalog(access: Access): RestCatalog {
  const uri = access.catalogUri.replace(/\/$/, '');
  const timeoutMs = access.requestTimeoutMs ?? 30_000;
  let token: { readonly value: string; readonly until: number } | undefined;
  let prefix: Promise<string> | undefined;

  async function send(method: string, path: string, headers: Record<string, string>, body?: string) {
    try {
      const answer = await fetch(`${uri}${path}`, {
        method,
        headers,
        signal: AbortSignal.timeout(timeoutMs),
        ...(body === undefined ? {} : { body }),
      });
      return { status: answer.status, text: await answer.text() };
    } catch (cause) {
      throw new MarqueeError(
        'LAKE_UNAVAILABLE',
        { reason: `${method} ${path}: ${wordsOf(cause)}` },
        { cause },
      );
    }
  }

  /** OAuth2 client credentials with the keys of the object store, as DuckDB gets in. */
  async function authorization(): Promise<Record<string, string>> {
    if (access.auth === 'none') return {};
    if (token === undefined || token.until <= Date.now()) {
      const form = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: access.s3.accessKeyId,
        client_secret: access.s3.secretAccessKey,
        scope: 'PRINCIPAL_ROLE:ALL',
      });
      const type = { 'content-type': 'application/x-www-form-urlencoded' };
      const answer = await send('POST', '/v1/oauth/tokens', type, form.toString());
      if (answer.status !== 200) throw refused('POST', '/v1/oauth/tokens', answer);
      const got = parseWire(answer.text) as { access_token: string; expires_in?: number };
      const lifeMs = (got.expires_in ?? TOKEN_LIFE_MS / 1000) * 1000;
      token = { value: got.access_token, until: Date.now() + Math.max(0, lifeMs - TOKEN_MARGIN_MS) };
    }
    return { authorization: `Bearer ${token.value}` };
  }

  async function request(method: string, path: string, body?: unknown): Promise<Answer> {
    const text = body === undefined ? undefined : writeWire(body);
    const headers = text === undefined ? undefined : { 'content-type': 'application/json' };
    const answer = await send(method, path, { ...headers, ...(await authorization()) }, text);
    if (answer.status !== 401 || token === undefined) return answer;
    // A catalog that was started anew knows none of its old tokens.
    token = undefined;
    return send(method, path, { ...headers, ...(await authorization()) }, text);
  }

  /** `/v1/<prefix>`, as the catalog wants it for this warehouse. */
  function root(): Promise<string> {
    prefix ??= (async () => {
      const path = `/v1/config?warehouse=${encodeURIComponent(access.warehouse)}`;
      const answer = await request('GET', path);
      if (answer.status !== 200) throw refused('GET', path, answer);
      const { overrides, defaults } = parseWire(answer.text) as Record<string, Record<string, string> | null>;
      const named = overrides?.['prefix'] ?? defaults?.['prefix'] ?? '';
      return named === '' ? '/v1' : `/v1/${encodeURIComponent(named)}`;
    })().catch((error: unknown) => {
      prefix = undefined;
      throw error;
    });
    return prefix;
  }

  const pathOf = async (namespace: string, table: string): Promise<string> =>
    `${await root()}/namespaces/${encodeURIComponent(namespace)}/tables/${encodeURIComponent(table)}`;

  return {
    async loadTable(namespace, table) {
      const path = await pathOf(namespace, table);
      const answer = await request('GET', path);
      if (answer.status === 404) return undefined;
      if (answer.status !== 200) throw refused('GET', path, answer, table);
      return read(answer, table);
    },
    async commit(namespace, table, { requirements, updates }) {
      const path = await pathOf(namespace, table);
      const identifier = { namespace: [namespace], name: table };
      const answer = await request('POST', path, { identifier, requirements, updates });
      if (answer.status !== 200) throw refused('POST', path, answer, table);
      return read(answer, table);
    },
    async commitAll(changes) {
      const path = `${await root()}/transactions/commit`;
      const body = {
        'table-changes': changes.map(({ namespace, table, requirements, updates }) => ({
          identifier: { namespace: [namespace], name: table },
          ...{ requirements, updates },
        })),
      };
      const answer = await request('POST', path, body);
      const tables = changes.map(({ table }) => table).join(', ');
      if (answer.status !== 204 && answer.status !== 200) throw refused('POST', path, answer, tables);
    },
  };
}

function read({ text }: Answer, table: string): LoadedTable {
  const found = loadedTable.safeParse(parseWire(text));
  if (found.success) return found.data;
  const reason = `what the catalog says of ${table} is not understood: ${wordsOf(found.error)}`;
  throw new MarqueeError('INTERNAL', { reason }, { cause: found.error });
}

/** A commit that was answered with a server's fault may have been done (the document: CommitStateUnknown). */
function refused(method: string, path: string, { status, text }: Answer, table = ''): MarqueeError {
  const reason = `${method} ${path}: HTTP ${status} ${text.slice(0, LONGEST_REASON)}`;
  if (status === 409) return new MarqueeError('LAKE_CONFLICT', { table }, { cause: new Error(reason) });
  if (status >= 500 || status === 401 || status === 429)
    return new MarqueeError('LAKE_UNAVAILABLE', { reason });
  return new MarqueeError('INTERNAL', { reason });
}

const wordsOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).slice(0, LONGEST_REASON);
