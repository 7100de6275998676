/** Versions of the views `catalogue` and `pages`, made as Parquet and published the way a worker does. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CATALOGUE_PART, CATALOGUE_VIEW, type TitleKind } from '../../domain/catalogue.ts';
import type { Region } from '../../domain/ids.ts';
import type { Manifest } from '../../domain/manifest.ts';
import { PAGES_PART, PAGES_VIEW } from '../../domain/pages.ts';
import { RANKING_POLICY_PART, RANKING_POLICY_VIEW, type PolicySetting } from '../../domain/ranking-policy.ts';
import type { ViewName, ViewVersion } from '../../domain/views.ts';
import { quoteText } from '../../infra/duckdb/connection.ts';
import { createDuckDb } from '../../infra/duckdb/duckdb.ts';
import type { ViewRepository } from '../../infra/hermes/repository.ts';
import { exampleManifest } from './object-store-views.ts';

export interface TitleRow {
  readonly id: string;
  readonly kind: TitleKind;
  readonly genres?: string;
  readonly runtimeSeconds?: number;
  readonly launchTime?: number;
  readonly root?: string;
}

export interface PlaceRow {
  readonly page: string;
  readonly pageKind: string;
  readonly row: string;
  readonly rowKind: string;
  readonly index: number;
  readonly length: number;
}

const number = (value: number | undefined, type: string): string => `CAST(${value ?? 'NULL'} AS ${type})`;

/** The part `entries` as Parquet, with the columns and types of the view. */
const cataloguePart = (titles: readonly TitleRow[]): Promise<Uint8Array> =>
  parquetOf(
    'title_id, kind, name, genres, year, runtime_seconds, launch_time, parent_id, root_title_id, availability',
    titles.map(({ id, kind, genres = '', runtimeSeconds, launchTime, root = id }) => [
      ...[quoteText(id), quoteText(kind), quoteText(`Title ${id}`), quoteText(genres)],
      ...[number(undefined, 'INTEGER'), number(runtimeSeconds, 'DOUBLE'), number(launchTime, 'BIGINT')],
      ...[root === id ? 'CAST(NULL AS VARCHAR)' : quoteText(root), quoteText(root), quoteText('{}')],
    ]),
  );

const pagesPart = (rows: readonly PlaceRow[]): Promise<Uint8Array> =>
  parquetOf(
    'page_id, page_kind, row_id, row_kind, row_index, row_length',
    rows.map(({ page, pageKind, row, rowKind, index, length }) => [
      ...[page, pageKind, row, rowKind].map(quoteText),
      ...[number(index, 'INTEGER'), number(length, 'INTEGER')],
    ]),
  );

export async function publishCatalogue(
  repository: ViewRepository,
  titles: readonly TitleRow[],
  home: Region,
): Promise<ViewVersion> {
  return publishPart(
    repository,
    { view: CATALOGUE_VIEW, part: CATALOGUE_PART, home },
    await cataloguePart(titles),
  );
}

export async function publishPages(
  repository: ViewRepository,
  rows: readonly PlaceRow[],
  home: Region,
): Promise<ViewVersion> {
  return publishPart(repository, { view: PAGES_VIEW, part: PAGES_PART, home }, await pagesPart(rows));
}

export async function publishPolicy(
  repository: ViewRepository,
  settings: readonly PolicySetting[],
  home: Region,
): Promise<ViewVersion> {
  return publishPart(repository, ...(await policyPart(settings, home)));
}

export interface Table {
  readonly view: ViewName;
  readonly part: string;
  /** By name: the type that DuckDB has for it. */
  readonly columns: Readonly<Record<string, string>>;
  readonly key?: readonly string[];
  /** SQL literals. */
  readonly rows: readonly (readonly string[])[];
}

/** A view of one part, such as a file of SQL declares. */
export async function publishTable(
  repository: ViewRepository,
  { view, part, columns, key, rows }: Table,
  home: Region,
): Promise<ViewVersion> {
  const names = Object.keys(columns);
  const typed = rows.map((row) => row.map((value, at) => `CAST(${value} AS ${columns[names[at]!]})`));
  const schema = names.map((name) => ({ name, type: columns[name]!, nullable: false }));
  const body = await parquetOf(names.join(', '), typed);
  return publishPart(repository, { view, part, home, more: { schema, ...(key && { key }) } }, body);
}

/** The version is verified, and may be tried out; it is announced by nobody. */
export async function stagePolicy(
  repository: ViewRepository,
  settings: readonly PolicySetting[],
  home: Region,
): Promise<ViewVersion> {
  const { version } = await stagePart(repository, ...(await policyPart(settings, home)));
  return version;
}

interface PartOf {
  readonly view: ViewName;
  readonly part: string;
  readonly home: Region;
  /** What the manifest says otherwise. */
  readonly more?: Partial<Manifest>;
}

async function policyPart(settings: readonly PolicySetting[], home: Region): Promise<[PartOf, Uint8Array]> {
  const rows = settings.map(({ rowId, setting, value }) => [
    ...[quoteText(rowId), quoteText(setting)],
    ...(typeof value === 'string'
      ? [quoteText(value), 'CAST(NULL AS DOUBLE)']
      : ['CAST(NULL AS VARCHAR)', `CAST(${value} AS DOUBLE)`]),
  ]);
  const part = await parquetOf('row_id, setting, text, number', rows);
  return [{ view: RANKING_POLICY_VIEW, part: RANKING_POLICY_PART, home }, part];
}

async function parquetOf(columns: string, rows: readonly (readonly string[])[]): Promise<Uint8Array> {
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 256 });
  const dir = mkdtempSync(join(tmpdir(), 'marquee-parts-'));
  const path = join(dir, 'part.parquet');
  const values = rows.map((row) => `(${row.join(', ')})`).join(', ');
  try {
    await duckdb.use((connection) =>
      connection.run(
        `COPY (SELECT * FROM (VALUES ${values}) AS t(${columns})) TO ${quoteText(path)} (FORMAT parquet)`,
      ),
    );
    return readFileSync(path);
  } finally {
    await duckdb.close();
    rmSync(dir, { recursive: true });
  }
}

async function publishPart(repository: ViewRepository, at: PartOf, body: Uint8Array): Promise<ViewVersion> {
  const { version, parent, runId } = await stagePart(repository, at, body);
  await repository.announce(at.view, version, { parent, runId });
  return version;
}

async function stagePart(
  repository: ViewRepository,
  { view, part, home, more }: PartOf,
  body: Uint8Array,
): Promise<{ version: ViewVersion; parent: ViewVersion | null; runId: string }> {
  const runId = randomUUID();
  const version = await repository.claimVersion(view, runId);
  const parent = (await repository.readPointer(view))?.version ?? null;
  await repository.putPart(view, version, part, body);
  const sha256 = createHash('sha256').update(body).digest('hex');
  await repository.putManifest({
    ...exampleManifest(view, version, {}, parent, home),
    ...more,
    parts: [{ name: part, rows: 1, bytes: body.byteLength, sha256 }],
  });
  await repository.verify(view, version);
  return { version, parent, runId };
}
