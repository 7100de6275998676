/**
 * `npm run prove:batch -- lake [--hours <a day>] [--flushes <an hour>] [--json]`: a week of small flushes becomes a file an hour while others write and
 * read; no total moves. Servers are those that are configured or run already, else private ones.
 */
import { loadConfig } from '../../../infra/config.ts';
import { EXIT, isWhole, onServers, readOptions, say, tellFigures } from '../proof.ts';
import { proveWeek } from './week.ts';

const USAGE = 'Usage: npm run prove:batch -- lake [--hours <a day>] [--flushes <an hour>] [--json]';

export async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(
    args,
    USAGE,
    { hours: { type: 'string', default: '24' }, flushes: { type: 'string', default: '6' } },
    (values) => {
      const [hoursPerDay, flushesPerHour] = [Number(values.hours), Number(values.flushes)];
      const isPossible = isWhole(hoursPerDay, 1, 24) && isWhole(flushesPerHour, 4, 60);
      return isPossible ? { hoursPerDay, flushesPerHour, json: values.json } : undefined;
    },
  );
  if (options === undefined) return EXIT.usage;
  const { json, ...week } = options;
  const { differences, ...figures } = await onServers(
    'lake',
    ['seaweedfs'],
    ({ environment, region, folder }) => {
      const own = { MARQUEE_DATA_DIR: folder, MARQUEE_REGION: region, LAKE_COMMIT_ATTEMPTS: '50' };
      return proveWeek({ config: loadConfig({ ...environment, ...own }), ...week, say });
    },
  );
  return tellFigures(json, figures, { differences });
}
