import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { genreOf, watchThree, type WatcherOptions } from '../../../examples/demo/watcher.ts';
import { parseEvent } from '../../../domain/events/validate.ts';

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close().closeAllConnections();
});

const title = (titleId: string, ...genres: string[]) => ({
  titleId,
  name: `name ${titleId}`,
  year: 1990,
  genres,
});
const TITLES = [
  title('1', 'Drama'),
  title('2', 'Sci-Fi'),
  title('3', 'Sci-Fi', 'Drama'),
  title('4', 'Drama'),
  title('5', 'Sci-Fi'),
  title('6', 'Sci-Fi'),
];

/** Ingest and serving in one; `picks` says what the row holds after so many events and answers. */
async function marquee(picks: (events: number, asked: number) => readonly string[]) {
  const sent: string[] = [];
  let asked = 0;
  const server = createServer((request, response) => {
    if (request.method === 'POST') {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        sent.push(...body.trim().split('\n'));
        response.writeHead(202).end('{"accepted":6,"rejected":0,"results":[]}');
      });
      return;
    }
    asked += 1;
    const items = picks(sent.length, asked).map((titleId) => ({ titleId, name: `name ${titleId}` }));
    response.end(JSON.stringify({ row: { items } }));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options: WatcherOptions = {
    ...{ servingUrl: url, ingestUrl: url, runId: 'r', seed: 1, titles: TITLES, genre: 'Sci-Fi' },
    limitMs: 1_500,
  };
  return { options, sent };
}

test('three titles of the genre that the row does not hold are watched to their end, and it is shown before and after', async () => {
  const { options, sent } = await marquee((events) => (events === 0 ? ['1', '2'] : ['6', '1']));
  const followed = await watchThree(options);
  assert.deepEqual(followed.watched, ['name 3', 'name 5', 'name 6']);
  assert.deepEqual(
    [followed.before, followed.after].map((picks) =>
      picks.map(({ titleId, isOfGenre }) => [titleId, isOfGenre]),
    ),
    [
      [
        ['1', false],
        ['2', true],
      ],
      [
        ['6', true],
        ['1', false],
      ],
    ],
  );
  assert.ok(followed.changedMs !== null);
  const events = sent.map((line) => {
    const parsed = parseEvent(line);
    assert.ok(parsed.ok, line);
    return parsed.event;
  });
  assert.deepEqual(
    events.map(({ kind }) => kind),
    Array.from({ length: 3 }, () => ['play_start', 'play_stop']).flat(),
  );
  assert.ok(events.every(({ eventTime }, index) => index === 0 || eventTime > events[index - 1]!.eventTime));
});

test('a row that stays is said to stay', async () => {
  const { options } = await marquee(() => ['1']);
  assert.equal((await watchThree(options)).changedMs, null);
});

test('a row that changes and is then again what it was is said to stay', async () => {
  const { options } = await marquee((events, asked) => [events > 0 && asked < 5 ? '6' : '1']);
  assert.equal((await watchThree(options)).changedMs, null);
});

test('a row that is for a while what it was is waited for', async () => {
  const { options } = await marquee((events, asked) => [events > 0 && (asked < 5 || asked > 65) ? '6' : '1']);
  assert.ok((await watchThree({ ...options, limitMs: 20_000 })).changedMs !== null);
});

test('a row that changes by itself proves nothing', async () => {
  const { options, sent } = await marquee((_events, asked) => [String(asked)]);
  await assert.rejects(watchThree(options), /by themselves/);
  assert.equal(sent.length, 0);
});

test('where there are too few titles of the genre, the commonest one is watched', () => {
  assert.equal(genreOf(TITLES, 'Sci-Fi'), 'Sci-Fi');
  assert.equal(genreOf(TITLES, 'Western'), 'Sci-Fi');
});
