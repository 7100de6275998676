/** What a real stream has besides clean events: retries by clients under the same event id, and broken lines. */
import { createRandom, seedOf } from '../../domain/random.ts';
import type { DemoEvent } from './generator.ts';

export interface MischiefOptions {
  readonly seed: number;
  /** Share of events that are sent twice. */
  readonly duplicateShare: number;
  /** A broken line after every so many events; 0 for none. */
  readonly malformedEvery: number;
  /** At most so many broken lines. */
  readonly malformedLimit: number;
}

export const MISCHIEF_DEFAULTS: Omit<MischiefOptions, 'seed'> = {
  duplicateShare: 0.005,
  malformedEvery: 5_000,
  malformedLimit: 24,
};

/** A retry comes at most so many lines after its event. */
const MAX_DISTANCE = 2_000;

/** One line each of what must be refused, none of which holds a newline; `index` keeps them distinct. */
export const MALFORMED: readonly ((event: DemoEvent, index: number) => string)[] = [
  (event) => JSON.stringify(event).slice(0, -9),
  () => '[]',
  (_, index) => `"just text ${index}"`,
  () => '{}',
  (event) => JSON.stringify({ ...event, kind: 'play_begin' }),
  (event) => JSON.stringify({ ...event, kind: 'impression', rank: -1 }),
  (event) => JSON.stringify({ ...event, eventTime: 'yesterday' }),
  (event) => JSON.stringify({ ...event, country: 'usa' }),
  (event) => JSON.stringify({ ...event, eventId: undefined }),
  (event) => JSON.stringify({ ...event, profileId: 42 }),
  (event) => JSON.stringify({ ...event, kind: 'play_start', titleId: null }),
  (event) => JSON.stringify({ ...event, eventId: 'x'.repeat(200) }),
];

/** The lines of the event file, each ending in a newline: every event, some twice, and a few that are none. */
export function* eventLines(events: Iterable<DemoEvent>, options: MischiefOptions): Generator<string> {
  const random = createRandom(seedOf(options.seed, 'mischief'));
  const retries = new Map<number, string[]>();
  let written = 0;
  let broken = 0;
  for (const event of events) {
    const line = `${JSON.stringify(event)}\n`;
    yield line;
    written += 1;
    if (random.chance(options.duplicateShare)) {
      const due = written + 1 + random.below(MAX_DISTANCE);
      retries.set(due, [...(retries.get(due) ?? []), line]);
    }
    yield* retries.get(written) ?? [];
    retries.delete(written);
    const isDue = options.malformedEvery > 0 && written % options.malformedEvery === 0;
    if (isDue && broken < options.malformedLimit) {
      yield `${MALFORMED[broken % MALFORMED.length]?.(event, broken) ?? '{}'}\n`;
      broken += 1;
    }
  }
  for (const due of [...retries.keys()].toSorted((a, b) => a - b)) yield* retries.get(due) ?? [];
}
