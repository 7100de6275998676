/** The fold, which works out only what an event can have changed, against the rule that works out all of it every time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { PlaySignalLimits } from '../../../domain/signals/play-signals.ts';
import { idOf, type Signal, type SignalRecord } from '../../../domain/signals/signal.ts';
import { HOUR_MS } from '../../../domain/time.ts';
import { PLAY_LIMITS, playSignals, runSignals } from '../../support/signal-runs.ts';
import { delayed, delays, playEvents } from './play-logs.ts';
import { createWholePlaySignals } from './whole-play-signals.ts';

const LATENESS_MS = 3 * HOUR_MS;
const LIMITS: PlaySignalLimits = {
  ...PLAY_LIMITS,
  latenessMs: LATENESS_MS,
  playGapMs: HOUR_MS,
  completedTitles: 50,
  recentPlays: 12,
  shiftEvidence: 3,
  shiftLift: 1.3,
};
/** What holds of each key in the end. Past the limits a rule may say again what it has said before. */
const inTheEnd = (outputs: readonly SignalRecord[]): Map<string, object> =>
  new Map(inOrder(outputs).map(({ version: _, appendTime: __, ...said }) => [said.upsertKey, said]));

/** So few plays, events and signals that all limits are met. */
const TIGHT = {
  ...LIMITS,
  plays: 5,
  playEvents: 2,
  lastingSignals: 4,
  completedTitles: 2,
  recentPlays: 4,
  mixes: 2,
};

const byId = (signals: readonly Signal[]): Signal[] =>
  signals.toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));

/** What one record leads to is a set: each of it has a key of its own. */
const inOrder = (outputs: readonly SignalRecord[]): SignalRecord[] =>
  outputs.toSorted((a, b) => a.version - b.version || (a.upsertKey < b.upsertKey ? -1 : 1));

for (const [name, limits] of Object.entries({ 'within the limits': LIMITS, 'past all limits': TIGHT })) {
  test(`${name} the same upserts come of every event, and the same signals stand`, () => {
    fc.assert(
      fc.property(
        playEvents,
        delays(2 * LATENESS_MS),
        fc.array(fc.boolean(), { minLength: 1 }),
        (records, late, woken) => {
          const log = delayed(records, late);
          const options = { wakes: (i: number) => woken[i % woken.length]! };
          const expected = runSignals(createWholePlaySignals(limits), log, options);
          const found = runSignals(playSignals(limits), log, options);
          const compared = limits === LIMITS ? inOrder : inTheEnd;
          assert.deepEqual(compared(found.outputs), compared(expected.outputs));
          assert.deepEqual(byId(found.state?.standing ?? []), byId(expected.state?.standing ?? []));
          if (limits === LIMITS) assert.deepEqual(found.state?.lasting ?? [], expected.state?.lasting ?? []);
          assert.equal(found.state?.sealsAt, expected.state?.sealsAt);
        },
      ),
      { numRuns: 600 },
    );
  });
}
