import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { DAY_MS } from '../../../../domain/time.ts';
import { openCare, type OpenCare } from '../../../../infra/lake/care/open-care.ts';
import { openLake, type OpenLake } from '../../../../infra/lake/open.ts';
import { silentLog } from '../../../../infra/log.ts';
import { MOMENTS } from '../../../support/doomed-carer.ts';
import { digestOf, LAKE_START, searchRows } from '../../../support/lake-rows.ts';
import { testConfig, testEnvironment } from '../../../support/stack.ts';

const OVERRIDES = { DUCKDB_THREADS: '1', DUCKDB_MEMORY_LIMIT_MB: '256' };
const config = testConfig(OVERRIDES);
const CARER = resolve(import.meta.dirname, '../../../support/doomed-carer.ts');
const AS_OF = LAKE_START + 30 * DAY_MS;
const FLUSHES = 4;
let open: OpenLake;
let care: OpenCare;

before(async () => {
  open = await openLake(config, silentLog());
  care = openCare(config, open);
  await open.lake.ensureTables();
});
after(async () => {
  care.close();
  await open.close();
});

const digest = (): Promise<string> => digestOf(open.lake, 'searches');

const orphans = async (asOf: number, dryRun: boolean) =>
  care.care.orphans({ table: 'searches', asOf, dryRun });

test('a worker that is killed while it compacts leaves nothing that readers see, and nothing for good', async () => {
  const { lake } = open;
  let from = 0;
  for (const [day, moment] of MOMENTS.entries()) {
    const at = (): number => LAKE_START + day * DAY_MS;
    for (let flush = 0; flush < FLUSHES; flush++, from += 2)
      await lake.appendExactlyOnce('searches', [searchRows(0, from, from + 2, at)]);
    // The hour is sealed by rows of the day after.
    await lake.appendExactlyOnce('searches', [searchRows(0, from, from + 1, () => at() + DAY_MS)]);
    from += 1;
    const whole = await digest();
    const env = testEnvironment(OVERRIDES);
    const carer = spawn(process.execPath, [CARER, 'searches', String(AS_OF), moment], {
      env,
      stdio: 'inherit',
    });
    const [, signal] = (await once(carer, 'exit')) as [number | null, string | null];
    assert.equal(signal, 'SIGKILL', moment);
    assert.equal(await digest(), whole, moment);
    // Whoever comes next has all to do again, or nothing where it was committed.
    const { hours } = await care.care.compact({ table: 'searches', asOf: AS_OF });
    assert.equal(hours, moment === 'committed' ? 0 : 1, moment);
    assert.equal(await digest(), whole, moment);
  }
  const left = (await orphans(0, true)).found.map(({ path }) => /compacted-|-m0\.avro|snap-/.exec(path)?.[0]);
  assert.deepEqual(left.toSorted(), [
    ...Array<string>(2).fill('-m0.avro'),
    ...Array<string>(2).fill('compacted-'),
    'snap-',
  ]);
  const whole = await digest();
  assert.equal((await orphans(0, false)).removed, 0);
  assert.equal((await orphans(config.lakeCare.orphanAgeMs, false)).removed, left.length);
  assert.equal(await digest(), whole);
  assert.deepEqual((await orphans(2 * config.lakeCare.orphanAgeMs, true)).found, []);
});
