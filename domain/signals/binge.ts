/** Three episodes of a series, or three series and films of a genre, in a sitting. */
import type { Play } from './play.ts';
import type { Signal } from './signal.ts';
import type { Sitting } from './sittings.ts';

const ENOUGH = 3;
const MOST_TOLD = 10;

export function bingesOf({ plays }: Sitting): Signal[] {
  if (plays.length < ENOUGH || plays.filter((play) => play.isQualified).length < ENOUGH) return [];
  /** By subject: what counts once, with its first start. */
  const seen = new Map<string, Map<string, number>>();
  const count = (subject: string, one: string, startedAt: number): void => {
    const group = seen.get(subject) ?? new Map<string, number>();
    if (!group.has(one)) group.set(one, startedAt);
    seen.set(subject, group);
  };
  for (const play of plays) {
    if (!play.isQualified) continue;
    const root = play.root === '' ? play.title : play.root;
    if (play.kind === 'episode' && root !== play.title) count(`series:${root}`, play.title, play.startedAt);
    for (const genre of genresOf(play)) count(`genre:${genre}`, root, play.startedAt);
  }
  return [...seen].filter(([, group]) => group.size >= ENOUGH).map(tell(plays[0]!));
}

const tell =
  (first: Play) =>
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
