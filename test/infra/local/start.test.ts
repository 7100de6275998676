import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { isSameProcess } from '../../../infra/local/process.ts';
import type { ServerPlan, ServerRecord } from '../../../infra/local/server.ts';
import { startServer, tail } from '../../../infra/local/start.ts';

const scratch = mkdtempSync(join(tmpdir(), 'marquee-start-'));

function plan(name: string, script: string, healthy: () => Promise<boolean>): ServerPlan {
  const log = join(scratch, `${name}.log`);
  return {
    name: 'kafka',
    command: [process.execPath, '-e', script],
    env: {},
    log,
    ports: {},
    environment: {},
    healthy,
  };
}

const LIMITS = { startTimeoutMs: 5000, stopTimeoutMs: 2000 };
const FOREVER = 'setInterval(() => {}, 1000)';

test('a server counts as started only once it answers', async () => {
  const flag = join(scratch, 'flag');
  const script = `setTimeout(() => require('node:fs').writeFileSync(${JSON.stringify(flag)}, ''), 300); ${FOREVER}`;
  const server = await startServer(
    plan('slow', script, async () => existsSync(flag)),
    LIMITS,
  );
  assert.equal(existsSync(flag), true);
  await server.stop();
  assert.equal(isSameProcess(server.record.pid, server.record.command), false);
});

test('a server that ends before it answers is SERVER_MISSING with its last words', async () => {
  const dying = plan('dying', "console.error('port is taken'); process.exit(1)", async () => false);
  await assert.rejects(startServer(dying, LIMITS), (error: Error) => {
    assert.ok(isMarqueeError(error, 'SERVER_MISSING'));
    assert.match(error.message, /port is taken/);
    return true;
  });
});

test('a server that never answers is killed and named SERVER_UNHEALTHY', async () => {
  const started: ServerRecord[] = [];
  const deaf = plan('deaf', FOREVER, async () => false);
  const onStart = (record: ServerRecord): void => void started.push(record);
  await assert.rejects(startServer(deaf, { startTimeoutMs: 300, stopTimeoutMs: 300, onStart }), (error) =>
    isMarqueeError(error, 'SERVER_UNHEALTHY'),
  );
  assert.equal(isSameProcess(started[0]?.pid ?? 0, deaf.command), false);
});

test('the record is given before the server answers, so that an interrupted start leaves a trace', async () => {
  const order: string[] = [];
  const quick = plan('quick', FOREVER, async () => order.push('asked') > 0);
  const server = await startServer(quick, { ...LIMITS, onStart: () => void order.push('recorded') });
  assert.deepEqual(order, ['recorded', 'asked']);
  await server.kill();
});

test('tail gives the last lines that are not empty', () => {
  const file = join(scratch, 'lines');
  writeFileSync(file, 'a\n\nb\nc\n\n');
  assert.deepEqual(tail(file, 2), ['b', 'c']);
  assert.deepEqual(tail(join(scratch, 'none'), 2), []);
});
