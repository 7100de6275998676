import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isMarqueeError } from '../../domain/errors.ts';
import { listSettings, loadConfig, loadLocalConfig } from '../../infra/config.ts';

const ADDRESSES = {
  KAFKA_BROKERS: 'a:1,b:2',
  TEMPORAL_ADDRESS: 't:7233',
  S3_ENDPOINT: 'http://s3:1',
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'secret',
  ICEBERG_CATALOG_URI: 'http://catalog:1',
};

const emptyDir = (): string => mkdtempSync(join(tmpdir(), 'marquee-config-'));

function faultsOf(env: Record<string, string>): string {
  try {
    loadConfig({ MARQUEE_DATA_DIR: emptyDir(), ...env });
  } catch (error) {
    assert.ok(isMarqueeError(error, 'CONFIG_INVALID'));
    return error.message;
  }
  return assert.fail('the configuration was accepted');
}

function dirWithStack(environment: Record<string, string>): string {
  const dir = emptyDir();
  writeFileSync(join(dir, 'stack.json'), JSON.stringify({ environment }));
  return dir;
}

test('addresses alone are enough: everything else has a default', () => {
  const config = loadConfig({ MARQUEE_DATA_DIR: emptyDir(), ...ADDRESSES });
  assert.deepEqual(config.kafka.brokers, ['a:1', 'b:2']);
  assert.equal(config.region, 'local');
  assert.equal(config.generation, 'g1');
  assert.equal(config.partitions, 4);
  assert.equal(config.blockSize, 1024);
  assert.equal(config.temporal.taskQueue, 'marquee-local');
  assert.equal(config.ingest.maxBodyBytes, 5 * 1024 * 1024);
});

test('a region with hyphens names a queue and a lake namespace that both accept', () => {
  const config = loadConfig({ MARQUEE_DATA_DIR: emptyDir(), ...ADDRESSES, MARQUEE_REGION: 'eu-west' });
  assert.equal(config.temporal.taskQueue, 'marquee-eu-west');
  assert.equal(config.lake.namespace, 'eu_west');
});

test('a ranking policy is tried out for no longer than its refresh may take', () => {
  const faults = faultsOf({ ...ADDRESSES, CANARY_VIEWS: 'item-factors=0.1/600, ranking-policy=0.1/31' });
  assert.match(
    faults,
    /ranking-policy is tried out for 3660000 ms with CANARY_LONGER_MS, expected at most 3600000/,
  );
  assert.match(
    faultsOf({ ...ADDRESSES, CANARY_BUDGET_MS: '7200000' }),
    /ranking-policy is tried out for 9000000 ms/,
  );
  loadConfig({
    ...ADDRESSES,
    CANARY_BUDGET_MS: '7200000',
    CANARY_VIEWS: 'item-factors, ranking-policy=0.1/30',
  });
});

test('all faults are reported at once, with key, offending value and what was expected', () => {
  const message = faultsOf({
    ...ADDRESSES,
    INGEST_PORT: '70000',
    MARQUEE_BLOCK_SIZE: '1000',
    MARQUEE_REGION: 'EU',
  });
  assert.match(message, /INGEST_PORT is "70000", expected an integer from 0 to 65535/);
  assert.match(message, /MARQUEE_BLOCK_SIZE is "1000", expected a power of two/);
  assert.match(message, /MARQUEE_REGION is "EU"/);
});

test('a missing address says to run marquee up', () => {
  assert.match(faultsOf({}), /KAFKA_BROKERS is not set and no local stack is recorded: run `marquee up`/);
});

test('an empty value counts as unset', () => {
  assert.equal(loadConfig({ MARQUEE_DATA_DIR: emptyDir(), ...ADDRESSES, INGEST_PORT: '' }).ingest.port, 4040);
});

test('a number with trailing letters is refused, not cut short', () => {
  assert.match(faultsOf({ ...ADDRESSES, INGEST_LINGER_MS: '5s' }), /INGEST_LINGER_MS is "5s"/);
});

test('a secret is never printed in a fault', () => {
  const message = faultsOf({ ...ADDRESSES, AWS_SECRET_ACCESS_KEY: '   ' });
  assert.match(message, /AWS_SECRET_ACCESS_KEY is a text of 3 characters/);
});

