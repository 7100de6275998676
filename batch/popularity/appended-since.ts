import type { Manifest } from '../../domain/manifest.ts';
import type { ComputePlan } from '../../domain/publishing.ts';
import { DAY_MS, HOUR_MS, type EpochMs } from '../../domain/time.ts';
import { COUNTED_TOPICS, type CountedTopic } from '../../domain/topics.ts';
import type { DuckDbLake } from '../../infra/lake/lake.ts';

/** How far before the parent's time its cut is looked for, before the whole table is read. */
const WINDOWS_MS = [HOUR_MS, 12 * HOUR_MS, 2 * DAY_MS, 10 * DAY_MS];

/**
 * Append time of the first event that the plan counts and the parent does not; that of the parent where there is none.
 * Append times never step back along a partition: once a partition has been seen before the parent's cut, nothing past
 * the cut is older.
 */
export async function appendedSince(
  lake: Pick<DuckDbLake, 'read' | 'rowsSql'>,
  plan: ComputePlan,
  parent: Pick<Manifest, 'cut' | 'asOf'>,
): Promise<EpochMs> {
  const asOf = Date.parse(parent.asOf);
  let first = asOf;
  for (const topic of COUNTED_TOPICS) {
    const input = plan.inputs.find(({ table }) => table === topic);
    if (input === undefined) continue;
    first = Math.min(first, await firstOf(lake, input.snapshotId, { plan, parent, topic, asOf }));
  }
  return first;
}

interface Question {
  readonly plan: ComputePlan;
  readonly parent: Pick<Manifest, 'cut'>;
  readonly topic: CountedTopic;
  readonly asOf: EpochMs;
}

async function firstOf(
  lake: Pick<DuckDbLake, 'read' | 'rowsSql'>,
  snapshotId: string,
  { plan, parent, topic, asOf }: Question,
): Promise<EpochMs> {
  const [before, now] = [parent.cut[topic] ?? [], plan.cut[topic] ?? []];
  const grown = now.flatMap((offset, partition) => (offset > (before[partition] ?? 0) ? [partition] : []));
  if (grown.length === 0) return Infinity;
  for (const sinceMs of [...WINDOWS_MS.map((window) => Math.max(0, asOf - window)), 0]) {
    const rows = await lake.rowsSql(topic, snapshotId, { fromMs: sinceMs });
    const values = grown.map((partition) => `(${partition}, ${before[partition] ?? 0})`).join(', ');
    const { rowCount, columns } = await lake.read((connection) =>
      connection.query(
        `SELECT min("offset") < any_value(cut) OR any_value(cut) = 0 AND min("offset") = 0 AS is_seen,
            CAST(coalesce(min(epoch_ms(append_time)) FILTER ("offset" >= cut), -1) AS BIGINT) AS first_ms
          FROM ${rows} JOIN (VALUES ${values}) AS grown("partition", cut) USING ("partition")
          WHERE append_time >= epoch_ms($since_ms) AND generation = $generation
          GROUP BY "partition"`,
        { since_ms: sinceMs, generation: plan.generation },
      ),
    );
    const isSeen = Array.from(
      { length: rowCount },
      (_, row) => Number(columns['is_seen']?.values[row]) === 1,
    );
    if (sinceMs > 0 && (rowCount < grown.length || isSeen.includes(false))) continue;
    const found = Array.from({ length: rowCount }, (_, row) => Number(columns['first_ms']?.values[row]));
    return found.filter((at) => at >= 0).reduce((least, at) => Math.min(least, at), Infinity);
  }
  return 0;
}
