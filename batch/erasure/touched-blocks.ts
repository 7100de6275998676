/** Blocks of a counted topic that hold events of a profile: after an erasure they are listed by name and not compared. */
import type { Exclusion } from '../../domain/parity/exclusions.ts';
import type { CountedTopic } from '../../domain/topics.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';
import { ownedSql, type Erasing } from './owned-rows.ts';

export interface BlockLog {
  readonly lake: Pick<DuckDbLake, 'read' | 'reference'>;
  readonly generation: string;
  readonly blockSize: number;
}

/** Exclusions of one topic and erasure: of more, those nearest to each other become one. */
const MOST_RANGES = 40;

interface Range {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
}

export async function touchedBlocks(
  { lake, generation, blockSize }: BlockLog,
  topic: CountedTopic,
  erasure: string,
  erasing: Erasing,
): Promise<Exclusion[]> {
  const found = await lake.read((connection) =>
    connection.query(
      `SELECT DISTINCT CAST("partition" AS DOUBLE) AS "partition", CAST("offset" // ${blockSize} AS DOUBLE) AS block
        FROM ${lake.reference(topic)} WHERE generation = $generation AND ${ownedSql(topic, erasing)} ORDER BY ALL`,
      { generation },
    ),
  );
  const at = (name: string, row: number): number => Number(found.columns[name]!.values[row]);
  const blocks = Array.from({ length: found.rowCount }, (_, row) => ({
    partition: at('partition', row),
    from: at('block', row) * blockSize,
    to: (at('block', row) + 1) * blockSize,
  }));
  return joined(blocks).map((range, nth) => ({
    name: `erasure ${erasure} ${topic} ${nth + 1}`,
    kind: 'erasure',
    touched: { topic, generation, ...range },
  }));
}

/** Neighbours become one range; then the nearest do, until there are few enough. */
function joined(blocks: readonly Range[]): Range[] {
  let ranges = [...blocks];
  for (let reach = 0; ; reach = reach === 0 ? 1 : reach * 4) {
    const wider: Range[] = [];
    for (const range of ranges) {
      const last = wider.at(-1);
      const size = range.to - range.from;
      if (last?.partition === range.partition && range.from - last.to <= reach * size)
        wider[wider.length - 1] = { ...last, to: range.to };
      else wider.push(range);
    }
    ranges = wider;
    if (ranges.length <= MOST_RANGES || reach > Number.MAX_SAFE_INTEGER / 8) return ranges;
  }
}
