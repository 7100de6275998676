import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadConfig } from '../../../infra/config.ts';
import { isSameProcess, killProcess } from '../../../infra/local/process.ts';
import type { Progress } from '../../../infra/local/server.ts';
import { readStackFile } from '../../../infra/local/stack-file.ts';
import { createStack, type ServerStatus } from '../../../infra/local/stack.ts';
import { createS3ObjectStore } from '../../../infra/object-store/s3.ts';
import { testLocalConfig } from '../../support/stack.ts';

const config = testLocalConfig();
const { dataDir } = config;
const progress: Progress[] = [];
const stack = createStack({ config, report: (each) => void progress.push(each) });

const settings = () => loadConfig({ MARQUEE_DATA_DIR: dataDir });
const statusOf = async (server: string): Promise<ServerStatus | undefined> =>
  (await stack.status()).find((status) => status.server === server);

before(() => stack.up(), { timeout: 180_000 });
after(() => stack.down(), { timeout: 60_000 });

test('after up every server runs, and the configuration finds each of them', async () => {
  assert.deepEqual(
    (await stack.status()).map(({ server, state }) => `${server} ${state}`),
    ['kafka running', 'temporal running', 'seaweedfs running'],
  );
  const { kafka, temporal, s3, lake } = settings();
  const { servers } = readStackFile(dataDir);
  assert.deepEqual(kafka.brokers, [`127.0.0.1:${servers.kafka?.ports['broker']}`]);
  assert.equal(temporal.address, `127.0.0.1:${servers.temporal?.ports['frontend']}`);
  assert.equal(s3.endpoint, `http://127.0.0.1:${servers.seaweedfs?.ports['s3']}`);
  assert.equal(lake.catalogUri, `http://127.0.0.1:${servers.seaweedfs?.ports['iceberg']}`);
});

/** Addresses (hexadecimal, as the kernel prints them) on which a port is listened on. */
function hostsListening(port: number): string[] {
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    readFileSync(file, 'utf8').split('\n').slice(1),
  );
  return rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([, , , state]) => state === '0A')
    .map(([, local = '']) => local.split(':') as [string, string])
    .filter(([, hex]) => Number.parseInt(hex, 16) === port)
    .map(([host]) => host);
}

test('servers listen on loopback alone', { skip: process.platform !== 'linux' }, () => {
  const loopback = ['0100007F', '0000000000000000FFFF00000100007F'];
  for (const { ports } of Object.values(readStackFile(dataDir).servers)) {
    for (const port of Object.values(ports)) {
      const hosts = hostsListening(port);
      assert.ok(
        hosts.length > 0 && hosts.every((host) => loopback.includes(host)),
        `${port}: ${hosts.join()}`,
      );
    }
  }
});

test('no secret is on a command line, where other users could read it', () => {
  const secret = settings().s3.secretAccessKey;
  assert.ok(secret.length >= 32);
  for (const { command } of Object.values(readStackFile(dataDir).servers)) {
    assert.ok(!command.join(' ').includes(secret));
  }
});

test('a second up starts nothing', async () => {
  const pids = Object.values(readStackFile(dataDir).servers).map(({ pid }) => pid);
  progress.length = 0;
  await stack.up();
  assert.ok(progress.every(({ phase }) => phase === 'ready'));
  assert.deepEqual(
    Object.values(readStackFile(dataDir).servers).map(({ pid }) => pid),
    pids,
  );
});

test('a server that was killed is stopped in the status and comes back on its port with its data', async () => {
  const store = () => createS3ObjectStore(settings().s3);
  await store().put('stack-test/survives', Buffer.from('still here'));
  const { seaweedfs } = readStackFile(dataDir).servers;
  assert.ok(seaweedfs?.pid !== undefined);
  await killProcess(seaweedfs.pid, seaweedfs.command);
  assert.equal((await statusOf('seaweedfs'))?.state, 'stopped');

  await stack.up(['seaweedfs']);
  assert.deepEqual((await statusOf('seaweedfs'))?.ports, seaweedfs.ports);
  const found = await store().get('stack-test/survives');
  assert.equal(Buffer.from(found?.body ?? []).toString(), 'still here');
});

test('down stops every server that up started, keeps addresses and ports, and may be called again', async () => {
  const records = Object.values(readStackFile(dataDir).servers);
  const before = settings();
  assert.deepEqual((await stack.down()).sort(), ['kafka', 'seaweedfs', 'temporal']);
  for (const { pid, command } of records) assert.equal(isSameProcess(pid ?? 0, command), false);
  assert.deepEqual(await stack.down(), []);
  assert.deepEqual(settings(), before);
});

test('a server that the environment configures is neither started nor stopped', async () => {
  const external = { ...config, external: { KAFKA_BROKERS: 'elsewhere:9092' } };
  const seen: Progress[] = [];
  const other = createStack({ config: external, report: (each) => void seen.push(each) });
  const environment = await other.up(['kafka']);
  assert.equal(environment['KAFKA_BROKERS'], 'elsewhere:9092');
  assert.deepEqual(seen, [{ component: 'kafka', phase: 'external', detail: 'elsewhere:9092' }]);
  assert.equal((await other.status())[0]?.state, 'external');
  assert.equal(readStackFile(join(dataDir)).servers.kafka?.pid, undefined);
});
