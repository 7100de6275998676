/** Three episodes of a series, or three series and films of a genre, in a sitting. */
import type { Play } from './play.ts';
import type { Signal } from './signal.ts';

const ENOUGH = 3;
const MOST_TOLD = 10;

/** What of a play makes a binge. */
export type BingePlay = Pick<Play, 'id' | 'title' | 'root' | 'kind' | 'genres' | 'startedAt' | 'isQualified'>;

/** Of the plays of one sitting, by start; with `about` only those of its series and genres are told. */
export function bingesOf(plays: readonly BingePlay[], about?: BingePlay): Signal[] {
  if (plays.length < ENOUGH || plays.filter((play) => play.isQualified).length < ENOUGH) return [];
  const subjects = about && new Set(subjectsOf(about).map(([subject]) => subject));
  /** By subject: what counts once, with its first start. */
  const seen = new Map<string, Map<string, number>>();
  const count = (subject: string, one: string, startedAt: number): void => {
    const group = seen.get(subject) ?? new Map<string, number>();
    if (!group.has(one)) group.set(one, startedAt);
    seen.set(subject, group);
  };
  for (const play of plays) {
    if (!play.isQualified) continue;
    for (const [subject, one] of subjectsOf(play)) {
      if (subjects === undefined || subjects.has(subject)) count(subject, one, play.startedAt);
    }
  }
  return [...seen].filter(([, group]) => group.size >= ENOUGH).map(tell(plays[0]!));
}

/** What a play counts for, each with what of it counts once. */
function subjectsOf(play: BingePlay): [subject: string, one: string][] {
  const root = play.root === '' ? play.title : play.root;
  const subjects = genresOf(play).map((genre): [string, string] => [`genre:${genre}`, root]);
  if (play.kind === 'episode' && root !== play.title) subjects.push([`series:${root}`, play.title]);
  return subjects;
}

const tell =
  (first: BingePlay) =>
  ([subject, group]: [string, Map<string, number>]): Signal => ({
    name: 'binge',
    subject,
    occurrence: `${subject}@${first.id}`,
    eventTime: [...group.values()][ENOUGH - 1]!,
    value: group.size,
    detail: JSON.stringify({ sittingStart: first.startedAt, titles: [...group.keys()].slice(0, MOST_TOLD) }),
  });

export const genresOf = ({ genres }: Pick<Play, 'genres'>): string[] =>
  genres === '' ? [] : genres.split('|');
