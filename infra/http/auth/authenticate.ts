/** Who a request comes from: by API key, by access token, or nobody in particular where neither is asked for. */
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { ANY_PROFILE, SCOPES, type Caller } from '../../../domain/access.ts';
import { MarqueeError } from '../../../domain/errors.ts';
import type { Config } from '../../config.ts';
import { keyIdIn } from '../../keys/api-key.ts';
import { createKeyFile, createKeyObject, type KeyStore } from '../../keys/key-store.ts';
import { openKnownKeys, type KnownKeys } from '../../keys/known-keys.ts';
import type { Log } from '../../log.ts';
import type { ObjectStore } from '../../object-store/port.ts';
import { bearerOf } from './bearer.ts';
import { openIssuerKeys } from './issuer-keys.ts';
import { createTokens, type Tokens } from './tokens.ts';

/** Throws AUTH_REQUIRED, AUTH_INVALID or AUTH_UNAVAILABLE. */
export type Authenticate = (request: Pick<IncomingMessage, 'headers'>) => Caller | Promise<Caller>;

/** Whoever asks where credentials are not: everything is allowed, limits go by address. */
export const anyoneAt = (address: string): Caller => ({
  id: `address:${address}`,
  kind: 'anyone',
  scopes: EVERY_SCOPE,
  profiles: ANY_PROFILE,
});
const EVERY_SCOPE = new Set(SCOPES);

/** With neither keys nor tokens nobody is let in. */
export function createAuthenticate(keys: KnownKeys | undefined, tokens: Tokens | undefined): Authenticate {
  return (request) => {
    const text = bearerOf(request);
    if (keys !== undefined && keyIdIn(text) !== undefined) return keys.callerOf(text);
    if (tokens !== undefined) return tokens.callerOf(text);
    throw new MarqueeError('AUTH_INVALID', { reason: 'not a valid key' });
  };
}

export interface AuthenticateDeps {
  readonly config: Pick<Config, 'auth' | 'dataDir'> & { readonly region: string };
  /** Where keys are in the object store. */
  readonly store: Pick<ObjectStore, 'get' | 'put'>;
  readonly log: Log;
  onClose(close: () => void): void;
}

/** Undefined where credentials are not asked for. */
export async function openAuthenticate(deps: AuthenticateDeps): Promise<Authenticate | undefined> {
  const { config, log, onClose } = deps;
  const { auth } = config;
  if (auth.mode === 'off') return undefined;
  const [keys, tokens] = await Promise.all([
    auth.mode === 'jwt' ? undefined : openKeys(deps),
    auth.mode === 'keys' ? undefined : openTokens(auth, log, onClose),
  ]);
  if (keys !== undefined) onClose(keys.close);
  return createAuthenticate(keys, tokens);
}

/** Where the keys of a configuration are kept. */
export function keyStoreOf(
  { auth, dataDir, region }: AuthenticateDeps['config'],
  store: Pick<ObjectStore, 'get' | 'put'>,
): KeyStore {
  if (auth.keysIn === 'store') return createKeyObject(store, `${region}/keys.json`);
  return createKeyFile(auth.keysFile ?? join(dataDir, 'keys.json'));
}

function openKeys({ config, store, log }: AuthenticateDeps): Promise<KnownKeys> {
  const { keysReloadMs: reloadMs, keysMaxAgeMs: maxAgeMs } = config.auth;
  return openKnownKeys({ store: keyStoreOf(config, store), reloadMs, maxAgeMs, log });
}

async function openTokens(
  auth: Config['auth'],
  log: Log,
  onClose: AuthenticateDeps['onClose'],
): Promise<Tokens> {
  const { jwksUrl: url, jwksTimeoutMs: timeoutMs, jwksMaxAgeMs: maxAgeMs, jwksStaleMs: staleMs } = auth;
  if (url === undefined) throw new MarqueeError('CONFIG_INVALID', { faults: 'AUTH_JWKS_URL is not set' });
  const keys = await openIssuerKeys({ url, timeoutMs, maxAgeMs, staleMs, log });
  onClose(keys.close);
  return createTokens(auth, keys);
}
