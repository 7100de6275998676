import { z } from 'zod';
import { choice, flag, integer, optionalText, text } from './setting.ts';

const DAY_MS = 86_400_000;
const ALGORITHM = '(RS256|RS384|RS512|PS256|PS384|PS512|ES256|ES384|ES512|EdDSA)';

/** Who is let in: docs/security.md. */
export const authSection = z.object({
  mode: choice('AUTH_MODE', ['off', 'keys', 'jwt', 'both'], {
    default: 'off',
    reason:
      'What credentials are asked for: none, API keys, access tokens, or either. With off, a process listens on this machine alone.',
  }),
  allowOpen: flag('AUTH_ALLOW_OPEN', {
    default: false,
    reason:
      'Lets a process without credentials listen on other addresses than loopback: whoever reaches it may do everything.',
  }),
  keysIn: choice('AUTH_KEYS_IN', ['file', 'store'], {
    default: 'file',
    reason:
      'Where keys are kept: in a file of this machine, or in the object store for all machines of the region.',
  }),
  keysFile: optionalText('AUTH_KEYS_FILE', {
    expects: 'a file',
    reason: 'The list of keys, hashes alone. Unset: `<data folder>/keys.json`.',
  }),
  keysReloadMs: integer('AUTH_KEYS_RELOAD_MS', {
    default: 5000,
    min: 50,
    max: 3_600_000,
    reason: 'How often the list of keys is read: a revoked key works no longer than this.',
  }),
  keysMaxAgeMs: integer('AUTH_KEYS_MAX_AGE_MS', {
    default: DAY_MS,
    min: 1000,
    max: 30 * DAY_MS,
    reason: 'How long keys hold while their list cannot be read; after that nobody is let in.',
  }),
  jwksUrl: optionalText('AUTH_JWKS_URL', {
    pattern: /^(https:\/\/|http:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])[:/])\S+$/,
    expects: 'an https address; http on this machine alone',
    reason: "The issuer's public keys (RFC 7517). A token cannot name others.",
  }),
  issuer: optionalText('AUTH_ISSUER', { reason: 'What `iss` of a token must be, exactly.' }),
  audience: optionalText('AUTH_AUDIENCE', {
    reason: 'What `aud` of a token must hold: the name of this API.',
  }),
  algorithms: text('AUTH_ALGORITHMS', {
    default: 'RS256,PS256,ES256,EdDSA',
    pattern: new RegExp(`^${ALGORITHM}(,${ALGORITHM})*$`),
    expects: 'RS, PS, ES algorithms and EdDSA, joined by commas',
    reason: 'Signatures that are accepted; only those with public keys can be.',
  }),
  tokenType: text('AUTH_TOKEN_TYPE', {
    default: 'at+jwt',
    reason:
      'What `typ` of a token must be (RFC 9068), so that no ID token passes for an access token; `any` for issuers that leave it out.',
  }),
  scopeClaim: text('AUTH_SCOPE_CLAIM', {
    default: 'scope',
    reason: 'The claim with the scopes: words with spaces between, or a list.',
  }),
  profileClaim: text('AUTH_PROFILE_CLAIM', {
    default: 'profile_id',
    reason:
      'The claim with the one profile that a token is for, or `*` for all. A token without it reaches no profile.',
  }),
  clockToleranceMs: integer('AUTH_CLOCK_TOLERANCE_MS', {
    default: 5000,
    min: 0,
    max: 300_000,
    reason: 'How far clocks may differ when `exp` and `nbf` are looked at.',
  }),
  jwksTimeoutMs: integer('AUTH_JWKS_TIMEOUT_MS', {
    default: 2000,
    min: 50,
    max: 60_000,
    reason: 'How long the issuer may take to answer for its keys.',
  }),
  jwksMaxAgeMs: integer('AUTH_JWKS_MAX_AGE_MS', {
    default: 600_000,
    min: 1000,
    max: DAY_MS,
    reason: "After this long the issuer's keys are asked for anew.",
  }),
  jwksStaleMs: integer('AUTH_JWKS_STALE_MS', {
    default: 3_600_000,
    min: 0,
    max: 30 * DAY_MS,
    reason: 'How long its last keys hold beyond that while the issuer does not answer.',
  }),
  tokenCacheMs: integer('AUTH_TOKEN_CACHE_MS', {
    default: 60_000,
    min: 0,
    max: 3_600_000,
    reason: 'How long a verified token is not verified again, never past its `exp`; 0 verifies each time.',
  }),
  tokenCacheSize: integer('AUTH_TOKEN_CACHE_SIZE', {
    default: 20_000,
    min: 1,
    max: 10_000_000,
    reason: 'Verified tokens remembered, by hash.',
  }),
  clientToken: optionalText('AUTH_CLIENT_TOKEN', {
    secret: true,
    reason:
      "What Marquee's own processes and commands send to each other: a key with ops:read, for the audit and `marquee scale`.",
  }),
  failuresPerMinute: integer('AUTH_FAILURES_PER_MINUTE', {
    default: 60,
    min: 1,
    max: 1_000_000,
    reason: 'Refused credentials per address and minute, then 429 before any is looked at.',
  }),
});

