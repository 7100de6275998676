import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { openNext, readIn } from '../../../domain/generations.ts';
import { openObjectStore } from '../../../infra/connections.ts';
import { currentConfig, knownGenerations, openGenerations } from '../../../infra/generations/open.ts';
import { createGenerationStore } from '../../../infra/generations/store.ts';
import { silentLog } from '../../../infra/log.ts';
import { testConfig } from '../../support/stack.ts';
import { until } from '../../support/until.ts';

const SETTINGS = { MARQUEE_PARTITIONS: '2', MARQUEE_GENERATION_POLL_INTERVAL_MS: '50' };

test('in a store without a bucket no generation is recorded, and the configured one holds', async (t) => {
  const config = testConfig({ ...SETTINGS, S3_BUCKET: `fresh-${randomBytes(4).toString('hex')}` });
  const follower = openGenerations(config, silentLog(), { remembers: false })!;
  t.after(follower.close);
  assert.deepEqual(await knownGenerations(follower, config.region, 20_000), []);
  assert.equal((await currentConfig(config)).generation, 'g1');
});

test('a change is heard, and remembered on disk for a start while the store is away', async (t) => {
  const config = testConfig({ ...SETTINGS, MARQUEE_DATA_DIR: mkdtempSync(join(tmpdir(), 'marquee-copy-')) });
  const objects = openObjectStore(config);
  t.after(objects.close);
  const heard: number[] = [];
  const onChange = (history: readonly unknown[]): void => void heard.push(history.length);
  const follower = openGenerations(config, silentLog(), { remembers: true, onChange })!;
  await knownGenerations(follower, config.region, 20_000);
  const shape = { partitions: 4, blockSize: config.blockSize };
  await createGenerationStore(objects, config.region).update((history) => openNext(history, config, shape));
  await until(() => heard.includes(2));
  await follower.close();
  const away = { ...config, s3: { ...config.s3, endpoint: 'http://127.0.0.1:1' } };
  const later = openGenerations(away, silentLog(), { remembers: true })!;
  t.after(later.close);
  const known = await knownGenerations(later, config.region, 200);
  assert.deepEqual([known.length, readIn(known, config).generation, later.ageMs()], [2, 'g1', Infinity]);
  const forgetful = openGenerations(away, silentLog(), { remembers: false })!;
  t.after(forgetful.close);
  await assert.rejects(knownGenerations(forgetful, config.region, 200), (error) =>
    isMarqueeError(error, 'OBJECT_STORE_UNAVAILABLE'),
  );
});

test('with settings alone nothing is followed', async () => {
  const config = testConfig({ ...SETTINGS, MARQUEE_GENERATION_FROM: 'settings', MARQUEE_GENERATION: 'g7' });
  assert.equal(openGenerations(config, silentLog(), { remembers: true }), undefined);
  assert.equal((await currentConfig(config)).generation, 'g7');
});
