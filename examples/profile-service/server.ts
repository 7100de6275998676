/**
 * A small profile service, as Marquee's extractor asks for one: `node examples/profile-service/server.ts`.
 *
 * POST /v1/profiles/batch  { profileIds: [...] }  → { profiles: [{ profileId, segment, maturity, country }], unknown: [...] }
 * GET  /v1/profiles/:id                           → one profile, or 404
 * GET  /health                                    → { status: 'ok' }
 *
 * Options: `--port 4060` (0 takes any free port), `--seed 7`, `--unknown-every 50`, `--countries GB,DE`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseArgs } from 'node:util';
import { profileOf, type Profile, type ProfileOptions } from './answers.ts';

const MAX_BODY_BYTES = 1 << 20;
const MAX_PROFILES = 10_000;
const HOST = '127.0.0.1';

interface Answer {
  readonly status: number;
  readonly body: object;
}

async function answer(request: IncomingMessage, options: ProfileOptions): Promise<Answer> {
  const { pathname } = new URL(request.url ?? '/', `http://${HOST}`);
  if (request.method === 'GET' && pathname === '/health') return { status: 200, body: { status: 'ok' } };
  if (request.method === 'POST' && pathname === '/v1/profiles/batch') return batch(request, options);
  const one = /^\/v1\/profiles\/([^/]+)$/.exec(pathname)?.[1];
  if (request.method === 'GET' && one !== undefined) {
    const profile = profileOf(decodeURIComponent(one), options);
    return profile === undefined ? refusal(404, 'there is no such profile') : { status: 200, body: profile };
  }
  return refusal(404, `there is nothing at ${pathname}`);
}

async function batch(request: IncomingMessage, options: ProfileOptions): Promise<Answer> {
  const body = await readBody(request);
  if (body === undefined) return refusal(413, `a body has at most ${MAX_BODY_BYTES} bytes`);
  const profileIds = idsIn(body);
  if (profileIds === undefined) {
    return refusal(400, `expected { profileIds: [...] } with at most ${MAX_PROFILES} ids`);
  }
  const profiles: Profile[] = [];
  const unknown: string[] = [];
  for (const id of new Set(profileIds)) {
    const profile = profileOf(id, options);
    if (profile === undefined) unknown.push(id);
    else profiles.push(profile);
  }
  return { status: 200, body: { profiles, unknown } };
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > MAX_BODY_BYTES) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function idsIn(body: string): readonly string[] | undefined {
  try {
    const { profileIds } = JSON.parse(body) as { profileIds?: unknown };
    if (!Array.isArray(profileIds) || profileIds.length > MAX_PROFILES) return undefined;
    return profileIds.every((id) => typeof id === 'string') ? profileIds : undefined;
  } catch {
    return undefined;
  }
}

const refusal = (status: number, error: string): Answer => ({ status, body: { error } });

function write(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '4060' },
    seed: { type: 'string', default: '7' },
    'unknown-every': { type: 'string', default: '50' },
    countries: { type: 'string', default: 'GB,DE,BR,JP,US' },
  },
});
const options: ProfileOptions = {
  seed: Number(values.seed),
  unknownEvery: Number(values['unknown-every']),
  countries: values.countries.split(','),
};
const server = createServer((request, response) => {
  answer(request, options).then(
    (found) => {
      write(response, found);
    },
    () => {
      write(response, refusal(400, 'the request cannot be read'));
    },
  );
});
server.listen(Number(values.port), HOST, () => {
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`http://${HOST}:${port}\n`);
});
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    server.close();
    server.closeAllConnections();
  });
}
