/** Clean records of one partition out of the lake, of one topic or of several merged. */
import type { CleanTopic } from '../../domain/topics.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { readWindows, type OffsetRange } from '../../infra/lake/windows.ts';
import { cleanSelection, readCleanRows, type PlacedRecord } from './clean-rows.ts';

/** A range of a topic's table as of a snapshot. */
export interface CleanSource {
  readonly topic: CleanTopic;
  readonly reference: string;
  readonly range: OffsetRange;
}

/** Consecutive records of one topic. */
export interface CleanRun {
  readonly topic: CleanTopic;
  readonly records: readonly PlacedRecord[];
  /** Whether the topic ends with them. */
  readonly isLast: boolean;
}

const WINDOW_BYTES = 16 << 20;
/** What a record takes in memory as columns and objects, roughly. */
const RECORD_BYTES = 1000;
export const RUN_RECORDS = 2000;
/** How far one topic may get ahead of the other, in log time: short runs would cost a state write each. */
export const MERGE_SLACK_MS = 60_000;

export async function* readClean(
  lake: DuckDbLake,
  { topic, reference, range }: CleanSource,
): AsyncGenerator<PlacedRecord[]> {
  const sql = `SELECT ${cleanSelection(topic)} FROM ${reference}
    WHERE generation = $generation AND "partition" = $partition AND "offset" >= $from AND "offset" < $to
    ORDER BY "offset"`;
  const rowBytes = ({ rowCount }: { rowCount: number }): number => rowCount * RECORD_BYTES;
  for await (const rows of readWindows(lake, { range, sql, windowBytes: WINDOW_BYTES, rowBytes })) {
    yield readCleanRows(topic, rows);
  }
}

interface Feed {
  readonly topic: CleanTopic;
  readonly windows: AsyncGenerator<PlacedRecord[]>;
  records: PlacedRecord[];
  at: number;
}

/** False at the end of the topic. */
async function fill(feed: Feed): Promise<boolean> {
  while (feed.at >= feed.records.length) {
    const next = await feed.windows.next();
    if (next.done === true) return false;
    feed.records = next.value;
    feed.at = 0;
  }
  return true;
}

const timeOf = ({ records, at }: Feed): number => records[at]!.record.appendTime;

/** Runs by append time, of equal times in the order of the sources: the same for the same log, however it was read live. */
export async function* mergeClean(
  lake: DuckDbLake,
  sources: readonly CleanSource[],
): AsyncGenerator<CleanRun> {
  let feeds = sources.map((source): Feed => ({
    topic: source.topic,
    windows: readClean(lake, source),
    records: [],
    at: 0,
  }));
  const open: Feed[] = [];
  for (const feed of feeds) if (await fill(feed)) open.push(feed);
  feeds = open;
  while (feeds.length > 0) {
    const feed = feeds.reduce((first, one) => (timeOf(one) < timeOf(first) ? one : first));
    const others = feeds.filter((one) => one !== feed).map(timeOf);
    const until = Math.min(...others) + MERGE_SLACK_MS;
    const from = feed.at;
    while (feed.at < feed.records.length && feed.at - from < RUN_RECORDS && timeOf(feed) <= until) feed.at++;
    const records = feed.records.slice(from, feed.at);
    const isLast = !(await fill(feed));
    if (isLast) feeds = feeds.filter((one) => one !== feed);
    yield { topic: feed.topic, records, isLast };
  }
}
