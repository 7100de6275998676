import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { listen } from '../../../infra/http/listen.ts';

/** What comes back for raw bytes, until the connection is closed. */
async function answerTo(t: TestContext, bytes: string, headersMs = 5000): Promise<string> {
  const server = await listen((_request, response) => response.end('heard'), {
    ...{ host: '127.0.0.1', port: 0 },
    timeouts: { headersMs },
  });
  t.after(server.close);
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(bytes);
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

const codeOf = (answer: string): unknown => {
  const [head, body] = answer.split('\r\n\r\n');
  assert.match(head!, /^content-type: application\/problem\+json/im);
  return (JSON.parse(body!) as { code: unknown }).code;
};

test('what is no HTTP is a problem like any other', async (t) => {
  for (const bytes of [
    'hello\r\n\r\n',
    'GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET / HTTP/1.1\r\nno header\r\n\r\n',
  ]) {
    const answer = await answerTo(t, bytes);
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.equal(codeOf(answer), 'REQUEST_MALFORMED');
  }
});

test('a path of a megabyte is refused, and the refusal can be read', async (t) => {
  const answer = await answerTo(
    t,
    `GET /v1/profiles/${'x'.repeat(1 << 20)}/home HTTP/1.1\r\nHost: x\r\n\r\n`,
  );
  assert.match(answer, /^HTTP\/1\.1 431 /);
  assert.equal(codeOf(answer), 'HEADERS_TOO_LARGE');
});

test('a request that is never ended is given up', async (t) => {
  const answer = await answerTo(t, 'GET / HTTP/1.1\r\nHost: x\r\n', 100);
  assert.match(answer, /^HTTP\/1\.1 408 /);
  assert.equal(codeOf(answer), 'REQUEST_LATE');
});
