/** Decides about the events of one body: valid ones go to the log, and each gets an answer of its own. */
import { mayTouch, NO_PROFILE, type ProfileReach } from '../../domain/access.ts';
import { ERRORS, renderMessage, type ErrorCode } from '../../domain/errors.ts';
import { shapeOf } from '../../domain/json-fields.ts';
import { faultOf, validateEvent, type EventFault } from '../../domain/events/validate.ts';
import { cutEvents, type BodyFormat } from './cut-events.ts';
import type { MicroBatcher, RawEvent } from './micro-batcher.ts';

/** What became of one event: 202 acknowledged, 400, 403 or 413 refused for good, 503 to be sent again. */
export interface EventResult {
  readonly index: number;
  readonly status: number;
  readonly eventId?: string;
  readonly code?: ErrorCode;
  readonly field?: string;
  readonly shape?: string;
  readonly message?: string;
}

export interface Answer {
  /** 202 all accepted, 207 some, 400, 403 or 413 none, 503 none and sending again helps. */
  readonly status: number;
  readonly body: {
    readonly accepted: number;
    readonly rejected: number;
    readonly results: readonly EventResult[];
  };
}

export interface AcceptorLimits {
  readonly maxBatchEvents: number;
  readonly maxEventBytes: number;
}

export interface Acceptor {
  /**
   * With `verbose`, events are answered one by one even when all were accepted. Events of profiles out of `reach` are
   * refused one by one; undefined reaches none.
   */
  accept(
    body: Buffer,
    format: BodyFormat,
    verbose: boolean,
    reach: ProfileReach | undefined,
  ): Promise<Answer>;
}

/** Below this many bytes an event cannot be nested too deep to be written again, and its fields say all. */
const FIELDS_SAY_ALL_BYTES = 4096;
/** The one way to write a lone surrogate or a NUL in JSON that is UTF-8. */
const ESCAPE = Buffer.from('\\u');

export function createAcceptor(batcher: MicroBatcher, limits: AcceptorLimits): Acceptor {
  return {
    async accept(body, format, verbose, reach = NO_PROFILE) {
      const storable = !body.includes(ESCAPE);
      const events = cutEvents(body, format, limits.maxBatchEvents, (bytes, value): Judged => {
        const found = judge(bytes, value, limits.maxEventBytes, storable);
        if (found !== undefined) return { value: bytes, fault: found };
        const { profileId } = value as { profileId: string };
        if (!mayTouch({ profiles: reach }, profileId)) return { value: bytes, fault: notTheirs(profileId) };
        return { value: bytes, key: profileId };
      });
      const valid = events.filter(isValid);
      const failures = await batcher.append(valid);
      if (valid.length === events.length && failures.size === 0 && !verbose) {
        return { status: 202, body: { accepted: events.length, rejected: 0, results: [] } };
      }
      let at = -1;
      return answer(
        events.map((event, index) => {
          if (!isValid(event)) return refused(index, event.fault);
          at += 1;
          return settled(index, event.value, failures.get(at)?.code);
        }),
      );
    },
  };
}

/** What is kept of an event while Kafka is asked: its bytes, and the profile or the fault. */
type Judged = RawEvent | { readonly value: Buffer; readonly fault: EventFault };

const isValid = (judged: Judged): judged is RawEvent => 'key' in judged;

function judge(
  bytes: Buffer,
  value: unknown,
  maxEventBytes: number,
  storable: boolean,
): EventFault | undefined {
  if (bytes.length > maxEventBytes) {
    return fault('EVENT_TOO_LARGE', { bytes: bytes.length, limit: maxEventBytes });
  }
  if (value === undefined) return fault('EVENT_NOT_JSON', { reason: 'SyntaxError' });
  if (bytes.length < FIELDS_SAY_ALL_BYTES) return faultOf(value, storable);
  const result = validateEvent(value);
  return result.ok ? undefined : result.fault;
}

function fault(code: ErrorCode, details: Record<string, string | number>): EventFault {
  return { code, message: renderMessage(code, details) };
}

function notTheirs(profileId: string): EventFault {
  return { ...fault('PROFILE_DENIED', {}), field: 'profileId', shape: shapeOf(profileId) };
}

function refused(index: number, found: EventFault): EventResult {
  return { index, status: ERRORS[found.code].status, ...found };
}

function settled(index: number, bytes: Buffer, failed: ErrorCode | undefined): EventResult {
  const { eventId } = JSON.parse(bytes.toString()) as { eventId: string };
  if (failed === undefined) return { index, status: 202, eventId };
  return { index, status: 503, eventId, code: failed, message: 'Not acknowledged by the log; send it again' };
}

function answer(results: readonly EventResult[]): Answer {
  const accepted = results.filter(({ status }) => status === 202).length;
  return {
    status: statusOf(results, accepted),
    body: { accepted, rejected: results.length - accepted, results },
  };
}

function statusOf(results: readonly EventResult[], accepted: number): number {
  if (accepted === results.length) return 202;
  if (accepted > 0) return 207;
  if (results.some(({ status }) => status === 503)) return 503;
  const [first] = results;
  return first !== undefined && results.every(({ status }) => status === first.status) ? first.status : 400;
}
