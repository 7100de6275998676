/** The manifest of one view version: what it holds, where it came from and how far it has read. */
import { canonicalJson } from './canonical-json.ts';
import type { Generation, Region } from './ids.ts';
import { isInteger, parseJson, readFields, shapeOf, type JsonFields, type Refuse } from './json-fields.ts';
import {
  corrupt,
  readExpectedVersion,
  readExpectedView,
  readInstant,
  readVersion,
  SHA256_HEX,
  type ViewName,
  type ViewVersion,
} from './views.ts';

/** One column of the view's parts; `type` as DuckDB names it (`VARCHAR`, `BIGINT`, …). */
export type Column = { readonly name: string; readonly type: string; readonly nullable: boolean };

/** One Parquet file of the version. `name` is without `.parquet`; `sha256` in lower-case hex. */
export type PartEntry = {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
};

/** Clean topic → first offset of each partition that the view has not counted, by partition. */
export type CutVector = Readonly<Record<string, readonly number[]>>;

/** A table the version was computed from. Iceberg snapshot ids are 64 bits wide: decimal text. */
export type TableInput = { readonly table: string; readonly snapshotId: string };

/**
 * A file the version was made from. `source` is its address without credentials and query; `sha256` (lower-case hex)
 * and `bytes` are of the bytes as they came, `etag` is what the server called them, or null.
 */
export type SourceInput = {
  readonly source: string;
  readonly sha256: string;
  readonly bytes: number;
  readonly etag: string | null;
};

export type ViewInput = TableInput | SourceInput;

const ofView = (view: ViewName): string => `view:${view}/`;

/** A part of a version that another version was made from, as a source: `view:catalogue/7/entries`. */
export const viewInput = (view: ViewName, version: ViewVersion, part: PartEntry): SourceInput => ({
  source: `${ofView(view)}${version}/${part.name}`,
  sha256: part.sha256,
  bytes: part.bytes,
  etag: null,
});

/** Inputs but for the parts of a view, whatever their version. */
export const withoutView = (inputs: readonly ViewInput[], view: ViewName): readonly ViewInput[] =>
  inputs.filter((input) => !('source' in input) || !input.source.startsWith(ofView(view)));

/** The source among the inputs; undefined for a version made from tables. */
export const sourceOf = ({ inputs }: Pick<Manifest, 'inputs'>): SourceInput | undefined =>
  inputs.find((input): input is SourceInput => 'source' in input);

export type Manifest = {
  readonly view: ViewName;
  readonly version: ViewVersion;
  readonly region: Region;
  readonly generation: Generation;
  readonly schema: readonly Column[];
  readonly parts: readonly PartEntry[];
  /** Every entry is a multiple of `blockSize`. Empty for a view that reads no topic. */
  readonly cut: CutVector;
  readonly blockSize: number;
  readonly inputs: readonly ViewInput[];
  readonly codeVersion: string;
  readonly foldVersion: number;
  /** The newest good version when this one was begun, or null for the first. */
  readonly parent: ViewVersion | null;
  /** ISO instant the workflow gave: the same for every try of the run. */
  readonly asOf: string;
  readonly rowCounts: Readonly<Record<string, number>>;
  readonly metrics: Readonly<Record<string, number>>;
  /** Columns that are whole and unique together in the view's part, for a view that says so; rows are ordered by them. */
  readonly key?: readonly string[];
};

