import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { after, describe, test } from 'node:test';
import type { Answer } from '../../../streaming/ingest/acceptor.ts';
import { event, logGone, openIngest, type TestIngest } from '../../support/ingest.ts';

const opened: TestIngest[] = [];
const open: typeof openIngest = async (...args) => {
  const ingest = await openIngest(...args);
  opened.push(ingest);
  return ingest;
};
after(() => Promise.all(opened.map((ingest) => ingest.close())));

const bodyOf = async (response: Response): Promise<Answer['body'] & { code?: string; message?: string }> =>
  (await response.json()) as Answer['body'] & { code?: string };
const codes = (body: Answer['body']): (string | undefined)[] => body.results.map(({ code }) => code);

describe('POST /v1/events', () => {
  test('answers 202 to an array, an object and lines, and appends the bytes that came', async () => {
    const ingest = await open();
    const odd = JSON.stringify(event({ eventId: 'odd' })).replace('"rank":0', '"rank" : 0.0');
    const bodies: [string, Record<string, string>, number][] = [
      [`[${odd},${JSON.stringify(event())}]`, {}, 2],
      [odd, { 'content-type': 'application/json; charset=UTF-8' }, 1],
      [`${odd}\n\n${odd}\n`, { 'content-type': 'application/x-ndjson' }, 2],
    ];
    for (const [body, headers, accepted] of bodies) {
      const response = await ingest.post(body, headers);
      assert.equal(response.status, 202);
      assert.deepEqual(await bodyOf(response), { accepted, rejected: 0, results: [] });
    }
    assert.equal(String(ingest.producer.sent[0]?.value), odd);
    assert.equal(ingest.producer.sent[0]?.key, 'p-1');
    assert.equal(ingest.producer.sent.length, 5);
  });

  test('with verbose=true every event is answered by its id', async () => {
    const ingest = await open();
    const response = await ingest.post(JSON.stringify([event({ eventId: 'x' })]), {}, '?verbose=true');
    assert.deepEqual((await bodyOf(response)).results, [{ index: 0, status: 202, eventId: 'x' }]);
  });

  test('answers 207 event by event: code, field and shape of what was wrong', async () => {
    const ingest = await open();
    const events = [
      event({ eventId: 'a' }),
      event({ country: 'gb' }),
      event({ eventId: 'b' }),
      7,
      { kind: 'none' },
    ];
    const response = await ingest.post(JSON.stringify(events));
    assert.equal(response.status, 207);
    const { accepted, rejected, results } = await bodyOf(response);
    assert.deepEqual([accepted, rejected], [2, 3]);
    assert.deepEqual(
      results.map(({ index, status, eventId, code, field, shape }) => [
        index,
        status,
        eventId,
        code,
        field,
        shape,
      ]),
      [
        [0, 202, 'a', undefined, undefined, undefined],
        [1, 400, undefined, 'EVENT_FIELD_INVALID', 'country', 'string of 2'],
        [2, 202, 'b', undefined, undefined, undefined],
        [3, 400, undefined, 'EVENT_NOT_OBJECT', undefined, 'number 7'],
        [4, 400, undefined, 'EVENT_KIND_UNKNOWN', 'kind', 'string of 4'],
      ],
    );
    assert.deepEqual(
      ingest.producer.sent.map(({ value }) => (JSON.parse(String(value)) as { eventId: string }).eventId),
      ['a', 'b'],
    );
  });

  test('answers 400 when no event is good, and appends none', async () => {
    const ingest = await open();
    const response = await ingest.post(JSON.stringify([{}, null]));
    assert.equal(response.status, 400);
    assert.deepEqual(codes(await bodyOf(response)), ['EVENT_KIND_UNKNOWN', 'EVENT_NOT_OBJECT']);
    assert.equal(ingest.producer.sends.length, 0);
  });

  test('an event above the limit is refused by itself', async () => {
    const ingest = await open({ maxEventBytes: 2000 });
    const response = await ingest.post(JSON.stringify([event(), event({ note: 'x'.repeat(3000) })]));
    assert.equal(response.status, 207);
    const { results } = await bodyOf(response);
    assert.deepEqual([results[1]?.status, results[1]?.code], [413, 'EVENT_TOO_LARGE']);
  });
});

