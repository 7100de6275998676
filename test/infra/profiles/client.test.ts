import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createProfileClient, type CallOutcome, type ProfileClient } from '../../../infra/profiles/client.ts';
import { createHttpCall } from '../../../infra/profiles/http-call.ts';

type Respond = (asked: readonly string[], response: ServerResponse) => void;

const SETTINGS = {
  deadlineMs: 5000,
  batchSize: 2,
  cacheEntries: 100,
  ttlMs: 1000,
  staleMs: 1000,
  maxConcurrent: 2,
  maxWaiting: 4,
  breakerFailures: 3,
  breakerPauseMs: 60_000,
};

const closers: (() => void)[] = [];
after(() => {
  for (const close of closers) close();
});

/** A service that answers as told, a client on it, and what came of the calls. */
async function setUp(respond: Respond, settings: Partial<typeof SETTINGS> = {}) {
  const service = { respond, asked: [] as string[][] };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { profileIds } = JSON.parse(Buffer.concat(parts).toString()) as { profileIds: string[] };
      service.asked.push(profileIds);
      service.respond(profileIds, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const outcomes: CallOutcome[] = [];
  const clock = { time: 0 };
  const client = createProfileClient({
    settings: { ...SETTINGS, ...settings },
    call: createHttpCall({ url, maxAnswerBytes: 4000 }),
    onCall: (outcome) => outcomes.push(outcome),
    now: () => clock.time,
  });
  closers.push(() => {
    client.close();
    server.close();
    server.closeAllConnections();
  });
  return { client, outcomes, clock, service };
}

const entry = (profileId: string) => ({ profileId, segment: 'family', maturity: 12, country: 'SE' });
const FRESH = { answer: 'fresh', segment: 'family', maturity: 12, country: 'SE' };
const STALE = { ...FRESH, answer: 'stale' };
const UNAVAILABLE = { answer: 'unavailable' };
const json = (response: ServerResponse, body: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};
const honest: Respond = (asked, response) => {
  json(response, {
    profiles: asked.filter((id) => !id.startsWith('no')).map(entry),
    unknown: asked.filter((id) => id.startsWith('no')),
  });
};
const all = async (client: ProfileClient, ids: readonly string[]) =>
  Object.fromEntries(await client.answers(ids));

test('everybody is answered, asked for once, in calls of bounded size', async () => {
  const { client, outcomes, service } = await setUp(honest);
  assert.deepEqual(await all(client, ['a', 'b', 'a', 'nobody']), {
    a: FRESH,
    b: FRESH,
    nobody: { answer: 'unknown' },
  });
  assert.deepEqual(service.asked, [['a', 'b'], ['nobody']]);
  assert.deepEqual(outcomes, ['answered', 'answered']);
  assert.ok(!(client.answers(['a', 'nobody']) instanceof Promise), 'what is known is there at once');
  assert.equal(service.asked.length, 2);
});

test('a batch of more profiles than are kept is answered whole', async () => {
  const { client } = await setUp(honest, { cacheEntries: 2, maxWaiting: 10 });
  const ids = ['a', 'b', 'c', 'd', 'e'];
  assert.deepEqual(await all(client, ids), Object.fromEntries(ids.map((id) => [id, FRESH])));
});

test('what has aged is given as stale and asked for anew; what is too old is waited for', async () => {
  const { client, clock, service, outcomes } = await setUp(honest);
  await client.answers(['a']);
  clock.time = 1001;
  assert.deepEqual(await all(client, ['a']), { a: STALE });
  assert.deepEqual(await all(client, ['a']), { a: STALE }, 'it is asked for once');
  while (outcomes.length < 2) await sleep(5);
  assert.deepEqual(service.asked, [['a'], ['a']]);
  assert.deepEqual(await all(client, ['a']), { a: FRESH });
  clock.time += 2001;
  assert.ok(client.answers(['a']) instanceof Promise);
});

test('what is stale is given while the service is away, until it is too old', async () => {
  const { client, clock, service } = await setUp(honest);
  await client.answers(['a']);
  service.respond = (_asked, response) => response.destroy();
  clock.time = 2000;
  assert.deepEqual(await all(client, ['a']), { a: STALE });
  clock.time = 2001;
  assert.deepEqual(await all(client, ['a']), { a: UNAVAILABLE });
});

const LIES: Record<string, Respond> = {
  'another profile': (_asked, response) => json(response, { profiles: [entry('somebody')] }),
  'more than was asked for': (asked, response) =>
    json(response, { profiles: [...asked, 'somebody'].map(entry) }),
  'a profile twice': (asked, response) => json(response, { profiles: [...asked, ...asked].map(entry) }),
  'a profile that is known and unknown': (asked, response) =>
    json(response, { profiles: asked.map(entry), unknown: asked }),
  'another shape': (_asked, response) => json(response, ['a']),
  'null entries': (_asked, response) => json(response, { profiles: [null] }),
  'a page to sign in at': (_asked, response) =>
    response.writeHead(200).end('<html><body>Sign in</body></html>'),
  'what is no text': (_asked, response) => response.writeHead(200).end(Buffer.from([0xff, 0xfe, 0x00])),
  'an answer without end': (_asked, response) => {
    response.writeHead(200);
    const pour = (): void => {
      while (!response.destroyed && response.write(' '.repeat(1000)));
    };
    response.on('drain', pour);
    pour();
  },
};

for (const [what, respond] of Object.entries(LIES)) {
  test(`a service that answers with ${what} is believed in nothing`, async () => {
    const { client, outcomes } = await setUp(respond);
    assert.deepEqual(await all(client, ['a']), { a: UNAVAILABLE });
    assert.deepEqual(outcomes, ['lied']);
  });
}

const WRONG_TYPES: readonly object[] = [
  { segment: 7 },
  { segment: '' },
  { maturity: '12' },
  { maturity: 1.5 },
  { maturity: -1 },
  { country: 'Sweden' },
  { country: ['SE'] },
];

for (const wrong of WRONG_TYPES) {
  test(`a profile with ${JSON.stringify(wrong)} is not believed, the others are`, async () => {
    const { client, outcomes } = await setUp((asked, response) =>
      json(response, { profiles: asked.map((id) => (id === 'a' ? { ...entry(id), ...wrong } : entry(id))) }),
    );
    assert.deepEqual(await all(client, ['a', 'b']), { a: UNAVAILABLE, b: FRESH });
    assert.deepEqual(outcomes, ['doubted']);
  });
}

test('whoever the service does not mention is unavailable', async () => {
  const { client } = await setUp((_asked, response) => json(response, { profiles: [entry('a')] }));
  assert.deepEqual(await all(client, ['a', 'b']), { a: FRESH, b: UNAVAILABLE });
});

test('a redirect is not followed', async () => {
  const { client, outcomes } = await setUp((_asked, response) =>
    response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
  );
  assert.deepEqual(await all(client, ['a']), { a: UNAVAILABLE });
  assert.deepEqual(outcomes, ['failed']);
});

test('an answer that drips is given up at the deadline, and after a few nobody calls any more', async () => {
  const { client, outcomes, service } = await setUp(
    (_asked, response) => {
      response.writeHead(200).write('{"profiles":[');
    },
    { deadlineMs: 40 },
  );
  for (let i = 0; i < 5; i += 1) {
    assert.deepEqual(await all(client, [`p${i}`]), { [`p${i}`]: UNAVAILABLE });
    // The call itself ends a moment after the answer.
    while (outcomes.length <= i) await sleep(1);
  }
  assert.deepEqual(outcomes, ['late', 'late', 'late', 'refused', 'refused']);
  assert.equal(service.asked.length, 3);
});

test('a service that is back is asked again after the pause', async () => {
  const { client, outcomes, service } = await setUp((_asked, response) => response.writeHead(500).end(), {
    breakerPauseMs: 20,
    breakerFailures: 1,
  });
  await client.answers(['a']);
  assert.deepEqual(await all(client, ['a']), { a: UNAVAILABLE });
  assert.deepEqual(outcomes, ['failed', 'refused']);
  service.respond = honest;
  await sleep(30);
  assert.deepEqual(await all(client, ['a']), { a: FRESH });
});

test('calls beyond those under way and waiting are given up at once', async () => {
  const held: (() => void)[] = [];
  const { client, outcomes } = await setUp((asked, response) => held.push(() => honest(asked, response)), {
    maxConcurrent: 1,
    maxWaiting: 1,
  });
  const answering = all(client, ['a', 'b', 'c', 'd', 'e', 'f']);
  while (outcomes.length < 1 || held.length < 1) await sleep(5);
  assert.deepEqual(outcomes, ['refused']);
  held.shift()?.();
  while (held.length < 1) await sleep(5);
  held.shift()?.();
  const answers = await answering;
  assert.deepEqual(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => answers[id]?.answer),
    ['fresh', 'fresh', 'fresh', 'fresh', 'unavailable', 'unavailable'],
  );
});
