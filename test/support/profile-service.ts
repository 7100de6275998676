/** A profile service that is honest, slow, lying or out, as told. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Mood = 'honest' | 'out' | 'silent' | 'html' | 'somebody else' | 'wrong types';

export interface ProfileService {
  readonly url: string;
  mood: Mood;
  /** Calls so far. */
  readonly calls: () => number;
  close(): Promise<void>;
}

export const honestly = (profileId: string) => ({
  profileId,
  segment: 'family',
  maturity: 12,
  country: 'SE',
});

const ANSWERS: Readonly<Record<Mood, (asked: readonly string[], response: ServerResponse) => void>> = {
  honest: (asked, response) => void response.end(JSON.stringify({ profiles: asked.map(honestly) })),
  out: (_asked, response) => void response.destroy(),
  silent: () => undefined,
  html: (_asked, response) => void response.end('<html>Sign in</html>'),
  'somebody else': (asked, response) =>
    void response.end(JSON.stringify({ profiles: asked.map((id) => honestly(`${id}-of-another`)) })),
  'wrong types': (asked, response) =>
    void response.end(JSON.stringify({ profiles: asked.map((id) => ({ ...honestly(id), country: 46 })) })),
};

export async function startProfileService(mood: Mood): Promise<ProfileService> {
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { profileIds } = JSON.parse(Buffer.concat(parts).toString()) as { profileIds: string[] };
      ANSWERS[service.mood](profileIds, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const service: ProfileService = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mood,
    calls: () => calls,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
  return service;
}
