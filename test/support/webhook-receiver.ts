/** A program that webhooks are posted to, over real HTTP, and that misbehaves as it is told. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isSignedWith } from '../../infra/notices/signature.ts';

/** A status, no answer at all, or a connection that is cut after the notice was taken. */
export type ReceiverAnswer = number | 'hang' | 'cut';

export interface PostedNotice {
  readonly id: string;
  readonly body: string;
  isSigned(secret: string): boolean;
}

export interface Receiver {
  readonly address: string;
  readonly posted: readonly PostedNotice[];
  close(): void;
}

/** Answers so, one after the other, and then with 204. */
export async function startReceiver(answers: readonly ReceiverAnswer[] = []): Promise<Receiver> {
  const left = [...answers];
  const posted: PostedNotice[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const header = (name: string): string => String(request.headers[`webhook-${name}`]);
      const parts = { id: header('id'), timestampS: Number(header('timestamp')), body };
      const signature = header('signature');
      posted.push({ id: parts.id, body, isSigned: (secret) => isSignedWith(secret, parts, signature) });
      const answer = left.shift() ?? 204;
      if (answer === 'cut') response.destroy();
      else if (answer !== 'hang')
        response.writeHead(answer, answer < 400 ? { location: '/moved' } : {}).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    posted,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
