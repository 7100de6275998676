import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import type { Activities } from '../../activities/activities.ts';
import { isMarqueeError } from '../../domain/errors.ts';
import { region } from '../../domain/ids.ts';
import { createLakeCares } from '../../infra/temporal/lake-cares.ts';
import { startSkippingTemporal, type SkippingTemporal } from '../support/workflows.ts';

let server: SkippingTemporal;
before(async () => {
  server = await startSkippingTemporal();
});
after(() => server.close());

/** A lake of two tables, of which `searches` cannot be compacted, and what was done to them in order. */
function activities() {
  const calls: string[] = [];
  let hours = 3;
  const stubs: Partial<Activities> = {
    lakeTables: async ({ tables }) => tables ?? ['plays', 'searches'],
    async tagLake({ tables = [] }) {
      calls.push('tags');
      return tables.map((table) => ({ table, tagsSet: 1, tagsRemoved: 0 }));
    },
    async compactLake({ table }) {
      calls.push(`compact ${table}`);
      if (table === 'searches')
        throw ApplicationFailure.nonRetryable('it is broken', 'INTERNAL', { reason: 'it is broken' });
      hours -= 1;
      return { line: { table, hoursCompacted: 1, filesBefore: 4, filesAfter: 1 }, waiting: hours };
    },
    async expireLake({ tables = [] }) {
      calls.push('expire');
      return tables.map((table) => ({ table, snapshotsExpired: 2 }));
    },
    async removeLakeOrphans({ table }) {
      calls.push(`orphans ${table}`);
      return { table, orphansFound: 5, orphansRemoved: 1 };
    },
  };
  return { calls, stubs };
}

test('each step is done in its order and until nothing is left; what fails on one table is told, and the rest is done', async () => {
  const { temporal, worker } = server.session();
  const { calls, stubs } = activities();
  const cares = createLakeCares({ temporal, region: region('local') });
  const running = await worker(stubs);
  try {
    const { id } = await cares.start({});
    const result = await cares.result(id);
    assert.deepEqual(calls, [
      'tags',
      ...['compact plays', 'compact plays', 'compact plays', 'compact searches'],
      'expire',
      ...['orphans plays', 'orphans searches'],
    ]);
    assert.deepEqual(result.failures, ['compact searches: it is broken']);
    assert.deepEqual(
      result.tables.map((one) => [
        one.table,
        one.tagsSet,
        one.hoursCompacted,
        one.filesBefore,
        one.snapshotsExpired,
      ]),
      [
        ['plays', 1, 3, 12, 2],
        ['searches', 1, 0, 0, 2],
      ],
    );
    const run = await cares.get(id);
    assert.deepEqual(run, { id, state: 'done', result });
  } finally {
    await running.stop();
  }
});

test('only what was asked for is done, and a run that nobody began is not found', async () => {
  const { temporal, worker } = server.session();
  const { calls, stubs } = activities();
  const cares = createLakeCares({ temporal, region: region('local') });
  const running = await worker(stubs);
  try {
    const { id } = await cares.start({ steps: ['compact'], tables: ['plays'], dryRun: true });
    assert.equal((await cares.result(id)).dryRun, true);
    assert.deepEqual(calls, ['compact plays']);
    await assert.rejects(cares.get('nobody'), (error) => isMarqueeError(error, 'JOB_NOT_FOUND'));
  } finally {
    await running.stop();
  }
});
