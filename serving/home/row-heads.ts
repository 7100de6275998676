/** How rows begin as JSON, written once for each row of a table of titles. */
import { rowName } from '../../domain/ranking/row-name.ts';
import type { RowRef } from '../../domain/ranking/request.ts';
import type { RowKind } from '../../domain/ranking/types.ts';
import type { NumberedTitles } from '../library/titles.ts';
import { headingOf } from './headings.ts';

export interface RowHead {
  /** As paths and impressions name it. */
  readonly name: string;
  /** `{"row":…,"subject":…`: an object without its closing brace. */
  readonly json: string;
}

const kept = new WeakMap<NumberedTitles, Map<RowKind, Map<number, RowHead>>>();

/** Few rows are shown of a table beside how often each is. */
export function rowHead(row: RowRef, titles: NumberedTitles): RowHead {
  let byKind = kept.get(titles);
  if (byKind === undefined) kept.set(titles, (byKind = new Map<RowKind, Map<number, RowHead>>()));
  let bySubject = byKind.get(row.kind);
  if (bySubject === undefined) byKind.set(row.kind, (bySubject = new Map<number, RowHead>()));
  let head = bySubject.get(row.subject);
  if (head === undefined) bySubject.set(row.subject, (head = headOf(row, titles)));
  return head;
}

function headOf({ kind, subject }: RowRef, titles: NumberedTitles): RowHead {
  const name = rowName({ kind, subject }, titles);
  const about =
    subject < 0 ? null : ((kind === 'genre' ? titles.genres[subject] : titles.ids[subject]) ?? null);
  const head = { row: name, kind, heading: headingOf({ kind, subject }, titles), subject: about };
  return { name, json: JSON.stringify(head).slice(0, -1) };
}