test('settings that contradict one another are faults', () => {
  const message = faultsOf({
    ...ADDRESSES,
    KAFKA_SESSION_TIMEOUT_MS: '1000',
    KAFKA_HEARTBEAT_INTERVAL_MS: '900',
  });
  assert.match(message, /KAFKA_HEARTBEAT_INTERVAL_MS is 900/);
  const attribution = { ATTRIBUTION_WINDOW_MS: '86400001', ATTRIBUTION_DISCOVERY_DAYS: '1' };
  assert.match(faultsOf({ ...ADDRESSES, ...attribution }), /ATTRIBUTION_WINDOW_MS is 86400001/);
});

test('webhooks are posted to over TLS or on this machine, signed, and never printed', () => {
  const secret = 'whsec_bWFycXVlZS1pcy10ZXN0aW5nLWl0cy13ZWJob29rcw==';
  const hooks = (webhooks: string, secrets = secret) => ({
    ...{ ...ADDRESSES, NOTIFY_WEBHOOKS: webhooks, NOTIFY_WEBHOOK_SECRETS: secrets },
  });
  const good = 'https://hooks.example.com/T0/s3cr3t, http://127.0.0.1:8099/';
  assert.deepEqual(loadConfig(hooks(good)).notifications.webhooks, good.split(', '));
  assert.match(faultsOf(hooks(good, '')), /NOTIFY_WEBHOOKS is set and NOTIFY_WEBHOOK_SECRETS is not/);
  assert.match(faultsOf(hooks(good, 'short')), /NOTIFY_WEBHOOK_SECRETS is a text of 5 characters/);
  for (const bad of [
    'http://hooks.example.com/s3cr3t',
    'https://me:s3cr3t@example.com/',
    'ftp://example.com/s3cr3t',
  ]) {
    const fault = faultsOf(hooks(bad));
    assert.match(fault, /NOTIFY_WEBHOOKS is a text of/);
    assert.ok(!fault.includes('s3cr3t'), fault);
  }
});

test('addresses come from the recorded local stack where the environment has none', () => {
  const dir = dirWithStack({ ...ADDRESSES, KAFKA_BROKERS: '127.0.0.1:9' });
  const config = loadConfig({ MARQUEE_DATA_DIR: dir });
  assert.deepEqual(config.kafka.brokers, ['127.0.0.1:9']);
  assert.equal(config.s3.secretAccessKey, 'secret');
});

test('keys of a foreign object store are not sent to the local one, nor the other way round', () => {
  const dir = dirWithStack(ADDRESSES);
  const local = loadConfig({
    MARQUEE_DATA_DIR: dir,
    AWS_ACCESS_KEY_ID: 'mine',
    AWS_SECRET_ACCESS_KEY: 'mine',
  });
  assert.equal(local.s3.accessKeyId, 'id');
  const { AWS_ACCESS_KEY_ID: _, ...rest } = { ...ADDRESSES, MARQUEE_DATA_DIR: dir };
  assert.throws(() => loadConfig({ ...rest, S3_ENDPOINT: 'http://other' }), /AWS_ACCESS_KEY_ID is not set/);
});

test('a local store brings a key for erasures, unless somebody chose one, and a foreign store none', () => {
  const [local, own] = ['l'.repeat(32), 'o'.repeat(32)];
  const stack = { MARQUEE_DATA_DIR: dirWithStack({ ...ADDRESSES, ERASURE_KEY: local }) };
  assert.equal(loadConfig(stack).erasure.key, local);
  assert.equal(loadConfig({ ...stack, ERASURE_KEY: own }).erasure.key, own);
  assert.equal(loadConfig({ ...ADDRESSES, ...stack }).erasure.key, undefined);
});

test('commands that run before any server need no address and know which servers are configured', () => {
  const config = loadLocalConfig({
    MARQUEE_DATA_DIR: emptyDir(),
    KAFKA_BROKERS: 'k:1',
    AWS_ACCESS_KEY_ID: 'x',
  });
  assert.deepEqual(config.external, { KAFKA_BROKERS: 'k:1' });
});

test('every setting has a key of its own and says what it expects and why', () => {
  const settings = listSettings();
  assert.ok(settings.length > 40);
  assert.equal(new Set(settings.map(({ meta }) => meta.env)).size, settings.length);
  for (const { path, meta } of settings) {
    assert.match(meta.env, /^[A-Z][A-Z0-9_]+$/, path.join('.'));
    assert.ok(meta.expects.length > 0 && meta.reason.length > 10, path.join('.'));
  }
});
