/** Fills a fresh store from a checkpoint's parts: all entries, then what changed, the newest word about each key first. */
import type { Manifest, PartInfo, PartKind } from './checkpoint-manifest.ts';
import type { PartRow } from './checkpoint-part.ts';
import type { EncodedEntry, KeyedFill } from './local-keyed-state.ts';
import type { Timer } from './keyed-state.ts';

export type ReadPart = (part: PartInfo) => Promise<readonly PartRow[]>;

/** One part is read ahead. Throws what `read` does. */
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
