import { MarqueeError } from '../../domain/errors.ts';
import type { DuckDbLake } from '../lake/lake.ts';
import { RAW_TABLE } from '../lake/tables.ts';
import type { ReadRawValue } from './redrive.ts';

/** Reads one raw record's value from the lake. Throws LAKE_UNAVAILABLE where the lake does not answer. */
export function rawValueInLake(lake: DuckDbLake): ReadRawValue {
  return async ({ generation, partition, offset }) => {
    const sql = `SELECT value FROM ${lake.reference(RAW_TABLE)}
      WHERE generation = $generation AND "partition" = $partition AND "offset" = $offset`;
    const { columns } = await lake.read((connection) =>
      connection.query(sql, { generation, partition, offset }),
    );
    const found = columns['value'];
    if (found?.kind !== 'blob') throw new MarqueeError('LAKE_UNAVAILABLE', { reason: 'value is no BLOB' });
    return found.values[0] ?? undefined;
  };
}
