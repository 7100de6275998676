/** Sends a request as it is: `fetch` would tidy up paths, and refuse what a hostile caller sends. */
import { Agent, request } from 'node:http';

export interface Sent {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of `content-type`, without parameters. */
  readonly mediaType: string;
  readonly text: string;
}

export interface Request {
  readonly method: string;
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
}

const agent = new Agent({ keepAlive: true, maxSockets: 8 });

/** Undefined where the connection was cut before an answer could be read, twice. */
export async function send(url: string, one: Request): Promise<Sent | undefined> {
  // A connection that was kept may be closed by the server just as it is used again.
  return (await sendOnce(url, one)) ?? sendOnce(url, one);
}

function sendOnce(url: string, { method, target, headers = {}, body }: Request): Promise<Sent | undefined> {
  const { hostname, port } = new URL(url);
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  return new Promise((resolve) => {
    const sent = request(
      { ...{ agent, hostname, port, method, path: target }, headers: { ...headers, ...length } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => resolve(undefined));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            mediaType: (response.headers['content-type'] ?? '').split(';')[0]!.trim(),
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    sent.on('error', () => resolve(undefined));
    sent.end(body);
  });
}
