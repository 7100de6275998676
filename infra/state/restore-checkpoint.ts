/** Fills a fresh store from a checkpoint's parts, the newest word about each key first; one part is read ahead. */
import type { Manifest, PartInfo } from './checkpoint-manifest.ts';
import type { PartRow } from './checkpoint-part.ts';
import type { EncodedEntry, KeyedFill } from './local-keyed-state.ts';
import type { Timer } from './keyed-state.ts';

export type ReadPart = (part: PartInfo) => Promise<readonly PartRow[]>;

/** Answers how many entries there are. Throws what `read` does. */
export async function fillFrom(
  { parts, structures }: Manifest,
  read: ReadPart,
  into: KeyedFill,
): Promise<number> {
  if (structures !== undefined) into.structures(Buffer.from(structures, 'base64'));
  /** Keys that were spoken of already: not more than there are in the changes. */
  const said = new Set<string>();
  let filled = 0;
  const order = [
    ...parts.filter(({ kind }) => kind === 'changes').toReversed(),
    ...parts.filter(({ kind }) => kind !== 'changes'),
  ];
  for await (const [{ kind }, rows] of readAhead(order, read)) {
    const fresh = rows.filter(({ key }) => !said.has(key));
    const entries = fresh.filter((row): row is EncodedEntry & PartRow => row.value !== undefined);
    const timers = fresh.filter((row): row is Timer & PartRow => row.time !== undefined);
    if (entries.length > 0) into.entries(entries);
    if (timers.length > 0) into.timers(timers);
    filled += entries.length;
    if (kind === 'changes') for (const { key } of rows) said.add(key);
  }
  return filled;
}

async function* readAhead(
  parts: readonly PartInfo[],
  read: ReadPart,
): AsyncGenerator<readonly [PartInfo, readonly PartRow[]]> {
  const begin = (part: PartInfo | undefined): Promise<readonly PartRow[]> | undefined => {
    const reading = part && read(part);
    reading?.catch(() => undefined);
    return reading;
  };
  let next = begin(parts[0]);
  for (const [i, part] of parts.entries()) {
    const rows = await next!;
    next = begin(parts[i + 1]);
    yield [part, rows];
  }
}
