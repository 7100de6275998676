/** A catalogue, a view of it and the speed cells past its cut, for tests of what serving makes of them. */
import { BUCKET_MS } from '../../domain/time.ts';
import type { CountRow } from './popularity.ts';
import { BLOCK_SIZE, entry, NOW, type ServingBench } from './serving.ts';
import { repeated, speedRecordsOf } from './speed-records.ts';

export const BUCKET = Math.floor(NOW / BUCKET_MS);
export const CATALOGUE = [
  entry('a'),
  entry('b'),
  entry('de-only', { availability: { DE: [{ from: null, to: null }] } }),
];
export const VIEW = {
  blockSize: BLOCK_SIZE,
  cut: { plays: [BLOCK_SIZE, 0], impressions: [0, 0] },
  asOf: new Date(NOW - 60_000).toISOString(),
};
export const ROWS: readonly CountRow[] = [
  { title: 'a', country: 'DE', bucket: BUCKET - 1, plays: 10, impressions: 100 },
  { title: 'b', country: 'DE', bucket: BUCKET - 1, plays: 5, impressions: 10 },
  { title: 'de-only', country: 'DE', bucket: BUCKET - 1, plays: 50, impressions: 60 },
  { title: 'gone', country: 'DE', bucket: BUCKET - 1, plays: 99, impressions: 99 },
];

/** Block 0 of plays/0 is below the view's cut; blocks 1 and 2 and the impressions are past it. */
export async function publishSpeed(bench: ServingBench, inLastBlock = 4): Promise<void> {
  const plays = [
    ...repeated(BLOCK_SIZE, { title: 'a', country: 'DE', bucket: BUCKET - 1 }),
    ...repeated(BLOCK_SIZE, { title: 'b', country: 'DE', bucket: BUCKET }),
    ...repeated(inLastBlock, { title: 'a', country: 'FR', bucket: BUCKET }),
  ];
  const shape = { topic: 'plays', partition: 0, blockSize: BLOCK_SIZE } as const;
  await bench.publishSpeed('plays', 0, speedRecordsOf(shape, plays));
  const impressions = repeated(7, { title: 'b', country: 'DE', bucket: BUCKET });
  const other = { topic: 'impressions', partition: 1, blockSize: BLOCK_SIZE } as const;
  await bench.publishSpeed('impressions', 1, speedRecordsOf(other, impressions));
}
