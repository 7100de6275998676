/** Rows of a table in columns of numbers, each key once, in the order of the keys. */
import { groupBy, type Groups } from './group-by.ts';
import { allRows, listOf, type Keys, type Key } from './keys.ts';

/** Whole numbers; those of many rows in as few bytes as will do. */
export type Values = Float64Array | Uint32Array | Uint16Array | Uint8Array;

export interface CodedRows {
  readonly size: number;
  /** What tells rows apart, the first column being the title. */
  readonly keys: Keys;
  readonly values: readonly Values[];
}

/** What two rows of one key come to. */
export type Uniting = 'sum' | 'max';

/** Where rows of one key begin, in rows that are in order; the last entry is how many there are. */
export function runsOf([a, b, c = b]: Keys, order: Uint32Array): Uint32Array {
  const starts = new Uint32Array(order.length + 1);
  let runs = 0;
  let [lastA, lastB, lastC] = [0, 0, 0];
  for (let i = 0; i < order.length; i++) {
    const row = order[i]!;
    const nextA = a[row]!;
    const nextB = b[row]!;
    const nextC = c[row]!;
    if (i > 0 && nextA === lastA && nextB === lastB && nextC === lastC) continue;
    starts[runs++] = i;
    lastA = nextA;
    lastB = nextB;
    lastC = nextC;
  }
  starts[runs] = order.length;
  return starts.subarray(0, runs + 1);
}

/** The keys of the runs. */
export const keysOfRuns = (keys: Keys, order: Uint32Array, starts: Uint32Array): Keys =>
  mapKeys(keys, (key) => {
    const of = new Int32Array(starts.length - 1);
    for (let run = 0; run < of.length; run++) of[run] = key[order[starts[run]!]!]!;
    return of;
  });

function mapKeys([first, second, third]: Keys, change: (key: Key, at: number) => Key): Keys {
  return third === undefined
    ? [change(first, 0), change(second, 1)]
    : [change(first, 0), change(second, 1), change(third, 2)];
}

/** Rows of tables with so many keys and values, before there are any. */
export const noRows = (keys: number, values: number): CodedRows => ({
  size: 0,
  keys:
    keys === 2
      ? [new Int32Array(0), new Int32Array(0)]
      : [new Int32Array(0), new Int32Array(0), new Int32Array(0)],
  values: Array.from({ length: values }, () => new Float64Array(0)),
});

/** More rows than this are united some titles at a time, where their blocks are in order. */
const MOST_AT_ONCE = 1 << 20;

/** Rows of several blocks as one, each key once and in order. The blocks are left as they are. */
export function uniteRows(
  blocks: readonly CodedRows[],
  uniting: Uniting,
  mostAtOnce: number = MOST_AT_ONCE,
): CodedRows {
  const filled = blocks.filter(({ size }) => size > 0);
  if (filled.length === 0) return blocks[0]!;
  const inOrder = filled.every(isInOrder);
  if (filled.length === 1 && inOrder) return filled[0]!;
  const size = sizeOf(filled);
  return inOrder && size > mostAtOnce
    ? unitedByTitles(filled, uniting, mostAtOnce)
    : unitedAtOnce(filled, uniting, size);
}

function unitedAtOnce(filled: readonly CodedRows[], uniting: Uniting, size: number): CodedRows {
  const keys = mapKeys(filled[0]!.keys, (_, k) =>
    joined(new Int32Array(size), filled, (block) => block.keys[k]!),
  );
  const values = filled[0]!.values.map((_, v) =>
    joined(new Float64Array(size), filled, (block) => block.values[v]!),
  );
  return unitedGroups(values, groupBy(keys, allRows(size)), uniting);
}

function unitedByTitles(blocks: readonly CodedRows[], uniting: Uniting, mostAtOnce: number): CodedRows {
  const at = blocks.map(() => 0);
  const united: CodedRows[] = [];
  for (const end of titleEnds(blocks, mostAtOnce)) {
    const slices = blocks.map((block, b) => {
      const from = at[b]!;
      let to = from;
      while (to < block.size && block.keys[0][to]! < end) to++;
      at[b] = to;
      return sliceOf(block, from, to);
    });
    united.push(narrowed(unitedAtOnce(slices, uniting, sizeOf(slices))));
  }
  return inARow(united);
}

