/** Versions by key in a real Cassandra. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { MarqueeError } from '../../../domain/errors.ts';
import { region } from '../../../domain/ids.ts';
import { createCassandra, type Cassandra } from '../../../infra/cassandra/client.ts';
import { bucketsOf, createCassandraVersions } from '../../../infra/cassandra/view-versions.ts';
import { createDuckDb } from '../../../infra/duckdb/duckdb.ts';
import { useCassandra } from '../../support/cassandra.ts';
import { exampleVersion, repositoryContract } from '../hermes/repositories/contract.ts';

const server = await useCassandra();
const { keyspace } = server.settings;
const cassandra = createCassandra({ ...server.settings, requestTimeoutMs: 10_000 });
after(() => cassandra.close());

repositoryContract('Cassandra', ({ duckdb, dir }) => {
  const name = `repository-${randomBytes(4).toString('hex')}`;
  const of = (own: string) =>
    createCassandraVersions({
      ...{ cassandra, keyspace, region: region(own), duckdb },
      ...{ scratchDir: dir, concurrency: 32 },
    });
  return { repository: of(name), elsewhere: of(`${name}-other`), region: region(name) };
});

test('what was taken away left no rows behind, whole or not, and what got no answer was asked again', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'marquee-rows-'));
  const duckdb = await createDuckDb({ threads: 1, memoryLimitMb: 128 });
  t.after(async () => {
    await duckdb.close();
    rmSync(dir, { recursive: true });
  });
  const home = region(`rows-${randomBytes(4).toString('hex')}`);
  let asked = 0;
  const flaky: Pick<Cassandra, 'run'> = {
    run(statement, values) {
      asked += 1;
      if (asked % 40 === 0) throw new MarqueeError('CASSANDRA_UNAVAILABLE', { reason: 'nobody listened' });
      return cassandra.run(statement, values);
    },
  };
  const versions = createCassandraVersions({
    ...{ cassandra: flaky, keyspace, region: home, duckdb },
    ...{ scratchDir: dir, concurrency: 16 },
  });
  const { stored, readPart } = await exampleVersion(duckdb, dir, home, 1, {});
  const { view, version, parts } = stored.manifest;
  assert.equal(bucketsOf(stored.manifest), 2);
  const rows = async (): Promise<number> => {
    const counted = await Promise.all(
      [0, 1].map((bucket) =>
        cassandra.run(
          `SELECT key FROM ${keyspace}.view_rows WHERE region = ? AND view_name = ? AND version = ? AND bucket = ?`,
          [home, view, version, bucket],
        ),
      ),
    );
    return counted.flat().length;
  };
  await versions.put(stored, readPart);
  assert.equal(await rows(), 120);
  await versions.remove(view, version);
  assert.equal(await rows(), 0);
  const half = versions.put(stored, (part) =>
    part === parts[1] ? Promise.reject(new Error('died here')) : readPart(part),
  );
  await assert.rejects(half, /died here/);
  assert.equal(await rows(), 60);
  await versions.remove(view, version);
  assert.equal(await rows(), 0);
  assert.ok(asked > 180);
});
