/** Decides about the events of one body: valid ones go to the log, and each gets an answer of its own. */
import { ERRORS, renderMessage, type ErrorCode } from '../../domain/errors.ts';
import type { MarqueeEvent } from '../../domain/events/event.ts';
import { validateEvent, type EventFault } from '../../domain/events/validate.ts';
import { cutEvents, type BodyFormat, type EventBytes } from './cut-events.ts';
import type { MicroBatcher, RawEvent } from './micro-batcher.ts';

/** What became of one event: 202 acknowledged, 400 or 413 refused for good, 503 to be sent again. */
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
  /** 202 all accepted, 207 some, 400 or 413 none, 503 none and sending again helps. */
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
  /** With `verbose`, events are answered one by one even when all were accepted. */
  accept(body: Buffer, format: BodyFormat, verbose: boolean): Promise<Answer>;
}

type Judged = { readonly event: MarqueeEvent } | { readonly fault: EventFault };

export function createAcceptor(batcher: MicroBatcher, limits: AcceptorLimits): Acceptor {
  return {
    async accept(body, format, verbose) {
      const cut = cutEvents(body, format, limits.maxBatchEvents);
      const judged = cut.map((event) => judge(event, limits.maxEventBytes));
      const { valid, indexes } = pickValid(cut, judged);
      const failures = await batcher.append(valid);
      if (valid.length === cut.length && failures.size === 0 && !verbose) {
        return { status: 202, body: { accepted: cut.length, rejected: 0, results: [] } };
      }
      const late = new Map(Array.from(failures, ([at, error]) => [indexes[at], error] as const));
      return answer(judged.map((one, index) => resultOf(index, one, late.get(index)?.code)));
    },
  };
}

function judge({ bytes, value }: EventBytes, maxEventBytes: number): Judged {
  if (bytes.length > maxEventBytes) {
    return { fault: fault('EVENT_TOO_LARGE', { bytes: bytes.length, limit: maxEventBytes }) };
  }
  if (value === undefined) return { fault: fault('EVENT_NOT_JSON', { reason: 'SyntaxError' }) };
  const result = validateEvent(value);
  return result.ok ? { event: result.event } : { fault: result.fault };
}

function fault(code: ErrorCode, details: Record<string, string | number>): EventFault {
  return { code, message: renderMessage(code, details) };
}

/** The events for the log, and the position in the body of each. */
function pickValid(
  cut: readonly EventBytes[],
  judged: readonly Judged[],
): { valid: RawEvent[]; indexes: number[] } {
  const valid: RawEvent[] = [];
  const indexes: number[] = [];
  for (let index = 0; index < judged.length; index += 1) {
    const one = judged[index] as Judged;
    if (!('event' in one)) continue;
    valid.push({ key: one.event.profileId, value: (cut[index] as EventBytes).bytes });
    indexes.push(index);
  }
  return { valid, indexes };
}

function resultOf(index: number, judged: Judged, failed: ErrorCode | undefined): EventResult {
  if ('fault' in judged) {
    return { index, status: ERRORS[judged.fault.code].status, ...judged.fault };
  }
  const { eventId } = judged.event;
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
  return results.every(({ status }) => status === 413) ? 413 : 400;
}
