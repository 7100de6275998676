import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isMarqueeError } from '../../../domain/errors.ts';
import { parseEvent } from '../../../domain/events/validate.ts';
import { writeLines } from '../../../examples/demo/files.ts';
import { generateEvents } from '../../../examples/demo/generator.ts';
import { eventLines, MISCHIEF_DEFAULTS } from '../../../examples/demo/mischief.ts';
import { retryAfterMs } from '../../../examples/demo/post.ts';
import { createSender } from '../../../examples/demo/sender.ts';
import { OPTIONS, SMALL_DATA } from './small-data.ts';

const folder = await mkdtemp(join(tmpdir(), 'marquee-sender-'));
const servers: Server[] = [];
after(async () => {
  for (const server of servers) server.close().closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

const FILE = await writeLines(
  join(folder, 'events.ndjson'),
  eventLines(generateEvents(SMALL_DATA, { ...OPTIONS, limit: 500 }), {
    ...MISCHIEF_DEFAULTS,
    seed: 5,
    malformedEvery: 120,
  }),
);

type Refuse = (request: IncomingMessage, lines: readonly string[], response: ServerResponse) => boolean;

/** A stand-in for ingest that keeps what it acknowledged; `refuse` may answer, or cut, a request first. */
const judge = (line: string): number => (parseEvent(line).ok ? 202 : 400);

async function ingest(refuse: Refuse = () => false, statusOf = judge) {
  const kept: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const lines = Buffer.concat(chunks).toString().split('\n').filter(Boolean);
      if (refuse(request, lines, response)) return;
      const results = lines.map((line, index) => ({ index, status: statusOf(line) }));
      const valid = lines.filter((_, index) => results[index]?.status === 202);
      kept.push(...valid);
      const status = valid.length === lines.length ? 202 : valid.length === 0 ? 400 : 207;
      response.writeHead(status).end(JSON.stringify({ accepted: valid.length, results }));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { kept, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const eventsByProfile = (lines: readonly string[]): Map<string, string[]> => {
  const byProfile = new Map<string, string[]>();
  for (const line of lines) {
    const { profileId, eventId } = JSON.parse(line) as { profileId: string; eventId: string };
    byProfile.set(profileId, [...(byProfile.get(profileId) ?? []), eventId]);
  }
  return byProfile;
};

test('sends every line once over a calm connection and counts what was refused', async () => {
  const server = await ingest();
  const sender = createSender({ url: server.url, file: FILE.path, connections: 3, batchLines: 50 });
  const progress = await sender.sendUntil(Infinity);
  await sender.close();
  assert.equal(progress.lines, FILE.lines);
  assert.equal(progress.accepted, server.kept.length);
  assert.equal(progress.accepted + progress.rejected, FILE.lines);
  assert.ok(progress.rejected >= 12 && progress.finished && progress.retries === 0);
});

test('keeps the order of each profile, whatever is refused in between', async () => {
  let requests = 0;
  const server = await ingest((_request, _lines, response) => {
    requests += 1;
    if (requests % 3 !== 0) return false;
    response.writeHead(requests % 2 === 0 ? 503 : 429, { 'retry-after': '0' }).end();
    return true;
  });
  const sender = createSender({ url: server.url, file: FILE.path, connections: 4, batchLines: 30 });
  const { retries } = await sender.sendUntil(Infinity);
  await sender.close();
  assert.ok(retries > 10);
  const calm = await ingest();
  const reference = createSender({ url: calm.url, file: FILE.path, connections: 1, batchLines: 500 });
  await reference.sendUntil(Infinity);
  await reference.close();
  assert.deepEqual([...eventsByProfile(server.kept)].toSorted(), [...eventsByProfile(calm.kept)].toSorted());
});

test('loses nothing when replies are cut off after the events were taken', async () => {
  const taken: string[] = [];
  let requests = 0;
  const server = await ingest((request, lines) => {
    requests += 1;
    if (requests % 3 !== 0) return false;
    taken.push(...lines);
    request.socket.destroy();
    return true;
  });
  const sender = createSender({ url: server.url, file: FILE.path, connections: 2, batchLines: 100 });
  const progress = await sender.sendUntil(Infinity);
  await sender.close();
  assert.ok(taken.length > 0 && progress.retries > 0);
  assert.equal(progress.accepted + progress.rejected, FILE.lines);
  assert.equal(server.kept.length, progress.accepted, 'each was acknowledged once');
});

test('pauses at a line with everything up to it answered, and goes on from there', async () => {
  const server = await ingest();
  const sender = createSender({ url: server.url, file: FILE.path, connections: 3, batchLines: 70 });
  const middle = await sender.sendUntil(1_001);
  assert.equal(middle.lines, 1_001);
  assert.equal(middle.accepted + middle.rejected, 1_001);
  assert.equal(server.kept.length, middle.accepted);
  const end = await sender.sendUntil(Infinity);
  await sender.close();
  assert.equal(end.accepted + end.rejected, FILE.lines);
});

test('sends again what the log did not acknowledge of a batch, and only that', async () => {
  const failedOnce = new Set<string>();
  const server = await ingest(undefined, (line) => {
    const fails = judge(line) === 202 && line.length % 7 === 0 && !failedOnce.has(line);
    if (fails) failedOnce.add(line);
    return fails ? 503 : judge(line);
  });
  const sender = createSender({ url: server.url, file: FILE.path, connections: 2, batchLines: 100 });
  const progress = await sender.sendUntil(1_500);
  await sender.close();
  assert.ok(failedOnce.size > 100 && progress.retries > 0);
  assert.equal(progress.accepted + progress.rejected, 1_500);
  assert.equal(server.kept.length, progress.accepted);
});

test('halves a batch that is too large, down to the single line', async () => {
  const server = await ingest((_request, lines, response) => {
    if (lines.length <= 16) return false;
    response.writeHead(413).end();
    return true;
  });
  const sender = createSender({ url: server.url, file: FILE.path, connections: 2, batchLines: 60 });
  const progress = await sender.sendUntil(1_000);
  await sender.close();
  assert.equal(progress.accepted + progress.rejected, 1_000);
  assert.equal(server.kept.length, progress.accepted);
});

test('gives up with a code once its patience has ended', async () => {
  const server = await ingest((_request, _lines, response) => {
    response.writeHead(503, { 'retry-after': '1' }).end();
    return true;
  });
  const sender = createSender({ url: server.url, file: FILE.path, patienceMs: 200 });
  await assert.rejects(sender.sendUntil(10), (error) => isMarqueeError(error, 'LOG_UNAVAILABLE'));
  await sender.close();
});

test('sends no faster than asked', async () => {
  const server = await ingest();
  const sender = createSender({ url: server.url, file: FILE.path, batchLines: 50, linesPerSecond: 2_000 });
  const startedAt = performance.now();
  await sender.sendUntil(1_000);
  const tookMs = performance.now() - startedAt;
  await sender.close();
  assert.ok(tookMs > 400, `1,000 lines at 2,000 a second took ${tookMs} ms`);
});

test('Retry-After is read as seconds or as a date', () => {
  assert.equal(retryAfterMs('3', 0), 3_000);
  assert.equal(retryAfterMs('Thu, 01 Jan 1970 00:00:10 GMT', 4_000), 6_000);
  assert.equal(retryAfterMs('soon', 0), undefined);
  assert.equal(retryAfterMs(null, 0), undefined);
});
