import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import type { Config } from '../../../infra/config.ts';
import { kafkaSection } from '../../../infra/config/kafka.ts';
import { createKafka, type KafkaClient } from '../../../infra/kafka/client.ts';
import { createProducer } from '../../../infra/kafka/producer.ts';
import { readAll } from '../../../infra/kafka/reader.ts';
import { createTopics } from '../../../infra/kafka/topics.ts';
import { startKafka } from '../../../infra/local/launch.ts';
import { choosePorts } from '../../../infra/local/ports.ts';
import { findProgram, runProgram } from '../../../infra/local/programs/find.ts';
import { createPrograms } from '../../../infra/local/programs/programs.ts';
import type { RunningServer } from '../../../infra/local/server.ts';
import { silentLog } from '../../../infra/log.ts';
import { testLocalConfig } from '../../support/stack.ts';

/** A broker of its own with a listener that asks for TLS and a password. */
const local = testLocalConfig();
const dir = join(local.dataDir, 'secure-kafka');
const [USER, PASSWORD, STORE_PASSWORD] = ['marquee', 'only-for-this-test', 'only-for-this-test'];
const AUTHORITY = join(dir, 'authority.pem');
const STORE = join(dir, 'broker.p12');
let server: RunningServer | undefined;
let secure = 0;

before(async () => {
  mkdirSync(dir, { recursive: true });
  await makeCertificate();
  const ports = await choosePorts({ names: ['broker', 'controller', 'secure'] });
  secure = ports['secure']!;
  const [open, closed] = [`PLAINTEXT://127.0.0.1:${ports['broker']}`, `SECURE://127.0.0.1:${secure}`];
  const jaas = 'org.apache.kafka.common.security';
  server = await startKafka({
    config: local,
    dir,
    preferred: ports,
    overrides: {
      listeners: `${open},CONTROLLER://127.0.0.1:${ports['controller']},${closed}`,
      'advertised.listeners': `${open},${closed}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL',
      'listener.name.secure.ssl.keystore.type': 'PKCS12',
      'listener.name.secure.ssl.keystore.location': STORE,
      'listener.name.secure.ssl.keystore.password': STORE_PASSWORD,
      'listener.name.secure.sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
      'listener.name.secure.plain.sasl.jaas.config': `${jaas}.plain.PlainLoginModule required user_${USER}="${PASSWORD}";`,
      'listener.name.secure.scram-sha-512.sasl.jaas.config': `${jaas}.scram.ScramLoginModule required;`,
    },
  });
  await addScramUser(ports['broker']!);
});
after(() => server?.stop());

async function tool(program: string, args: readonly string[]): Promise<void> {
  const { ok, output } = await runProgram(program, args, { timeoutMs: 60_000 });
  assert.ok(ok, output);
}

/** One that signs itself, for 127.0.0.1. */
async function makeCertificate(): Promise<void> {
  const keytool = findProgram('keytool', local.searchPath);
  assert.ok(keytool !== undefined, 'keytool comes with Java');
  const store = [
    '-keystore',
    STORE,
    '-storetype',
    'PKCS12',
    '-storepass',
    STORE_PASSWORD,
    '-alias',
    'broker',
  ];
  const name = ['-dname', 'CN=marquee test', '-ext', 'SAN=ip:127.0.0.1'];
  await tool(keytool, ['-genkeypair', '-keyalg', 'EC', '-groupname', 'secp256r1', ...name, ...store]);
  await tool(keytool, ['-exportcert', '-rfc', '-file', AUTHORITY, ...store]);
}

async function addScramUser(port: number): Promise<void> {
  const { java, jars } = await createPrograms({
    ...local.local,
    searchPath: local.searchPath,
    report() {},
  }).kafka();
  const about = ['--alter', '--entity-type', 'users', '--entity-name', USER];
  const secret = ['--add-config', `SCRAM-SHA-512=[iterations=4096,password=${PASSWORD}]`];
  const broker = ['--bootstrap-server', `127.0.0.1:${port}`];
  await tool(java, [
    '-Xmx128m',
    '-cp',
    join(jars, '*'),
    'kafka.admin.ConfigCommand',
    ...broker,
    ...about,
    ...secret,
  ]);
}

function connect(settings: Partial<Config['kafka']>): KafkaClient {
  const defaults = kafkaSection.parse({
    brokers: `127.0.0.1:${secure}`,
    maxRetries: '0',
    requestTimeoutMs: '5000',
  });
  const secured = { ssl: true, sslCa: AUTHORITY, saslUsername: USER, saslPassword: PASSWORD } as const;
  return createKafka({ ...defaults, ...secured, saslMechanism: 'scram-sha-512', ...settings }, silentLog());
}

for (const saslMechanism of ['scram-sha-512', 'plain'] as const) {
  test(`over TLS and ${saslMechanism} records are sent and read as they are without`, async () => {
    const kafka = connect({ saslMechanism });
    const topic = `secured.${saslMechanism}`;
    const admin = await kafka.admin();
    await createTopics(admin, [{ topic, numPartitions: 1 }]);
    const producer = await createProducer(kafka, { maxRecordBytes: 1 << 20 });
    // Larger than one TLS record, and than one read of the socket.
    const sent = Array.from({ length: 50 }, (_, i) => `${i}:`.padEnd(20_000, 'x'));
    const messages = sent.map((value) => ({ key: 'k', value: Buffer.from(value), partition: 0 }));
    await producer.send([{ topic, messages }]);
    const seen: string[] = [];
    const reader = await readAll(kafka, {
      topic,
      live: false,
      onRecords(batch) {
        for (const { value } of batch.records) seen.push(value?.toString() ?? 'none');
      },
    });
    await reader.closed;
    assert.ok(
      seen.length === sent.length && seen.every((value, i) => value === sent[i]),
      `${seen.length} came`,
    );
    await producer.close();
    await kafka.close();
  });
}

test('ASVS v5.0.0-12.3.2 a broker with a certificate that nobody vouches for, or no TLS, is not spoken to', async () => {
  for (const settings of [{ sslCa: undefined }, { ssl: false }, { saslPassword: 'wrong' }]) {
    const kafka = connect(settings);
    await assert.rejects(kafka.admin(), (error) => isMarqueeError(error, 'LOG_UNAVAILABLE'));
    await kafka.close();
  }
});
