/** What a row is called outside: in paths, in impressions and in what is known of how rows perform. */
import type { TitleId } from '../ids.ts';
import type { RowRef } from './request.ts';
import { ROW_KINDS, type RowKind, type TitleTable } from './types.ts';

const SEPARATOR = ':';

/** `trending`, `genre:Horror`, `because-you-watched:tt0133093`. */
export function rowName({ kind, subject }: RowRef, titles: TitleTable): string {
  if (subject < 0) return kind;
  const about = kind === 'genre' ? titles.genres[subject] : titles.ids[subject];
  return about === undefined ? kind : `${kind}${SEPARATOR}${about}`;
}

/** The row of a name; undefined where there is no such kind, genre or title. A kind alone is the first row of it. */
export function readRowName(name: string, titles: TitleTable): RowRef | undefined {
  const at = name.indexOf(SEPARATOR);
  const kind = ROW_KINDS.find((one) => one === (at < 0 ? name : name.slice(0, at)));
  if (kind === undefined) return undefined;
  if (at < 0) return { kind, subject: -1 };
  const subject = subjectOf(kind, name.slice(at + 1), titles);
  return subject < 0 ? undefined : { kind, subject };
}

function subjectOf(kind: RowKind, about: string, titles: TitleTable): number {
  if (kind === 'genre') return titles.genres.indexOf(about);
  return kind === 'because-you-watched' ? titles.numberOf(about as TitleId) : -1;
}
