import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { isMarqueeError } from '../../../domain/errors.ts';
import { openLake, type OpenLake } from '../../../infra/lake/open.ts';
import type { PartitionRows } from '../../../infra/lake/port.ts';
import { startSeaweedfs } from '../../../infra/local/launch.ts';
import type { RunningServer } from '../../../infra/local/server.ts';
import { silentLog } from '../../../infra/log.ts';
import { testConfig, testLocalConfig } from '../../support/stack.ts';

const ROUNDS = 8;
const BATCH = 200;
const dir = mkdtempSync(join(tmpdir(), 'marquee-catalogue-'));
let server: RunningServer;
let open: OpenLake;

before(async () => {
  server = await startSeaweedfs({ config: testLocalConfig(), dir });
  const config = testConfig({
    ...server.environment,
    DUCKDB_THREADS: '1',
    DUCKDB_MEMORY_LIMIT_MB: '256',
    LAKE_COMMIT_ATTEMPTS: '20',
    LAKE_REQUEST_TIMEOUT_MS: '5000',
  });
  open = await openLake(config, silentLog());
  await open.lake.ensureTables();
});
after(async () => {
  await open.close();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** On the same ports: right after a kill they may be taken for a moment, and the launcher would choose others. */
async function startAgain({ record: { ports } }: RunningServer): Promise<RunningServer> {
  for (;;) {
    const started = await startSeaweedfs({ config: testLocalConfig(), dir, preferred: ports });
    if (isDeepStrictEqual(started.record.ports, ports)) return started;
    await started.kill();
    await sleep(200);
  }
}

function rows(from: number): PartitionRows {
  const offsets = Array.from({ length: BATCH }, (_, i) => from + i);
  const columns = {
    offset: offsets,
    raw_offset: offsets,
    append_time: offsets.map((offset) => 1_790_000_000_000 + offset * 1000),
    title_id: offsets.map(() => 't'),
  };
  return { generation: 'g1', partition: 0, follows: from - 1, rowCount: BATCH, columns };
}

async function storedOffsets(): Promise<number[]> {
  const { lake } = open;
  const { columns } = await lake.read((connection) =>
    connection.query(`SELECT "offset" FROM ${lake.reference('plays')} ORDER BY "offset"`),
  );
  return Array.from(columns['offset']!.values as BigInt64Array, Number);
}

test('a catalogue killed in mid-commit loses nothing that was acknowledged and doubles nothing', async (t) => {
  let next = 0;
  let retried = 0;
  let stop = false;
  const write = async (): Promise<void> => {
    while (!stop) {
      try {
        const { attempts, positions } = await open.lake.appendExactlyOnce('plays', [rows(next)]);
        retried += attempts - 1;
        next = (positions[0]?.offset ?? -1) + 1;
      } catch (error) {
        // Out of retries while the server was away: what was tried may have arrived, so the lake is asked.
        assert.ok(
          isMarqueeError(error, 'LAKE_UNAVAILABLE') || isMarqueeError(error, 'LAKE_CONFLICT'),
          String(error),
        );
      }
    }
  };
  const writing = write();
  for (let round = 0; round < ROUNDS; round++) {
    const before = next;
    while (next === before) await sleep(5);
    // Another point of the transaction every time: the read, the upload, the commit.
    await sleep(12 * round);
    await server.kill();
    server = await startAgain(server);
  }
  stop = true;
  await writing;
  t.diagnostic(`${next / BATCH} commits, ${retried} tried again, ${ROUNDS} kills`);
  const found = await storedOffsets();
  assert.equal(found.length, next);
  assert.deepEqual(
    found,
    Array.from({ length: next }, (_, i) => i),
  );
  assert.ok(next >= ROUNDS * BATCH);
});
