/** The registry from the command line, on a real object store. */
import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { createStoredRegistry } from '../../../infra/avro/registry.ts';
import { runCommandLine } from '../../../infra/cli/program.ts';
import { loadConfig } from '../../../infra/config.ts';
import { createS3ObjectStore } from '../../../infra/object-store/s3.ts';
import { testEnvironment } from '../../support/stack.ts';

const env = testEnvironment();
const config = loadConfig(env);
const scratch = mkdtempSync(join(tmpdir(), 'marquee-schema-'));

async function marquee(...args: string[]): Promise<{ code: number; out: string; talk: string }> {
  let out = '';
  let talk = '';
  const code = await runCommandLine(['schema', ...args], {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (talk += text) },
    env,
  });
  return { code, out, talk };
}

function contractFile(name: string, kinds: object, appVersions = '*'): string {
  const path = join(scratch, name);
  writeFileSync(path, JSON.stringify({ producer: 'tv', appVersions, kinds }));
  return path;
}
const first = contractFile('1.json', { rate: { required: ['device'] } });
const second = contractFile('2.json', {
  rate: { required: ['device'], optional: { pageId: { share: 0.5 } } },
});
const less = contractFile('3.json', { rate: {} }, '>=10');

before(async () => {
  const store = createS3ObjectStore(config.s3);
  await store.ensureBucket();
  store.close();
});

test('versions are registered, compared and told; what breaks readers is refused, or forced with a reason', async () => {
  assert.match((await marquee('history')).talk, /No contract is registered/);
  assert.deepEqual(
    [(await marquee('register', first, second)).out],
    ['tv@1  registered\ntv@2  registered\n'],
  );
  assert.equal((await marquee('register', second)).out, 'tv@2  unchanged\n');

  const check = await marquee('check', less, '--registered');
  assert.equal(check.code, 1);
  assert.match(check.out, /rate\.device +attribute-removed +breaks forward/);
  assert.match(check.out, /rate\.pageId +attribute-removed +compatible/);
  const refused = await marquee('register', less);
  assert.deepEqual([refused.code, refused.out], [1, '']);
  assert.match(refused.talk, /Contract tv is not compatible with version 2: rate\.device: attribute-removed/);
  const forced = await marquee('register', less, '--force', 'version 10 has no device classes', '--json');
  const { contracts } = JSON.parse(forced.out) as { contracts: { version: number; findings: unknown[] }[] };
  assert.deepEqual([forced.code, contracts[0]!.version, contracts[0]!.findings.length], [0, 3, 2]);

  const history = await marquee('history', 'tv');
  const lines = history.out.trim().split('\n');
  assert.match(lines[0]!, /^tv@3 .* >=10 +2 changes +forced: version 10 has no device classes$/);
  assert.match(lines[2]!, /^tv@1 .* \* +0 changes$/);
  assert.match((await marquee('history')).out, /^tv +3 .* >=10 +1\n$/);
  const json = JSON.parse((await marquee('history', 'tv', '--json')).out) as {
    versions: { breaking: number }[];
  };
  assert.deepEqual(
    json.versions.map(({ breaking }) => breaking),
    [1, 0, 0],
  );

  const diff = await marquee('diff', 'tv@1', 'tv@newest');
  assert.deepEqual([diff.code, /rate\.device +attribute-removed/.test(diff.out)], [0, true]);
  assert.equal((await marquee('diff', 'tv@1', 'tv@9')).talk, 'There is no contract tv@9\n');
  assert.equal((await marquee('history', 'web')).code, 1);
});

test('schemas that processes have published are compared with those of the code', async () => {
  const store = createS3ObjectStore(config.s3);
  const registry = createStoredRegistry(store, config.region);
  await createCleanCodec(registry).publishSchemas();
  const same = await marquee('diff', 'published', 'code');
  assert.deepEqual([same.code, same.out], [0, '']);
  assert.match(same.talk, /Only in code: event-contract/);
  const older = {
    name: 'marquee.clean.PlaysRecord',
    type: 'record',
    fields: [{ name: 'rawOffset', type: 'string' }],
  };
  await registry.save('0123456789abcdef', JSON.stringify(older));
  const apart = await marquee('diff', 'published', 'code');
  assert.match(apart.out, /PlaysRecord\.rawOffset +avro-type-changed +breaks backward/);
  assert.match(apart.out, /PlaysRecord\.device +field-added +compatible +with a default/);
  assert.doesNotMatch(apart.out, /forward/, 'a canonical form has no defaults, and says nothing as a reader');
  store.close();
});

test('without an object store the registry ends with 4, and the files are still checked without it', async () => {
  const gone = {
    ...env,
    S3_ENDPOINT: 'http://127.0.0.1:1',
    S3_REQUEST_TIMEOUT_MS: '300',
    S3_MAX_ATTEMPTS: '1',
  };
  const silent = { write: () => true };
  const run = (...args: string[]) =>
    runCommandLine(['schema', ...args], { stdout: silent, stderr: silent, env: gone });
  assert.equal(await run('history'), 4);
  assert.equal(await run('check', first), 0);
});
