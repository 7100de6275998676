/** Films left within five minutes. */
import type { Play } from './play.ts';
import type { Signal } from './signal.ts';

export const LEFT_WITHIN_SECONDS = 300;

/** Of the plays of one sitting, by start; each title by itself. */
export function abandonmentsOf(plays: readonly Play[]): Signal[] {
  if (!plays.some(({ stoppedAt }) => stoppedAt >= 0)) return [];
  const films = plays.filter(({ kind }) => kind === '' || kind === 'film');
  if (films.length === 0) return [];
  const byTitle = new Map<string, Play[]>();
  for (const play of films) {
    const own = byTitle.get(play.title);
    if (own === undefined) byTitle.set(play.title, [play]);
    else own.push(play);
  }
  const signals: Signal[] = [];
  for (const own of byTitle.values()) {
    const signal = abandonmentOf(own);
    if (signal !== undefined) signals.push(signal);
  }
  return signals;
}

function abandonmentOf(plays: readonly Play[]): Signal | undefined {
  const [first, last] = [plays[0]!, plays[plays.length - 1]!];
  const viewed = plays.reduce((sum, play) => sum + play.viewed, 0);
  if (last.stoppedAt < 0 || viewed >= LEFT_WITHIN_SECONDS) return undefined;
  const runtime = Math.max(...plays.map((play) => play.runtime));
  const furthest = Math.max(...plays.map((play) => play.furthest));
  if (runtime > 0 && furthest >= runtime - LEFT_WITHIN_SECONDS) return undefined;
  return {
    name: 'abandonment',
    subject: first.title,
    occurrence: `${first.title}@${first.id}`,
    eventTime: last.stoppedAt,
    value: viewed,
    detail: JSON.stringify({ positionSeconds: furthest, plays: plays.length }),
  };
}
