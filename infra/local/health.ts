/** Questions that tell whether a server answers, asked with Node alone. None of them throws. */
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';

const TIMEOUT_MS = 1000;

/** Resolves true when an HTTP GET is answered with a status below 500. */
export async function httpAnswers(url: string): Promise<boolean> {
  const answer = await ask(url);
  return answer !== undefined && answer.status < 500;
}

/** Resolves what an HTTP GET is answered with as JSON, or undefined for any other answer or none. */
export async function httpJson(url: string): Promise<unknown> {
  const answer = await ask(url);
  if (answer?.status !== 200) return undefined;
  try {
    return JSON.parse(answer.text);
  } catch {
    return undefined;
  }
}

async function ask(url: string): Promise<{ status: number; text: string } | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'manual' });
    return { status: response.status, text: await response.text() };
  } catch {
    return undefined;
  }
}

/**
 * Resolves true when a Kafka broker answers ApiVersions v0 (https://kafka.apache.org/protocol): it does so only once it
 * is registered and takes requests.
 */
export function kafkaAnswers(port: number): Promise<boolean> {
  const request = Buffer.alloc(14);
  request.writeInt32BE(10, 0); // bytes that follow
  request.writeInt16BE(18, 4); // ApiVersions
  request.writeInt16BE(0, 6); // version
  request.writeInt32BE(1, 8); // correlation id
  request.writeInt16BE(-1, 12); // no client id
  return answerOf(port, request, (reply) => reply.length >= 8 && reply.readInt32BE(4) === 1);
}

/** Sends a request over TCP and resolves whether its answer is good. */
function answerOf(port: number, request: Buffer, isGood: (reply: Buffer) => boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(TIMEOUT_MS, () => finish(false));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
    socket.once('connect', () => socket.write(request));
    socket.once('data', (reply: Buffer) => finish(isGood(reply)));
  });
}

/** Resolves true when a node answers OPTIONS of the CQL binary protocol, version 4: it does so once it takes requests. */
export function cqlAnswers(port: number): Promise<boolean> {
  const SUPPORTED = 0x06;
  const request = Buffer.from([0x04, 0, 0, 0, 0x05, 0, 0, 0, 0]);
  return answerOf(port, request, (reply) => reply.length >= 9 && reply[4] === SUPPORTED);
}

const SERVING = Buffer.from([0x08, 0x01]);

/** Resolves true when the gRPC health service (grpc.health.v1) says that `service` is SERVING. */
export function grpcServes(port: number, service: string): Promise<boolean> {
  const name = Buffer.from(service);
  const message = Buffer.concat([Buffer.from([0x0a, name.length]), name]);
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(message.length, 1);
  return new Promise((resolve) => {
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    const finish = (answer: boolean): void => {
      session.destroy();
      resolve(answer);
    };
    session.setTimeout(TIMEOUT_MS, () => finish(false));
    session.once('error', () => finish(false));
    const stream = session.request({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.once('error', () => finish(false));
    stream.once('end', () => finish(Buffer.concat(chunks).subarray(5).equals(SERVING)));
    stream.end(Buffer.concat([frame, message]));
  });
}
