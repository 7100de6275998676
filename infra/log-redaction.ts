/** What a log line must not say: credentials, wherever they stand in it, and profile ids unless they may. */
import { createHmac, randomBytes } from 'node:crypto';

export type ProfileIdsInLog = 'hash' | 'omit' | 'plain';

export interface RedactionOptions {
  readonly profileIds?: ProfileIdsInLog | undefined;
  /** The key of the hash: processes with the same one name a profile alike. One of its own unless given. */
  readonly profileSecret?: string | undefined;
}

export interface Redaction {
  /** Paths of fields, as pino takes them. */
  readonly paths: string[];
  /** What stands in place of a field's value; `path` is that of the field. */
  censor(value: unknown, path: readonly string[]): unknown;
  /** A line without credentials, and without the profile of a request's path. */
  scrub(line: string): string;
}

const REDACTED = '[redacted]';

const SECRET_FIELDS = [
  'secretAccessKey',
  'authorization',
  'password',
  'saslPassword',
  'apiKey',
  'token',
  'cookie',
];
const PROFILE_FIELDS = ['profileId', 'profile'];
/** A key of ours, a JWT, and whatever follows the word that announces one. */
const CREDENTIALS =
  /mq_[0-9a-f]{16}_[A-Za-z0-9_-]{43}|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*|(?<=\bbearer )[A-Za-z0-9._~+/-]{8,}=*/gi;
const PROFILE_IN_PATH = /(?<=\/v1\/profiles\/)[^/?#"\s\\]+/gi;
const HASH_DIGITS = 16;

export function createRedaction(options: RedactionOptions = {}): Redaction {
  const { profileIds = 'hash', profileSecret } = options;
  const secret = profileSecret ?? randomBytes(32);
  const pseudonym = (id: string): string => {
    if (profileIds === 'omit') return REDACTED;
    return `profile-${createHmac('sha256', secret).update(id).digest('hex').slice(0, HASH_DIGITS)}`;
  };
  const fields = profileIds === 'plain' ? SECRET_FIELDS : [...SECRET_FIELDS, ...PROFILE_FIELDS];
  return {
    paths: fields.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]),
    censor(value, path) {
      if (!PROFILE_FIELDS.includes(path.at(-1) ?? '')) return REDACTED;
      return typeof value === 'string' ? pseudonym(value) : REDACTED;
    },
    scrub(line) {
      const clean = line.replace(CREDENTIALS, REDACTED);
      return profileIds === 'plain' ? clean : clean.replace(PROFILE_IN_PATH, (id) => pseudonym(decoded(id)));
    },
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
