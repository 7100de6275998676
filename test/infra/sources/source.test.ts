import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { isMarqueeError, type ErrorCode } from '../../../domain/errors.ts';
import { createMemoryObjectStore } from '../../../infra/object-store/memory.ts';
import { SOURCE_TEXT } from '../../../infra/sources/address.ts';
import { createSource, type SourceDeps } from '../../../infra/sources/source.ts';

const dir = mkdtempSync(join(tmpdir(), 'marquee-source-'));
after(() => rmSync(dir, { recursive: true }));
const store = createMemoryObjectStore();
const TEXT = 'one\ntwo\n';
const SHA256 = createHash('sha256').update(TEXT).digest('hex');

const sourceOf = (text: string, changes: Partial<SourceDeps> = {}) =>
  createSource(text, { openBucket: () => store, timeoutMs: 5000, maxBytes: 1000, ...changes });

const failsWith = (code: ErrorCode, reason: RegExp) => (error: unknown) =>
  isMarqueeError(error, code) && reason.test(error.message);

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function serve(t: TestContext, answer: Answer): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/titles.ndjson`;
}

/** Where somebody listened a moment ago. */
async function closedAddress(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}/`;
}

test('a file comes whole, with its checksum and an address that opens it', async () => {
  const path = join(dir, 'a file.ndjson');
  writeFileSync(path, TEXT);
  const file = await sourceOf(path).fetch(dir);
  assert.deepEqual(file, {
    source: pathToFileURL(path).href,
    path: join(dir, 'source'),
    bytes: TEXT.length,
    sha256: SHA256,
    etag: null,
  });
  assert.equal(readFileSync(join(dir, 'source'), 'utf8'), TEXT);
});

test('over HTTP the etag comes along, and what the server says is still the same is not read again', async (t) => {
  const seen: (string | undefined)[] = [];
  const url = await serve(t, (request, response) => {
    seen.push(request.headers['if-none-match'], request.headers.authorization);
    if (request.headers['if-none-match'] === '"1"') response.writeHead(304).end();
    else response.writeHead(200, { etag: '"1"' }).end(TEXT);
  });
  const source = sourceOf(url.replace('127', 'user:secret@127').concat('?token=secret'));
  assert.equal(source.address, url);
  const first = await source.fetch(dir);
  assert.deepEqual([first?.source, first?.sha256, first?.etag], [url, SHA256, '"1"']);
  assert.equal(await source.fetch(dir, '"1"'), undefined);
  assert.equal((await source.fetch(dir, '"0"'))?.sha256, SHA256);
  const basic = `Basic ${Buffer.from('user:secret').toString('base64')}`;
  assert.deepEqual(seen, [undefined, basic, '"1"', basic, '"0"', basic]);
});

test('an etag that no manifest can hold is passed over', async (t) => {
  const url = await serve(t, (_, response) =>
    response.writeHead(200, { etag: `"${'x'.repeat(2000)}"` }).end(TEXT),
  );
  const found = await sourceOf(url).fetch(dir);
  assert.deepEqual([found?.sha256, found?.etag], [SHA256, null]);
});

test('an object comes by its key, and not at all while its etag is the known one', async () => {
  const { etag } = await store.put('in/titles.ndjson', Buffer.from(TEXT));
  await store.put('in/titles.ndjson.bak', Buffer.from('other'));
  const source = sourceOf('s3://bucket/in/titles.ndjson');
  const found = await source.fetch(dir);
  assert.deepEqual(
    [found?.source, found?.sha256, found?.etag],
    ['s3://bucket/in/titles.ndjson', SHA256, etag],
  );
  assert.equal(await source.fetch(dir, etag), undefined);
});

test('what is not there or does not answer is one clear error, worth another try', async (t) => {
  const unavailable = (text: string, reason: RegExp, changes: Partial<SourceDeps> = {}) =>
    assert.rejects(sourceOf(text, changes).fetch(dir), failsWith('SOURCE_UNAVAILABLE', reason));
  await unavailable(join(dir, 'none'), /no such file/);
  await unavailable(await closedAddress(), /ECONNREFUSED/);
  await unavailable('s3://bucket/in/titles', /no such object/);
  await unavailable(await serve(t, (_, response) => response.writeHead(404).end('no')), /status 404/);
  await unavailable(await serve(t, () => undefined), /timeout/, { timeoutMs: 100 });
  const cut = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('half');
    setTimeout(() => response.destroy(), 20);
  });
  await unavailable(cut, /terminated|aborted|closed/);
});

test('a source that is too large is refused wherever it lies', async (t) => {
  const large = 'x'.repeat(1001);
  writeFileSync(join(dir, 'large'), large);
  await store.put('large', Buffer.from(large));
  const url = await serve(t, (_, response) => response.end(large));
  for (const text of [join(dir, 'large'), 's3://bucket/large', url]) {
    await assert.rejects(sourceOf(text).fetch(dir), failsWith('SOURCE_INVALID', /more than 1000 bytes/));
  }
});

test('paths, http addresses and objects are sources; other schemes and a bucket without a key are none', () => {
  for (const good of [
    'titles.ndjson',
    '/a b/c.gz',
    'http://host/x',
    'https://host',
    's3://bucket/a/b.ndjson',
  ])
    assert.match(good, SOURCE_TEXT);
  for (const bad of ['ftp://host/x', 's3://bucket', 's3://bucket/', 'file:///x', ''])
    assert.doesNotMatch(bad, SOURCE_TEXT);
});
