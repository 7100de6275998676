/** Fills a fresh store from a checkpoint's parts: all entries, then what changed, the newest word about each key first. */
import type { Manifest, PartInfo, PartKind } from './checkpoint-manifest.ts';
import type { PartRow } from './checkpoint-part.ts';
import type { EncodedEntry, KeyedFill } from './local-keyed-state.ts';
import type { Timer } from './keyed-state.ts';

export type ReadPart = (part: PartInfo) => Promise<readonly PartRow[]>;

/** Parts read ahead of the one that is applied. */
const MAX_AHEAD = 8;
/** Of parts read ahead, compressed, where they are more than one: less than two parts of the usual size. */
const MAX_AHEAD_BYTES = 2 ** 20;

/** Some parts are read ahead. Throws what `read` does. */
export async function fillFrom(
  { parts, structures }: Manifest,
  read: ReadPart,
  into: KeyedFill,
): Promise<void> {
  if (structures !== undefined) into.structures(Buffer.from(structures, 'base64'));
  /** Keys whose last word was put: not more than there are in the changes. */
  const said = new Set<string>();
  const of = (kind: PartKind): PartInfo[] => parts.filter((part) => part.kind === kind);
  const order = [...of('entries'), ...of('changes').toReversed(), ...of('timers')];
  for await (const [{ kind }, rows] of readAhead(order, read)) {
    if (kind === 'entries') {
      into.append(rows as readonly EncodedEntry[]);
      continue;
    }
    const fresh = said.size === 0 ? rows : rows.filter(({ key }) => !said.has(key));
    const timers = fresh.filter((row): row is Timer & PartRow => row.time !== undefined);
    if (timers.length > 0) into.timers(timers);
    if (kind === 'timers') continue;
    into.change(fresh);
    for (const { key } of fresh) said.add(key);
  }
}

/**
 * Yields the parts in their order while later ones are on their way: many small ones, since each costs a request, but of
 * large ones one alone, so that memory holds two.
 */
async function* readAhead(
  parts: readonly PartInfo[],
  read: ReadPart,
): AsyncGenerator<readonly [PartInfo, readonly PartRow[]]> {
  const ahead: { readonly part: PartInfo; readonly reading: Promise<readonly PartRow[]> }[] = [];
  let aheadBytes = 0;
  let next = 0;
  const begin = (): void => {
    for (let part = parts[next]; part !== undefined; part = parts[next]) {
      const isFull = ahead.length >= MAX_AHEAD || aheadBytes + part.bytes > MAX_AHEAD_BYTES;
      if (ahead.length > 0 && isFull) return;
      const reading = read(part);
      reading.catch(() => undefined);
      ahead.push({ part, reading });
      aheadBytes += part.bytes;
      next += 1;
    }
  };
  begin();
  for (let first = ahead.shift(); first !== undefined; first = ahead.shift()) {
    const { part, reading } = first;
    const rows = await reading;
    aheadBytes -= part.bytes;
    begin();
    yield [part, rows];
  }
}
