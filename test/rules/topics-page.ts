/**
 * The page of topics, written from `domain/topics.ts`. Run it to write the page anew:
 *
 *   node test/rules/topics-page.ts
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { generation, region } from '../../domain/ids.ts';
import { DAY_MS } from '../../domain/time.ts';
import {
  CONTROL_TOPICS,
  LOG_TOPICS,
  partitionCount,
  TOPICS,
  topicName,
  type TopicKind,
} from '../../domain/topics.ts';
import { ROOT } from './source-tree.ts';

export const TOPICS_PAGE = 'docs/topics.md';
const EXAMPLE_PARTITIONS = 4;

const HEADER = `# Topics

Written from \`domain/topics.ts\`; change that file, then run \`node test/rules/topics-page.ts\`.

Names carry the region and, for logs, the topic generation: below for region \`eu\`, generation \`g1\`. Partition count and
block size are fixed for the life of a generation; a change opens the next one. Counts of partitions are those of a
generation with ${EXAMPLE_PARTITIONS} raw partitions. Raw partition p feeds partition p of every clean topic.
`;

function rowOf(kind: TopicKind): readonly string[] {
  const { key, owner, cleanup, retentionMs, timestamp, holds } = TOPICS[kind];
  const retention = retentionMs < 0 ? 'for ever' : `${retentionMs / DAY_MS} days`;
  return [
    `\`${topicName(region('eu'), generation('g1'), kind)}\``,
    holds,
    key,
    owner,
    String(partitionCount(kind, EXAMPLE_PARTITIONS)),
    cleanup === 'compact' ? 'newest record of each key' : retention,
    timestamp,
  ];
}

/** The whole page as Markdown, formatted like the rest of the project. */
export async function renderTopicsPage(): Promise<string> {
  const heads = ['topic', 'holds', 'key', 'written by', 'partitions', 'kept', 'time stamp'];
  const rows = [...LOG_TOPICS, ...CONTROL_TOPICS].map(rowOf);
  const table = [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const options = await resolveConfig(resolve(ROOT, TOPICS_PAGE));
  return format(`${HEADER}\n${table.join('\n')}\n`, { ...options, parser: 'markdown' });
}

if (import.meta.main) writeFileSync(resolve(ROOT, TOPICS_PAGE), await renderTopicsPage());
