import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { profileServiceSection } from '../../../infra/config/profiles.ts';
import { createProfileClient } from '../../../infra/profiles/client.ts';
import { createHttpCall } from '../../../infra/profiles/http-call.ts';

const entry = fileURLToPath(new URL('../../../examples/profile-service/server.ts', import.meta.url));
const child = spawn(
  process.execPath,
  [entry, '--port', '0', '--unknown-every', '4', '--countries', 'SE,NO'],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
);
after(() => child.kill());
const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];

test('the example service answers as the client asks, the same about a profile every time', async () => {
  const ids = Array.from({ length: 200 }, (_, i) => `profile-${i}`);
  const ask = async () => {
    const settings = profileServiceSection.parse({ url, deadlineMs: '60000', batchSize: '30' });
    const outcomes = new Set<string>();
    const client = createProfileClient({
      settings,
      call: createHttpCall({ url, maxAnswerBytes: settings.maxAnswerBytes }),
      onCall: (outcome) => outcomes.add(outcome),
    });
    const answers = await client.answers(ids);
    client.close();
    assert.deepEqual([...outcomes], ['answered']);
    return answers;
  };
  const answers = await ask();
  assert.deepEqual(await ask(), answers);
  const all = [...answers.values()];
  assert.deepEqual(new Set(all.map(({ answer }) => answer)), new Set(['fresh', 'unknown']));
  assert.deepEqual(new Set(all.flatMap(({ country }) => country ?? [])), new Set(['SE', 'NO']));
});

test('it says that it is well, and refuses what it cannot read', async () => {
  assert.deepEqual(await (await fetch(`${url}/health`)).json(), { status: 'ok' });
  for (const body of ['no JSON', '[]', '{"profileIds":[7]}']) {
    const { status } = await fetch(`${url}/v1/profiles/batch`, { method: 'POST', body });
    assert.equal(status, 400, body);
  }
  assert.equal((await fetch(`${url}/v1/elsewhere`)).status, 404);
});
