/**
 * Prints what a viewer would see, and what was counted of the first title:
 *
 *   node examples/client/show-rows.ts --url http://127.0.0.1:4000 --country DE
 */
import { parseArgs } from 'node:util';
import { createMarqueeClient, dataOf, ProblemError, type MarqueeClient, type Row } from './client.ts';

const lineOf = (row: Row): string => {
  const titles = row.items.map(({ rank, name }) => `  ${rank + 1}. ${name}`);
  return [`${row.row} (${row.source}, ${row.complete ? 'complete' : row.incompleteReason})`, ...titles].join(
    '\n',
  );
};

export async function showRows(client: MarqueeClient, country?: string): Promise<string> {
  const query = { ...(country !== undefined && { country }), limit: '5' };
  const [trending, popular] = await Promise.all([
    dataOf(client.GET('/v1/rows/trending', { params: { query: { ...query, window: '1h' } } })),
    dataOf(client.GET('/v1/rows/popular', { params: { query } })),
  ]);
  const [first] = popular.items;
  if (first === undefined) return [trending, popular].map(lineOf).join('\n');
  const counts = await dataOf(
    client.GET('/v1/titles/{id}/counts', { params: { path: { id: first.titleId }, query: {} } }),
  );
  const { plays } = counts;
  const sum = `${first.name}: ${plays.batch} plays counted by batch + ${plays.speed} by the stream = ${plays.total}`;
  return [...[trending, popular].map(lineOf), sum].join('\n');
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { url: { type: 'string', default: 'http://127.0.0.1:4000' }, country: { type: 'string' } },
  });
  try {
    process.stdout.write(`${await showRows(createMarqueeClient({ baseUrl: values.url }), values.country)}\n`);
  } catch (error) {
    const reason = error instanceof ProblemError ? error.problem.code : String(error);
    process.stderr.write(`No rows: ${reason}\n`);
    process.exitCode = 1;
  }
}
