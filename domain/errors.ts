/**
 * Every error Marquee raises on purpose: code → message template, HTTP status and whether the same call may succeed
 * when repeated. Callers decide by `code`, never by message. `{name}` in a template is filled from `details`.
 *
 * Longer than 300 lines because a table is read in one place.
 */
export const ERRORS = {
  CONFIG_INVALID: { status: 500, retryable: false, template: 'Configuration is not usable: {faults}' },
  SERVER_MISSING: {
    status: 500,
    retryable: false,
    template: '{server} cannot be started: {reason}. {remedy}',
  },
  SERVER_UNHEALTHY: {
    status: 503,
    retryable: true,
    template: '{server} did not become healthy within {seconds} s. See {log}',
  },
  DOWNLOAD_CORRUPT: {
    status: 500,
    retryable: true,
    template: '{file} has checksum {actual}, expected {expected}',
  },

  EVENT_NOT_JSON: { status: 400, retryable: false, template: 'Event is not JSON: {reason}' },
  EVENT_NOT_OBJECT: { status: 400, retryable: false, template: 'Event is {shape}, expected an object' },
  EVENT_KIND_UNKNOWN: {
    status: 400,
    retryable: false,
    template: 'Field kind is {shape}, expected one of {expected}',
  },
  EVENT_FIELD_MISSING: { status: 400, retryable: false, template: 'Field {field} is missing' },
  EVENT_FIELD_INVALID: {
    status: 400,
    retryable: false,
    template: 'Field {field} is {shape}, expected {expected}',
  },
  EVENT_CONTRADICTS: {
    status: 400,
    retryable: false,
    template: 'Field {field} is {shape}, expected {expected}, and nothing known settles which is right',
  },
  EVENT_TOO_LARGE: {
    status: 413,
    retryable: false,
    template: 'Event has {bytes} bytes, at most {limit} are accepted',
  },
  BODY_TOO_LARGE: { status: 413, retryable: false, template: 'Body is larger than {limit} bytes' },
  BODY_INVALID: { status: 400, retryable: false, template: 'Body is not usable: {reason}' },
  BATCH_EMPTY: { status: 400, retryable: false, template: 'Body holds no event' },
  BATCH_TOO_LONG: {
    status: 413,
    retryable: false,
    template: 'Body holds {count} events, at most {limit} are accepted',
  },
  RATE_LIMITED: { status: 429, retryable: true, template: 'More than {limit} requests in {window_s} s' },
  BUFFER_FULL: { status: 503, retryable: true, template: 'The ingest buffer holds {bytes} bytes, its limit' },
  LOG_UNAVAILABLE: { status: 503, retryable: true, template: 'The event log did not acknowledge: {reason}' },
  LOG_TRUNCATED: {
    status: 500,
    retryable: false,
    template: '{topic}/{partition} ends at offset {end}, before the stored position {position}',
  },
  RECORD_CORRUPT: {
    status: 500,
    retryable: false,
    template: 'Record {topic}/{partition}@{offset} cannot be decoded: {reason}',
  },

  OBJECT_PRECONDITION_FAILED: {
    status: 409,
    retryable: false,
    template: 'Object {key} was changed by another writer',
  },
  OBJECT_STORE_UNAVAILABLE: {
    status: 503,
    retryable: true,
    template: 'The object store did not answer for {key}: {reason}',
  },
  OBJECT_STORE_DENIED: {
    status: 500,
    retryable: false,
    template: 'The object store refused {key}: {reason}',
  },
  CHECKPOINT_CORRUPT: { status: 500, retryable: false, template: 'Checkpoint {key} is corrupt: {reason}' },
  STATE_MOVED: {
    status: 409,
    retryable: true,
    template: 'State of {topic}/{partition} stands at {actual}, not at {expected}',
  },
  STATE_UNWRITABLE: {
    status: 503,
    retryable: true,
    template: 'State in {folder} cannot be written: {reason}',
  },
  LEASE_LOST: {
    status: 409,
    retryable: false,
    template: 'Lease {key} is held at epoch {actual}, not {expected}',
  },

  LAKE_UNAVAILABLE: { status: 503, retryable: true, template: 'The lake did not answer: {reason}' },
  LAKE_CONFLICT: { status: 409, retryable: true, template: 'Table {table} moved during the commit' },
  /** A retry would name the same one: only what is planned anew can succeed. */
  LAKE_SNAPSHOT_GONE: { status: 410, retryable: false, template: 'Snapshot {snapshot} of the lake is gone' },
  LAKE_GAP: {
    status: 500,
    retryable: false,
    template: 'Table {table} ends at offset {position} of partition {partition}, rows follow on {follows}',
  },

  SOURCE_UNSET: {
    status: 404,
    retryable: false,
    template: 'View {view} has no source: set {setting} to a file, an http(s) address or s3://bucket/key',
  },
  SOURCE_UNAVAILABLE: { status: 503, retryable: true, template: 'Source {source} cannot be read: {reason}' },
  SOURCE_INVALID: { status: 500, retryable: false, template: 'Source {source} is not usable: {reason}' },

  PROFILE_SERVICE_UNAVAILABLE: {
    status: 503,
    retryable: true,
    template: 'The profile service did not answer: {reason}',
  },
  PROFILE_SERVICE_LIED: {
    status: 502,
    retryable: true,
    template: 'What the profile service answered cannot be believed: {reason}',
  },

  VIEW_NOT_FOUND: { status: 404, retryable: false, template: 'View {view} has no version {version}' },
  VIEW_VERSION_TAKEN: {
    status: 409,
    retryable: false,
    template: 'Version {version} of view {view} belongs to run {owner}',
  },
  VIEW_CORRUPT: {
    status: 500,
    retryable: false,
    template: 'View {view} version {version} is corrupt: {reason}',
  },
  VIEW_REJECTED: {
    status: 409,
    retryable: false,
    template: 'View {view} version {version} was rejected by {rule}: {reason}',
  },
  VIEW_PARENT_MOVED: {
    status: 409,
    retryable: true,
    template: 'View {view} is at version {actual}, not at parent {expected}',
  },

  WEBHOOK_UNAVAILABLE: {
    status: 503,
    retryable: true,
    template: 'Webhook {hook} did not take a notice: {reason}',
  },
  WEBHOOK_REFUSED: {
    status: 502,
    retryable: false,
    template: 'Webhook {hook} will not take a notice: {reason}',
  },
  DECLARATION_INVALID: {
    status: 400,
    retryable: false,
    template: 'Declared views are not usable: {faults}',
  },
  DECLARATION_NOT_FOUND: {
    status: 404,
    retryable: false,
    template: 'View {view} is not declared: there is no {file} in the folder that MARQUEE_VIEWS_DIR names',
  },

  CONTRACT_INVALID: { status: 400, retryable: false, template: 'Contract {subject} is not usable: {reason}' },
  CONTRACT_INCOMPATIBLE: {
    status: 409,
    retryable: false,
    template: 'Contract {subject} is not compatible with {against}: {findings}',
  },
  CONTRACT_NOT_FOUND: { status: 404, retryable: false, template: 'There is no contract {subject}' },

  BACKFILL_OVERLAP: {
    status: 409,
    retryable: false,
    template: 'Backfill {running} of view {view} is still running',
  },
  BACKFILL_RANGE_INVALID: {
    status: 400,
    retryable: false,
    template: 'Backfill range {from} … {to} is not usable: {reason}',
  },
  BACKFILL_NOT_WAITING: {
    status: 409,
    retryable: false,
    template: 'Backfill {id} is {phase}, not waiting for approval',
  },
  BACKFILL_ORDER_INVALID: {
    status: 400,
    retryable: false,
    template: 'Backfill {name} is not possible: {reason}',
  },
  BACKFILL_ABOVE_CUT: {
    status: 409,
    retryable: false,
    template:
      '{rows} rows of {topic} lie above the lowest cut that may be served ({partition} from {offset}); try again once newer versions stand',
  },
  BACKFILL_MOVED: {
    status: 409,
    retryable: false,
    template: 'Rows of {table} are not what was replayed: {reason}',
  },
  BACKFILL_NOT_FOUND: { status: 404, retryable: false, template: 'There is no backfill {id}' },
  ERASURE_NOT_FOUND: { status: 404, retryable: false, template: 'There is no erasure {id}' },
  ERASURE_REFUSED: { status: 400, retryable: false, template: 'Nothing is erased: {reason}' },
  JOB_NOT_FOUND: { status: 404, retryable: false, template: 'There is no job {id}' },
  JOB_REFUSES: { status: 409, retryable: false, template: 'Job {id} is {state}: it cannot be {verb}' },
  ROLLOUT_REFUSED: {
    status: 409,
    retryable: false,
    template: 'Build {build} cannot be rolled out: {reason}',
  },
  SCHEDULE_NOT_FOUND: { status: 404, retryable: false, template: 'There is no schedule {id}' },
  WORKFLOW_SERVICE_UNAVAILABLE: {
    status: 503,
    retryable: true,
    template: 'Temporal did not answer: {reason}',
  },

  LETTER_NOT_FOUND: { status: 404, retryable: false, template: 'There is no open dead letter {key}' },
  LETTER_REFUSED: { status: 409, retryable: false, template: 'Dead letter {key} stays as it is: {reason}' },
  LETTER_TOO_NEW: {
    status: 503,
    retryable: true,
    template: 'Dead letter {key} cannot be judged yet: {reason}',
  },
  MODEL_INPUT_INVALID: {
    status: 422,
    retryable: false,
    template: 'Model {model} cannot be trained: {reason}',
  },
  REPLAY_INVALID: { status: 400, retryable: false, template: 'Replay is not possible: {reason}' },

  GENERATION_REFUSED: {
    status: 409,
    retryable: false,
    template: 'Generation {generation} cannot be {wanted}: {reason}',
  },
  GENERATION_NOT_SEALED: {
    status: 503,
    retryable: true,
    template: 'Generation {generation} is not sealed yet, and {what} goes on from its end',
  },

  AUTH_REQUIRED: { status: 401, retryable: false, template: 'Send credentials as Authorization: Bearer …' },
  AUTH_INVALID: { status: 401, retryable: false, template: 'The credentials are not accepted: {reason}' },
  AUTH_UNAVAILABLE: {
    status: 503,
    retryable: true,
    template: 'Credentials cannot be checked at the moment: {reason}',
  },
  SCOPE_MISSING: { status: 403, retryable: false, template: 'This needs the scope {scope}' },
  PROFILE_DENIED: { status: 403, retryable: false, template: 'The credentials are not for this profile' },
  ORIGIN_REFUSED: {
    status: 403,
    retryable: false,
    template: 'Without credentials only this machine is answered: {reason}',
  },
  TOO_MANY_AT_ONCE: {
    status: 429,
    retryable: true,
    template: 'More than {limit} requests of one caller at a time',
  },
  KEYS_INVALID: { status: 500, retryable: false, template: 'The keys in {place} are not usable: {reason}' },
  KEY_REFUSED: { status: 400, retryable: false, template: 'This key is not made: {reason}' },
  KEY_NOT_FOUND: { status: 404, retryable: false, template: 'There is no key {id}' },
  OPERATOR_LOG_UNAVAILABLE: {
    status: 503,
    retryable: true,
    template: 'What cannot be recorded is not done: {reason}',
  },

  REQUEST_MALFORMED: { status: 400, retryable: false, template: 'Request is not HTTP: {reason}' },
  REQUEST_LATE: { status: 408, retryable: true, template: 'Request did not come whole in time' },
  OVERLOADED: { status: 503, retryable: true, template: 'There is more to do than can be done: try again' },
  HEADERS_TOO_LARGE: { status: 431, retryable: false, template: 'Path and headers are too long' },
  REQUEST_INVALID: {
    status: 400,
    retryable: false,
    template: 'Parameter {field} is {shape}, expected {expected}',
  },
  ENTRY_NOT_FOUND: { status: 404, retryable: false, template: 'View {view} has no entry {key}' },
  ENTRIES_NOT_SERVED: {
    status: 404,
    retryable: false,
    template: 'Entries of view {view} are not served here',
  },
  ENTRIES_UNAVAILABLE: {
    status: 503,
    retryable: true,
    template: 'Entries of view {view} cannot be read: {reason}',
  },
  PROFILE_NOT_FOUND: {
    status: 404,
    retryable: false,
    template: 'Nothing is stored of profile {profileId}',
  },
  PROFILES_UNAVAILABLE: {
    status: 503,
    retryable: true,
    template: 'The profile store cannot be read: {reason}',
  },
  CASSANDRA_UNAVAILABLE: {
    status: 503,
    retryable: true,
    template: 'Cassandra did not answer: {reason}',
  },
  CURSOR_EXPIRED: {
    status: 410,
    retryable: false,
    template: 'The answer cannot be gone on with: {reason}. Ask anew',
  },
  LIBRARY_UNAVAILABLE: { status: 503, retryable: true, template: 'No title was read yet' },
  ROW_NOT_FOUND: { status: 404, retryable: false, template: 'There is no row {row}' },
  TITLE_NOT_FOUND: { status: 404, retryable: false, template: 'There is no title {titleId}' },
  NOT_FOUND: { status: 404, retryable: false, template: 'There is nothing at {path}' },
  INTERNAL: { status: 500, retryable: true, template: 'Unexpected failure: {reason}' },
} as const;

export type ErrorCode = keyof typeof ERRORS;
export type ErrorDetails = Readonly<Record<string, string | number>>;

/** An error of the table above. `details` holds the values named in the template. */
export class MarqueeError extends Error {
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super(renderMessage(code, details), options);
    this.name = 'MarqueeError';
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  get retryable(): boolean {
    return ERRORS[this.code].retryable;
  }
}

export function renderMessage(code: ErrorCode, details: ErrorDetails): string {
  return ERRORS[code].template.replace(/\{(\w+)\}/g, (whole, name: string) => String(details[name] ?? whole));
}

export function isMarqueeError(error: unknown, code?: ErrorCode): error is MarqueeError {
  return error instanceof MarqueeError && (code === undefined || error.code === code);
}