/** What one caller may ask of the processes with an API. */
export const limitsSection = z.object({
  trustedProxies: integer('HTTP_TRUSTED_PROXIES', {
    default: 0,
    min: 0,
    max: 10,
    reason: 'How many proxies in front add to X-Forwarded-For. With 0 the header is not believed.',
  }),
  maxConnections: integer('HTTP_MAX_CONNECTIONS', {
    default: 10_000,
    min: 1,
    max: 1_000_000,
    reason: 'Connections at a time; more are closed at once.',
  }),
  servingRequestsPerMinute: integer('SERVING_REQUESTS_PER_MINUTE', {
    default: 600_000,
    min: 0,
    max: 100_000_000,
    reason:
      'Requests per caller and minute to each process, then 429; 0 for no limit. A back end is one caller.',
  }),
  profileRequestsPerMinute: integer('HTTP_PROFILE_REQUESTS_PER_MINUTE', {
    default: 600,
    min: 0,
    max: 100_000_000,
    reason:
      'Requests a minute of a caller bound to one profile, to each process: a screen needs few; 0 for no limit.',
  }),
  opsRequestsPerMinute: integer('SERVING_OPS_REQUESTS_PER_MINUTE', {
    default: 600,
    min: 0,
    max: 1_000_000,
    reason: "The same on the operators' port.",
  }),
  requestsAtOnce: integer('HTTP_REQUESTS_AT_ONCE', {
    default: 1000,
    min: 1,
    max: 1_000_000,
    reason: 'Requests of one caller under way at a time in each process, then 429.',
  }),
  callersRemembered: integer('HTTP_CALLERS_REMEMBERED', {
    default: 100_000,
    min: 100,
    max: 10_000_000,
    reason: 'Callers whose rates are remembered, the newest; about 100 bytes each.',
  }),
});

export const opsSection = z.object({
  host: text('SERVING_OPS_HOST', {
    default: '127.0.0.1',
    reason: "The address of the operators' port, apart from SERVING_HOST: a cluster's own network at most.",
  }),
  port: optionalText('SERVING_OPS_PORT', {
    pattern: /^(\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/,
    expects: 'a port',
    reason:
      "Operators' routes and metrics. Unset: the one after SERVING_PORT, or any free one where that is taken or 0; 0 takes any free one.",
  }),
  logPath: optionalText('OPERATOR_LOG', {
    expects: 'a file',
    reason:
      'What operators did, one JSON object a line, only ever added to. Unset: `<data folder>/operator-actions.ndjson`.',
  }),
});

/** What log lines may say. */
export const logSection = z.object({
  profileIds: choice('LOG_PROFILE_IDS', ['hash', 'omit', 'plain'], {
    default: 'hash',
    reason: 'Whether log lines tell profiles apart by a keyed hash, leave them out, or name them.',
  }),
  profileSecret: optionalText('LOG_PROFILE_SECRET', {
    secret: true,
    reason:
      'The key of that hash, the same in all processes that shall name a profile alike. Unset: one for each process.',
  }),
});
