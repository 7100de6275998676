import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAttribution } from '../../../domain/attribution.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { LIMITS } from '../../support/attribution-log.ts';
import { compare, createWorld, type AttributionFold as Fold } from '../../support/attribution-world.ts';

/** The fold on records that a fault has changed. */
const blindTo = (change: (record: CleanRecord) => CleanRecord, limits = LIMITS): Fold => {
  const fold = createAttribution(limits);
  return { ...fold, step: (state, input) => fold.step(state, { ...input, record: change(input.record) }) };
};
const changeEvent = (change: object, when: (record: CleanRecord) => boolean = () => true) =>
  blindTo((record) => (when(record) ? { ...record, event: { ...record.event, ...change } } : record));

const FAULTS: Readonly<Record<string, Fold>> = {
  'a window one millisecond too long': createAttribution({ ...LIMITS, windowMs: LIMITS.windowMs + 1 }),
  'a window one millisecond too short': createAttribution({ ...LIMITS, windowMs: LIMITS.windowMs - 1 }),
  'a lateness bound one millisecond too long': createAttribution({
    ...LIMITS,
    latenessMs: LIMITS.latenessMs + 1,
  }),
  'a lateness bound one millisecond too short': createAttribution({
    ...LIMITS,
    latenessMs: LIMITS.latenessMs - 1,
  }),
  'a horizon of one day too few': createAttribution({ ...LIMITS, discoveryDays: LIMITS.discoveryDays - 1 }),
  'a horizon of one day too many': createAttribution({ ...LIMITS, discoveryDays: LIMITS.discoveryDays + 1 }),
  'few impressions remembered': createAttribution({ ...LIMITS, sightings: 4 }),
  'synthetic impressions taken for explicit ones': changeEvent({ origin: 'explicit' }),
  'pages that plays state overlooked': changeEvent(
    { pageId: undefined },
    ({ event }) => event.kind === 'play_start',
  ),
  'rows that plays state overlooked': changeEvent(
    { row: undefined },
    ({ event }) => event.kind === 'play_start',
  ),
  'series overlooked': blindTo(({ enriched: _enriched, ...record }) => record),
  'times that were judged overlooked': blindTo((record) => ({ ...record, timeStatus: 'ok' })),
};

test('the comparison finds every fault that the fold could have', async (t) => {
  const world = await createWorld(7, 1000);
  for (const [fault, fold] of Object.entries(FAULTS)) {
    const { different, missing, waiting } = (await compare(world, fold, 4)).differences;
    t.diagnostic(`${fault}: ${different} differences, ${missing} missing, ${waiting} without a last word`);
    assert.ok(different + missing + waiting > 0, fault);
  }
  const { differences } = await compare(world, createAttribution(LIMITS), 4);
  assert.equal(differences.equal, differences.plays, 'and none without a fault');
});
