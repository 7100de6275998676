import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { openObjectStore } from '../../../infra/connections.ts';
import { createS3ObjectStore } from '../../../infra/object-store/s3.ts';
import { createSource, type Source } from '../../../infra/sources/source.ts';
import { testConfig } from '../../support/stack.ts';

const config = testConfig();
const { region, s3, sources } = config;
const store = openObjectStore(config);
const dir = mkdtempSync(join(tmpdir(), 'marquee-s3-source-'));
const key = `${region}/in/titles one.ndjson`;
const opened: string[] = [];
const sourceOf = (at: string): Source =>
  createSource(`s3://${s3.bucket}/${at}`, {
    ...sources,
    openBucket(bucket) {
      opened.push(bucket);
      return createS3ObjectStore({ ...s3, bucket });
    },
  });

before(() => store.ensureBucket());
after(async () => {
  await store.delete(key);
  await store.delete(`${key}.old`);
  store.close();
  rmSync(dir, { recursive: true });
});

test('an object of the real store is read by its key, and again only once it was written again', async () => {
  await store.put(`${key}.old`, Buffer.from('another'));
  const source = sourceOf(key);
  await assert.rejects(source.fetch(dir), (error) => isMarqueeError(error, 'SOURCE_UNAVAILABLE'));
  await store.put(key, Buffer.from('one'));
  const first = await source.fetch(dir);
  assert.ok(first !== undefined);
  assert.equal(readFileSync(first.path, 'utf8'), 'one');
  assert.equal(first.source, `s3://${s3.bucket}/${region}/in/titles%20one.ndjson`);
  assert.equal(await source.fetch(dir, first.etag), undefined);
  await store.put(key, Buffer.from('two'));
  const second = await source.fetch(dir, first.etag);
  assert.notEqual(second?.sha256, first.sha256);
  assert.deepEqual(new Set(opened), new Set([s3.bucket]));
});

test('a key that is only the start of another is no source', async () => {
  await assert.rejects(
    sourceOf(`${region}/in/titles`).fetch(dir),
    (error) => isMarqueeError(error, 'SOURCE_UNAVAILABLE') && /no such object/.test(error.message),
  );
});
