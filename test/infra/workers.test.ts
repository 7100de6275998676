import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { until } from '../support/until.ts';

test('workers share a port, one that ends is replaced, and all end when the first is told to', async (t) => {
  const module = join(import.meta.dirname, '../support/worker-server.ts');
  const child = spawn(process.execPath, [module, '2'], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  const seen = new Map<string, Set<number>>();
  const ask = async (): Promise<void> => {
    // A connection of its own: one that is kept stays with its worker, and one that is dealt to a dead one is lost.
    const asked = get(`http://127.0.0.1:${port}`, { agent: false, signal: AbortSignal.timeout(2000) });
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const [worker = '', pid] = (await text(answer)).split(' ');
    seen.set(worker, (seen.get(worker) ?? new Set()).add(Number(pid)));
  };
  await until(async () => {
    await ask();
    return seen.size === 2;
  });
  assert.deepEqual([...seen.keys()].sort(), ['0', '1']);
  const [before] = seen.get('1')!;
  process.kill(before!, 'SIGKILL');
  await until(async () => {
    await ask().catch(() => undefined);
    return seen.get('1')!.size === 2;
  }, 30_000);
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [0, null]);
  for (const pid of [...seen.values()].flatMap((pids) => [...pids]))
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
});
