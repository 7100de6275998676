/** Serving and ingest as they stand in production: behind keys and tokens, with limits and an operators' log. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import type { Caller, Scope } from '../../domain/access.ts';
import type { Config } from '../../infra/config.ts';
import { authSection, limitsSection } from '../../infra/config/security.ts';
import { createAccess, type Access } from '../../infra/http/auth/access.ts';
import { openAuthenticate } from '../../infra/http/auth/authenticate.ts';
import { createOperatorLog } from '../../infra/http/operator-log.ts';
import { createKeys, type Keys } from '../../infra/keys/key-commands.ts';
import { createKeyFile } from '../../infra/keys/key-store.ts';
import { createLog } from '../../infra/log.ts';
import { createMetrics } from '../../infra/metrics.ts';
import type { ServingAccess } from '../../serving/access.ts';
import { until } from '../support/until.ts';

export const ISSUER = 'https://issuer.test/';
export const AUDIENCE = 'marquee';
/** As the contract's world names it. */
export const PROFILE = 'profile-1';
export const ALGORITHM = 'ES256';

/** An authorization server's public side, and a pen to write tokens with. */
export interface Issuer {
  readonly jwksUrl: string;
  readonly key: CryptoKey;
  /** A token that everything is right about, but for what is given. */
  token(claims?: JWTPayload, header?: Readonly<Record<string, unknown>>, key?: CryptoKey): Promise<string>;
  /** Whether it answers. */
  isUp: boolean;
  asked: number;
}

export async function startIssuer(t: TestContext): Promise<Issuer> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM);
  const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: ALGORITHM, use: 'sig' };
  const server = createServer((_request, response) => {
    issuer.asked += 1;
    if (issuer.isUp)
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
    else response.writeHead(503).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => void server.close());
  const issuer: Issuer = {
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    key: privateKey,
    isUp: true,
    asked: 0,
    token(claims = {}, header = {}, key = privateKey) {
      const now = Math.floor(Date.now() / 1000);
      const right = { iss: ISSUER, aud: AUDIENCE, sub: 'somebody', iat: now, exp: now + 300 };
      const payload = { ...right, scope: 'rows:read', profile_id: PROFILE, ...claims };
      return new SignJWT(payload)
        .setProtectedHeader({ alg: ALGORITHM, kid: 'k1', typ: 'at+jwt', ...header })
        .sign(key);
    },
  };
  return issuer;
}

export interface Secured {
  readonly issuer: Issuer;
  readonly keys: Keys;
  readonly access: Access;
  readonly serving: ServingAccess;
  readonly limits: Config['limits'];
  /** What was logged, a line each. */
  readonly lines: string[];
  readonly keysPath: string;
  /** A new key that may do this to every profile. */
  key(...scopes: readonly Scope[]): Promise<string>;
  operatorLines(): Record<string, unknown>[];
}

export interface SecuredOptions {
  readonly auth?: Readonly<Record<string, string>>;
  readonly limits?: Readonly<Record<string, string>>;
}

export async function openSecured(t: TestContext, options: SecuredOptions = {}): Promise<Secured> {
  const dir = mkdtempSync(join(tmpdir(), 'marquee-security-'));
  const issuer = await startIssuer(t);
  const keysPath = join(dir, 'keys.json');
  const auth = authSection.parse({
    ...{ mode: 'both', jwksUrl: issuer.jwksUrl, issuer: ISSUER, audience: AUDIENCE, keysFile: keysPath },
    keysReloadMs: '50',
    ...options.auth,
  });
  const limits = limitsSection.parse(options.limits ?? {});
  const lines: string[] = [];
  const log = createLog({ name: 'test', level: 'debug', destination: { write: (line) => lines.push(line) } });
  const closers: (() => void)[] = [];
  t.after(async () => {
    for (const close of closers) close();
    await rm(dir, { recursive: true });
  });
  const authenticate = await openAuthenticate({
    config: { auth, dataDir: dir, region: 'local' },
    store: { get: () => Promise.resolve(undefined), put: () => Promise.reject(new Error('unused')) },
    log,
    onClose: (close) => closers.push(close),
  });
  const access = createAccess({ settings: { auth, limits }, authenticate, metrics: createMetrics(), log });
  const keys = createKeys(createKeyFile(keysPath));
  const logPath = join(dir, 'operators', 'actions.ndjson');
  return {
    ...{ issuer, keys, access, limits, lines, keysPath },
    serving: { access, limits, operatorLog: createOperatorLog(logPath) },
    async key(...scopes) {
      const { key } = await keys.create({ scopes, profile: '*', name: null, expiresAt: null });
      await until(() => works(access, key));
      return key;
    },
    operatorLines: () =>
      readFileSync(logPath, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

export const bearing = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } });

/** Whether credentials are known to a process by now; keys are read again and again. */
export const works = async (access: Access, token: string): Promise<boolean> =>
  callerBy(access, token).then(
    () => true,
    () => false,
  );

export const callerBy = (access: Access, token: string): Promise<Caller> =>
  access.callerOf({
    headers: { authorization: `Bearer ${token}` },
    method: 'GET',
    socket: { remoteAddress: '127.0.0.1' } as never,
  });
