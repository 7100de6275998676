import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { listSettings, loadConfig } from '../../../infra/config.ts';
import { renderEnvExample } from '../../../infra/config/env-example.ts';

const FILE = resolve(import.meta.dirname, '../../../.env.example');

test('.env.example is what the schema says; `npm run env:example` writes it anew', () => {
  assert.equal(readFileSync(FILE, 'utf8'), renderEnvExample(listSettings()));
});

test('every default in it is accepted and is the default', () => {
  const lines = readFileSync(FILE, 'utf8').matchAll(/^#([A-Z][A-Z0-9_]+)=(.*)$/gm);
  const written = Object.fromEntries([...lines].map(([, key = '', value = '']) => [key, value]));
  const addresses = {
    KAFKA_BROKERS: 'a:1',
    TEMPORAL_ADDRESS: 'a:1',
    S3_ENDPOINT: 'http://a',
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'a',
    ICEBERG_CATALOG_URI: 'http://a',
  };
  assert.deepEqual(loadConfig({ ...written, ...addresses }), loadConfig(addresses));
});
