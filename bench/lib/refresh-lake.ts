/** The lake of the refresh benchmark, filled, as it was before the newest events came and as it is now. */
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { COUNTED_TOPICS, type CountedTopic } from '../../domain/topics.ts';
import { COMMIT_ROWS, createEventAppender, SPAN_DAYS } from './refresh-events.ts';

export const NEW_SHARE = 0.01;

export interface FilledLake {
  /** Says that the snapshot before the last commit is the newest. */
  readonly then: DuckDbLake;
  readonly now: DuckDbLake;
}

/** Appends events, unless an earlier run left them; the newest hundredth in one commit. */
export async function fill(
  lake: DuckDbLake,
  region: string,
  { events, days }: { readonly events: number; readonly days: number },
  say: (line: string) => void,
): Promise<FilledLake> {
  await lake.ensureTables();
  const added = Math.min(COMMIT_ROWS, Math.floor(events * NEW_SHARE));
  const commits = Math.ceil(events / COMMIT_ROWS) + 1;
  const before = await lake.snapshots('plays');
  if (before.length === 0) {
    const total = (events * SPAN_DAYS) / days;
    const appender = createEventAppender(lake, { region, total }, (done) => {
      say(`${done} events appended`);
    });
    await appender.appendTo(events);
    await appender.appendTo(events + added);
  } else if (before.length !== commits)
    throw new Error(`the lake has ${before.length} commits, ${events} events take ${commits}`);
  const last: Partial<Record<CountedTopic, string>> = {};
  for (const topic of COUNTED_TOPICS) last[topic] = (await lake.snapshots(topic)).at(-2)!.id;
  return {
    now: lake,
    then: { ...lake, snapshot: (table) => Promise.resolve(last[table as CountedTopic]) },
  };
}
