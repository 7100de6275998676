/** Profiles events as apps send them, one JSON object a line, for a look at drift without any server. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { withoutMark } from '../../domain/byte-order-mark.ts';
import type { DriftProfile } from '../../domain/contracts/drift.ts';
import { parseEvent } from '../../domain/events/validate.ts';

export interface ReadEvents {
  readonly events: number;
  /** Lines that are no events by the event contract; empty ones are passed over. */
  readonly refused: number;
}

/** Adds the events of a file to the profile. A line's event time stands for its append time. */
export async function profileEvents(file: string, profile: DriftProfile): Promise<ReadEvents> {
  let events = 0;
  let refused = 0;
  const lines = createInterface({ input: createReadStream(file, 'utf8'), crlfDelay: Infinity });
  for await (const line of lines) {
    if (line.trim() === '') continue;
    const validation = parseEvent(events + refused === 0 ? withoutMark(line) : line);
    if (!validation.ok) {
      refused += 1;
      continue;
    }
    const { event } = validation;
    profile.add({ rawOffset: events, appendTime: event.eventTime, timeStatus: 'ok', event });
    events += 1;
  }
  return { events, refused };
}
