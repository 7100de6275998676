import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { askController, followScale } from '../../../infra/local/follow-scale.ts';

test('the fleet follows the number; while nobody says, as many go on as were wanted last', async () => {
  const answers: readonly (number | Error)[] = [2, 4, new Error('away'), new Error('away'), 1];
  const asked: number[] = [];
  const said: string[] = [];
  const end = new AbortController();
  let i = 0;
  await followScale({
    fleet: {
      members: () => [],
      scaleTo(count) {
        asked.push(count);
        if (i === answers.length) end.abort();
        return Promise.resolve();
      },
    },
    ask() {
      const answer = answers[i++]!;
      return typeof answer === 'number' ? Promise.resolve(answer) : Promise.reject(answer);
    },
    pollIntervalMs: 1,
    signal: end.signal,
    onSilence: () => said.push('silent'),
    onVoice: () => said.push('back'),
  });
  assert.deepEqual(asked, [2, 4, 4, 4, 1]);
  assert.deepEqual(said, ['silent', 'back']);
});

test('an answer that is not a number of processes is no answer', async (t) => {
  let body = '{"desired": 3}';
  const server = createServer((_request, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  assert.equal(await askController(url, 'speed'), 3);
  for (body of ['{}', '{"desired": "3"}', '{"desired": 2.5}', 'no json'])
    await assert.rejects(askController(url, 'speed'));
});
