/**
 * `npm run prove:batch -- erasure [--without-cassandra] [--json]`: a profile with a history in two topic generations is erased
 * on real servers that are configured or run already, else private ones. Nothing of it is found afterwards, and nothing that
 * was counted has moved. Talk goes to stderr.
 */
import { EXIT, onServers, readOptions, say, tellFigures } from '../proof.ts';
import { proveErasure } from './prove.ts';

const USAGE = 'Usage: npm run prove:batch -- erasure [--without-cassandra] [--json]';

export async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(
    args,
    USAGE,
    { 'without-cassandra': { type: 'boolean', default: false } },
    (values) => ({ withCassandra: !values['without-cassandra'], json: values.json }),
  );
  if (options === undefined) return EXIT.usage;
  const { withCassandra, json } = options;
  const cassandra = withCassandra ? (['cassandra'] as const) : [];
  const { figures, differences } = await onServers(
    'erasure',
    ['kafka', 'seaweedfs', 'temporal', ...cassandra],
    (place) => proveErasure({ ...place, withCassandra, say }),
  );
  if (!json) for (const difference of differences) say(difference);
  return tellFigures(json, figures, { differences });
}
