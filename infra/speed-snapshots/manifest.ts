/** The manifest of a snapshot of the speed view: where it stands, of which fold, and the parts with their checksums. */
import { parseJson, readFields, type Refuse } from '../../domain/json-fields.ts';
import { FOLD_VERSION } from '../../domain/speed-view.ts';

/** Raised with every change of the parts' bytes. */
const FORMAT = 1;

export interface SnapshotPart {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface SnapshotManifest {
  readonly id: string;
  /** The one before, whose parts are kept for those who are still reading them; null for the first. */
  readonly before: string | null;
  readonly writtenAt: number;
  readonly partitions: number;
  readonly blockSize: number;
  /** Offset after the last record taken, by partition of the speed view; null where there was none. */
  readonly positions: readonly (number | null)[];
  /** A part a lane, in no order, and the sums last. */
  readonly parts: readonly SnapshotPart[];
}

const ID = /^[0-9a-f-]{1,64}$/;
const NAME = /^[a-z0-9-]{1,64}$/;
const SHA256_HEX = /^[0-9a-f]{64}$/;
const MOST_PARTITIONS = 20_000;
const LARGEST = Number.MAX_SAFE_INTEGER;

export const serialiseSnapshot = (manifest: SnapshotManifest): string =>
  `${JSON.stringify({ format: FORMAT, foldVersion: FOLD_VERSION, ...manifest }, null, 2)}\n`;

/** Calls `refuse` unless it is a manifest of this format and version of the fold. */
export function parseSnapshot(text: string, refuse: Refuse): SnapshotManifest {
  const fields = readFields(parseJson(text, refuse), refuse);
  const [format, fold] = [fields.integer('format', 0, LARGEST), fields.integer('foldVersion', 0, LARGEST)];
  if (format !== FORMAT) return refuse(`it is of format ${format}, not ${FORMAT}`);
  if (fold !== FOLD_VERSION) return refuse(`it is of version ${fold} of the fold, not ${FOLD_VERSION}`);
  return {
    id: fields.text('id', ID),
    before: fields.nullable('before', (field) => fields.text(field, ID)),
    writtenAt: fields.integer('writtenAt', 0, LARGEST),
    partitions: fields.integer('partitions', 1, MOST_PARTITIONS),
    blockSize: fields.integer('blockSize', 1, 2 ** 40),
    positions: fields.list('positions', MOST_PARTITIONS, (offset) => readPosition(offset, refuse)),
    parts: fields.list('parts', MOST_PARTITIONS, readPart),
  };
}

function readPosition(offset: unknown, refuse: Refuse): number | null {
  if (offset === null) return null;
  return Number.isSafeInteger(offset) && (offset as number) >= 0 ? (offset as number) : refuse('no offset');
}

function readPart(value: unknown, refuse: Refuse): SnapshotPart {
  const fields = readFields(value, refuse);
  return {
    name: fields.text('name', NAME),
    bytes: fields.integer('bytes', 0, LARGEST),
    sha256: fields.text('sha256', SHA256_HEX),
  };
}