describe('when Kafka is gone or slow', () => {
  test('events that were not acknowledged get 503, and the caller is told to come again', async () => {
    const ingest = await open();
    ingest.producer.answer = logGone;
    const response = await ingest.post(JSON.stringify([event(), {}]));
    assert.equal(response.status, 503);
    assert.ok(Number(response.headers.get('retry-after')) > 0);
    const { accepted, results } = await bodyOf(response);
    assert.equal(accepted, 0);
    assert.deepEqual(
      results.map(({ status, code }) => [status, code]),
      [
        [503, 'LOG_UNAVAILABLE'],
        [400, 'EVENT_KIND_UNKNOWN'],
      ],
    );
  });

  test('a full buffer answers 503 with Retry-After and takes nothing', async () => {
    const ingest = await open({ bufferBytes: 2000 });
    const gate: PromiseWithResolvers<void> = Promise.withResolvers();
    ingest.producer.answer = () => gate.promise;
    const body = JSON.stringify([event({ note: 'x'.repeat(1200) })]);
    const first = ingest.post(body);
    while (ingest.producer.sends.length === 0) await sleep(5);
    const second = await ingest.post(body);
    assert.equal(second.status, 503);
    assert.equal(second.headers.get('retry-after'), '1');
    assert.equal((await bodyOf(second)).code, 'BUFFER_FULL');
    gate.resolve();
    assert.equal((await first).status, 202);
    assert.equal((await ingest.post(body)).status, 202);
  });

  test('readiness follows its checks, liveness does not', async () => {
    const state = { gone: false };
    const checks = { kafka: () => (state.gone ? logGone() : Promise.resolve()) };
    const ingest = await open({}, {}, checks);
    assert.equal((await fetch(`${ingest.url}/readyz`)).status, 200);
    state.gone = true;
    const response = await fetch(`${ingest.url}/readyz`);
    assert.equal(response.status, 503);
    assert.match(await response.text(), /did not acknowledge/);
    assert.equal((await fetch(`${ingest.url}/livez`)).status, 200);
  });
});