/** An etag that can be kept. */
export const ETAG = /^[\x20-\x7e]{1,1000}$/;
/** What a part may be called: it becomes a file's name on every machine. */
export const PART_NAME = /^[a-z0-9][a-z0-9_-]{0,127}$/;
const COLUMN_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
const COLUMN_TYPE = /^[A-Za-z][A-Za-z0-9_ (),[\]"]{0,255}$/;
const WORD = /^[A-Za-z0-9][A-Za-z0-9._+/-]{0,254}$/;
const ADDRESS = /^[a-z0-9]+:[\x21-\x7e]{1,2000}$/;

const SNAPSHOT_ID = /^-?\d{1,20}$/;
const GENERATION = /^g[1-9]\d{0,5}$/;
const MOST_PARTS = 10_000;
const MOST_COLUMNS = 2_000;
const MOST_PARTITIONS = 10_000;
const LARGEST = Number.MAX_SAFE_INTEGER;

/** The part of this name. It is stored under its own, or with its checksum behind it where the name was taken. */
export function findPart({ parts }: Pick<Manifest, 'parts'>, name: string): PartEntry | undefined {
  return parts.find((part) => part.name.replace(BESIDE, '') === name);
}

/** What another try of a run put beside a part has the checksum in its name. */
export const BESIDE = /-[0-9a-f]{16}$/;

/** The manifest's one spelling: the same manifest gives the same text, whatever the order of its fields was. */
export function serialiseManifest(manifest: Manifest): string {
  return canonicalJson(manifest);
}

/**
 * Reads a manifest that may have been damaged or forged. Throws VIEW_CORRUPT unless it is whole, consistent, and of
 * the view and version that were asked for.
 */
export function parseManifest(text: string, view: ViewName, version: ViewVersion): Manifest {
  const refuse = corrupt(view, version);
  const value = parseJson(text, refuse);
  const fields = readFields(value, refuse);
  const manifest: Manifest = {
    view: readExpectedView(fields, view, refuse),
    version: readExpectedVersion(fields, version, refuse),
    region: fields.text('region', WORD) as Region,
    generation: fields.text('generation', GENERATION) as Generation,
    schema: fields.list('schema', MOST_COLUMNS, readColumn),
    parts: fields.list('parts', MOST_PARTS, readPart),
    cut: fields.record('cut', readCut),
    blockSize: fields.integer('blockSize', 1, 2 ** 40),
    inputs: fields.list('inputs', 100, readInput),
    codeVersion: fields.text('codeVersion', WORD),
    foldVersion: fields.integer('foldVersion', 0, LARGEST),
    parent: fields.nullable('parent', (field) => readVersion(fields, field)),
    asOf: readInstant(fields, 'asOf', refuse),
    rowCounts: fields.record('rowCounts', readCount),
    metrics: fields.record('metrics', readMetric),
    ...(Object.hasOwn(value as object, 'key') && { key: fields.list('key', MOST_COLUMNS, readName) }),
  };
  checkConsistency(manifest, refuse);
  return manifest;
}

function checkConsistency(manifest: Manifest, refuse: Refuse): void {
  const { blockSize, cut, parent, parts, schema, version } = manifest;
  if (Math.log2(blockSize) % 1 !== 0) refuse(`block size ${blockSize} is not a power of two`);
  for (const [topic, offsets] of Object.entries(cut)) {
    const off = offsets.find((offset) => offset % blockSize !== 0);
    if (off !== undefined) refuse(`cut ${off} of ${topic} is not at a block's start`);
  }
  if (parent !== null && parent >= version) refuse(`parent ${parent} is not older`);
  refuseTwins('part', parts, refuse);
  refuseTwins('column', schema, refuse);
  const stray = manifest.key?.find((name) => !schema.some((column) => column.name === name));
  if (stray !== undefined) refuse(`key ${stray} is no column`);
}

function refuseTwins(kind: string, named: readonly { readonly name: string }[], refuse: Refuse): void {
  const seen = new Set<string>();
  for (const { name } of named) {
    if (seen.has(name)) refuse(`${kind} ${name} is listed twice`);
    seen.add(name);
  }
}

const readName = (value: unknown, refuse: Refuse): string =>
  typeof value === 'string' && COLUMN_NAME.test(value)
    ? value
    : refuse(`expected a name, got ${shapeOf(value)}`);

function readColumn(value: unknown, refuse: Refuse): Column {
  const fields = readFields(value, refuse);
  return {
    name: fields.text('name', COLUMN_NAME),
    type: fields.text('type', COLUMN_TYPE),
    nullable: fields.flag('nullable'),
  };
}

function readPart(value: unknown, refuse: Refuse): PartEntry {
  const fields: JsonFields = readFields(value, refuse);
  return {
    name: fields.text('name', PART_NAME),
    rows: fields.integer('rows', 0, LARGEST),
    bytes: fields.integer('bytes', 0, LARGEST),
    sha256: fields.text('sha256', SHA256_HEX),
  };
}

function readInput(value: unknown, refuse: Refuse): ViewInput {
  const fields = readFields(value, refuse);
  if (Object.hasOwn(value as object, 'source')) return readSource(fields);
  return { table: fields.text('table', WORD), snapshotId: fields.text('snapshotId', SNAPSHOT_ID) };
}

function readSource(fields: JsonFields): SourceInput {
  return {
    source: fields.text('source', ADDRESS),
    sha256: fields.text('sha256', SHA256_HEX),
    bytes: fields.integer('bytes', 0, LARGEST),
    etag: fields.nullable('etag', (field) => fields.text(field, ETAG)),
  };
}

function readCut(value: unknown, refuse: Refuse): readonly number[] {
  if (!Array.isArray(value) || value.length > MOST_PARTITIONS)
    return refuse(`expected offsets, got ${shapeOf(value)}`);
  return value.map((offset) => readCount(offset, refuse));
}

function readCount(value: unknown, refuse: Refuse): number {
  return isInteger(value, 0, LARGEST) ? value : refuse(`expected a whole number, got ${shapeOf(value)}`);
}

function readMetric(value: unknown, refuse: Refuse): number {
  return typeof value === 'number' && Number.isFinite(value)
    ? value
    : refuse(`expected a number, got ${shapeOf(value)}`);
}