/** First titles past each run of titles that has about so many rows; more, where one title has. */
function titleEnds(blocks: readonly CodedRows[], mostAtOnce: number): number[] {
  const last = blocks.reduce((most, { size, keys: [title] }) => Math.max(most, title[size - 1]!), 0);
  const counts = new Uint32Array(last + 1);
  for (const { size, keys } of blocks) for (let row = 0; row < size; row++) counts[keys[0][row]!]!++;
  const ends: number[] = [];
  let rows = 0;
  for (let title = 0; title <= last; title++) {
    if (rows > 0 && rows + counts[title]! > mostAtOnce) {
      ends.push(title);
      rows = 0;
    }
    rows += counts[title]!;
  }
  return [...ends, last + 1];
}

const sizeOf = (blocks: readonly CodedRows[]): number => blocks.reduce((sum, { size }) => sum + size, 0);

const sliceOf = ({ keys, values }: CodedRows, from: number, to: number): CodedRows => ({
  size: to - from,
  keys: mapKeys(keys, (key) => key.subarray(from, to)),
  values: values.map((column) => column.subarray(from, to)),
});

/** The same rows, with values in as few bytes as will do. */
export const narrowed = (rows: CodedRows): CodedRows => ({ ...rows, values: rows.values.map(narrow) });

function narrow(column: Values): Values {
  let [least, most] = [0, 0];
  for (let row = 0; row < column.length; row++) {
    const value = column[row]!;
    if (value > most) most = value;
    else if (value < least) least = value;
  }
  if (least < 0 || most >= 2 ** 32) return column;
  if (most < 2 ** 8) return new Uint8Array(column);
  return most < 2 ** 16 ? new Uint16Array(column) : new Uint32Array(column);
}

function valuesOf(bytes: number, size: number): Values {
  if (bytes === 8) return new Float64Array(size);
  if (bytes === 4) return new Uint32Array(size);
  return bytes === 2 ? new Uint16Array(size) : new Uint8Array(size);
}

/** Blocks that follow each other. */
function inARow(blocks: readonly CodedRows[]): CodedRows {
  const size = sizeOf(blocks);
  const [first] = blocks;
  return {
    size,
    keys: mapKeys(first!.keys, (_, k) =>
      joined(new Int32Array(size), blocks, (block) => listOf(block.keys)[k]!),
    ),
    values: first!.values.map((_, v) => {
      const bytes = Math.max(...blocks.map(({ values }) => values[v]!.BYTES_PER_ELEMENT));
      return joined(valuesOf(bytes, size), blocks, (block) => block.values[v]!);
    }),
  };
}

/** Whether each row comes after the one before, by its keys. */
function isInOrder({ size, keys: columns }: CodedRows): boolean {
  const keys = listOf(columns);
  for (let row = 1; row < size; row++) {
    let k = 0;
    while (k < keys.length && keys[k]![row] === keys[k]![row - 1]) k++;
    if (k === keys.length || keys[k]![row]! < keys[k]![row - 1]!) return false;
  }
  return true;
}

/** Rows that are in order, told apart by their first two keys alone. */
export function rolledUp({ size, keys: [first, second], values }: CodedRows, uniting: Uniting): CodedRows {
  const order = allRows(size);
  const starts = runsOf([first, second], order);
  const keys = keysOfRuns([first, second], order, starts);
  return unitedGroups(values, { order, starts, keys }, uniting);
}

function unitedGroups(
  values: readonly Values[],
  { order, starts, keys }: Groups,
  uniting: Uniting,
): CodedRows {
  const size = starts.length - 1;
  return {
    size,
    keys,
    values: values.map((column) => {
      const of = new Float64Array(size);
      for (let run = 0; run < size; run++) {
        let value = column[order[starts[run]!]!]!;
        for (let i = starts[run]! + 1; i < starts[run + 1]!; i++) {
          const more = column[order[i]!]!;
          value = uniting === 'sum' ? value + more : Math.max(value, more);
        }
        of[run] = value;
      }
      return of;
    }),
  };
}

function joined<T extends Int32Array<ArrayBuffer> | Values>(
  into: T,
  blocks: readonly CodedRows[],
  columnOf: (block: CodedRows) => ArrayLike<number>,
): T {
  let at = 0;
  for (const block of blocks) {
    into.set(columnOf(block), at);
    at += block.size;
  }
  return into;
}