describe('hostile input', () => {
  const HEAD = 'POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';

  test('values that JSON or the contract cannot hold are refused one by one', async () => {
    const ingest = await open();
    const text = JSON.stringify(event());
    const wrong = [
      text.replace('"rank":0', '"rank":NaN'),
      text.replace('"rank":0', '"rank":1e999'),
      text.replace('"rank":0', '"rank":"0"'),
      text.replace('"p-1"', '"\\ud800"'),
      text.replace('"p-1"', '"a\\u0000b"'),
      text.replace('"p-1"', '["p-1"]'),
      text.replace('"p-1"', JSON.stringify('x'.repeat(500_000))),
      text.replace('"country":"GB"', '"__proto__":{"country":"GB"}'),
      text.replace('"impression"', '"constructor"'),
    ];
    const response = await ingest.post(`[${wrong.join(',')}]`);
    assert.equal(response.status, 400);
    assert.deepEqual(codes(await bodyOf(response)), [
      'EVENT_NOT_JSON',
      'EVENT_FIELD_INVALID',
      'EVENT_FIELD_INVALID',
      'EVENT_FIELD_INVALID',
      'EVENT_FIELD_INVALID',
      'EVENT_FIELD_INVALID',
      'EVENT_FIELD_INVALID',
      'EVENT_FIELD_MISSING',
      'EVENT_KIND_UNKNOWN',
    ]);
    assert.equal(Object.hasOwn(Object.prototype, 'country'), false);
  });

  test('__proto__ and deep nesting in attributes outside the contract harm nobody', async () => {
    const ingest = await open();
    const text = JSON.stringify(event());
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    const proto = text.replace('{', '{"__proto__":{"polluted":1},');
    const response = await ingest.post(`[${proto},${text.replace('{', `{"deep":${deep},`)},${text}]`);
    assert.ok([202, 207].includes(response.status));
    assert.equal((await ingest.post(text)).status, 202);
    assert.equal(({} as { polluted?: number }).polluted, undefined);
  });

  test('bodies without structure, of a wrong type or encoding are refused with the reason', async () => {
    const ingest = await open();
    const text = JSON.stringify(event());
    const cases: [string | Buffer, Record<string, string>, RegExp][] = [
      [`[${text}`, {}, /not closed/],
      ['', {}, /no event/],
      [text, { 'content-type': 'text/plain' }, /text\/plain/],
      [text, { 'content-type': 'application/json; charset=latin1' }, /latin1/],
      [text, { 'content-encoding': 'br' }, /br is not gzip/],
      [text, { 'content-encoding': 'gzip' }, /not a gzip archive/],
      [gzipSync(text).subarray(0, 40), { 'content-encoding': 'gzip' }, /not a gzip archive/],
    ];
    for (const [body, headers, reason] of cases) {
      const response = await ingest.post(body, headers);
      assert.equal(response.status, 400, String(reason));
      assert.match((await bodyOf(response)).message ?? '', reason);
    }
    assert.equal((await ingest.post(gzipSync(text), { 'content-encoding': 'gzip' })).status, 202);
    assert.equal(ingest.producer.sent.length, 1);
  });

  test('a body above the limit is 413, announced or not, and so is what unpacks to more', async () => {
    const ingest = await open({ maxBodyBytes: 100_000, maxEventBytes: 50_000 });
    const large = JSON.stringify([event({ note: 'x'.repeat(200_000) })]);
    assert.equal((await ingest.post(large)).status, 413);
    const chunks = Array.from({ length: 30 }, () => `2710\r\n${'x'.repeat(10_000)}\r\n`).join('');
    const chunked = await ingest.raw(`${HEAD}transfer-encoding: chunked\r\n\r\n${chunks}`);
    assert.match(chunked, /^HTTP\/1\.1 413 /);
    assert.match(chunked, /BODY_TOO_LARGE/);
    const announced = await ingest.raw(`${HEAD}content-length: 99999999\r\n\r\n`);
    assert.match(announced, /^HTTP\/1\.1 413 /);
    const bomb = gzipSync(Buffer.alloc(50_000_000, ' '));
    assert.ok(bomb.length < 100_000);
    const response = await ingest.post(bomb, { 'content-encoding': 'gzip' });
    assert.equal(response.status, 413);
    assert.equal((await bodyOf(response)).code, 'BODY_TOO_LARGE');
  });

  test('too many events in one body are refused whole', async () => {
    const ingest = await open({ maxBatchEvents: 10 });
    const response = await ingest.post(JSON.stringify(Array.from({ length: 11 }, () => event())));
    assert.equal(response.status, 413);
    assert.equal((await bodyOf(response)).code, 'BATCH_TOO_LONG');
    assert.equal(ingest.producer.sent.length, 0);
  });

  test('one caller too eager gets 429, and none does when the limit is off', async () => {
    const ingest = await open({ requestsPerMinute: 2 });
    const statuses: number[] = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await ingest.post(JSON.stringify(event()))).status);
    assert.deepEqual(statuses, [202, 202, 429]);
    const response = await ingest.post(JSON.stringify(event()));
    assert.ok(Number(response.headers.get('retry-after')) > 0);
    assert.equal((await bodyOf(response)).code, 'RATE_LIMITED');
    const free = await open({ requestsPerMinute: 0 });
    for (let i = 0; i < 5; i += 1) assert.equal((await free.post(JSON.stringify(event()))).status, 202);
  });

  test('slow headers and slow bodies are cut, and others are served meanwhile', async () => {
    const ingest = await open({}, { headersMs: 300, requestMs: 600 });
    const [headers, body] = [
      ingest.raw('POST /v1/events HTTP/1.1\r\nhost: x\r\n'),
      ingest.raw(`${HEAD}content-length: 1000\r\n\r\n[`),
    ];
    assert.equal((await ingest.post(JSON.stringify(event()))).status, 202);
    for (const heard of await Promise.all([headers, body])) assert.match(heard, /^HTTP\/1\.1 408 /);
  });

  test('a caller that hangs up in mid-body leaves nothing behind', async () => {
    const ingest = await open();
    const socket = connect(ingest.port, '127.0.0.1');
    socket.write(`${HEAD}content-length: 1000\r\n\r\n[{"kind"`);
    await sleep(50);
    socket.destroy();
    await sleep(50);
    assert.equal((await ingest.post(JSON.stringify(event()))).status, 202);
    assert.equal(ingest.producer.sent.length, 1);
  });
});

test('other paths are 404 with the path, and no header tells what serves them', async () => {
  const ingest = await open();
  const response = await fetch(`${ingest.url}/v1/nothing`);
  assert.equal(response.status, 404);
  assert.equal((await bodyOf(response)).code, 'NOT_FOUND');
  assert.equal(response.headers.get('x-powered-by'), null);
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  assert.equal((await fetch(`${ingest.url}/v1/events`)).status, 404);
});

test('what was accepted and refused is counted', async () => {
  const ingest = await open();
  await ingest.post(JSON.stringify([event(), event(), {}]));
  const metrics = await ingest.metrics();
  assert.match(metrics, /marquee_ingest_events_accepted_total 2/);
  assert.match(metrics, /marquee_ingest_events_refused_total\{code="EVENT_KIND_UNKNOWN"\} 1/);
  assert.match(metrics, /marquee_ingest_requests_total\{status="207"\} 1/);
  assert.match(metrics, /marquee_ingest_buffer_bytes 0/);
});
