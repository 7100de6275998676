import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateEvent } from '../../../domain/events/validate.ts';
import { seededDataSet } from '../../../infra/datasets/seeded.ts';
import { SIMULATED_CLOCK, type AskPage, type AudienceEvent } from '../../../examples/audience/page.ts';
import { runAudience, type ViewerOutcome } from '../../../examples/audience/run.ts';
import { localHourOf, sessionsOf } from '../../../examples/audience/sessions.ts';
import { createAudience, type Viewer } from '../../../examples/audience/tastes.ts';

const FROM = Date.parse('2026-10-05T00:00:00Z');
const DATA = seededDataSet('a test', { seed: 1, ratings: 3000, titles: 200, users: 60 });
const AUDIENCE = createAudience(DATA, { seed: 1 });
const SESSIONS = sessionsOf(AUDIENCE, { seed: 1, fromMs: FROM, days: 7 });

/** Pages of the titles that a viewer wants most, or of those wanted least. */
const pagesOf = (order: (viewer: Viewer) => readonly string[]): AskPage => {
  const viewers = new Map(AUDIENCE.map((viewer) => [viewer.profileId, order(viewer)]));
  let asked = 0;
  return (profileId) => {
    const titles = viewers.get(profileId)!;
    const rows = [0, 1, 2, 3].map((row) => ({
      row: `row-${row}`,
      titles: titles.slice(row * 15, row * 15 + 15),
    }));
    return { recommendationId: `rec-${asked++}`, rows };
  };
};
const byAppeal = (sign: number) => (viewer: Viewer) =>
  DATA.titles
    .map(({ titleId }) => [titleId, viewer.appeal(titleId, 20)] as const)
    .sort(([, a], [, b]) => sign * (b - a))
    .map(([titleId]) => titleId);

async function run(
  ask: AskPage,
  runId = 'run',
): Promise<{ outcomes: readonly ViewerOutcome[]; events: AudienceEvent[] }> {
  const events: AudienceEvent[] = [];
  const outcomes = await runAudience(SESSIONS, {
    ask,
    tell: (told) => void events.push(...told),
    ...{ clock: SIMULATED_CLOCK, seed: 1, region: 'eu', runId },
  });
  return { outcomes, events };
}
const sum = (outcomes: readonly ViewerOutcome[], of: (one: ViewerOutcome) => number): number =>
  outcomes.reduce((all, one) => all + of(one), 0);

test('the same seed and pages give the same events, another seed other sessions', async () => {
  const [first, second] = [await run(pagesOf(byAppeal(1))), await run(pagesOf(byAppeal(1)))];
  assert.ok(first.events.length > 1000, String(first.events.length));
  assert.deepEqual(first, second);
  const other = sessionsOf(AUDIENCE, { seed: 2, fromMs: FROM, days: 7 });
  assert.notDeepEqual(
    other.map(({ id }) => id),
    SESSIONS.map(({ id }) => id),
  );
});

test('every event keeps the contract, and quotes the page that it came of', async () => {
  const { events } = await run(pagesOf(byAppeal(1)));
  assert.equal(new Set(events.map(({ eventId }) => eventId)).size, events.length);
  for (const event of events) {
    const verdict = validateEvent(event);
    assert.ok(verdict.ok, JSON.stringify(verdict));
  }
  const shown = new Map(
    events
      .filter(({ kind }) => kind === 'impression')
      .map((one) => [`${String(one['recommendationId'])} ${String(one['titleId'])}`, one]),
  );
  const starts = events.filter(
    ({ kind, recommendationId }) => kind === 'play_start' && recommendationId !== undefined,
  );
  assert.ok(starts.length > 50, String(starts.length));
  for (const start of starts) {
    const seen = shown.get(`${String(start['recommendationId'])} ${String(start['titleId'])}`);
    assert.equal(seen?.['row'], start['row']);
    assert.equal(seen?.['rank'], start['rank']);
    assert.ok(seen!.eventTime <= start.eventTime);
  }
});

test('pages of what viewers want are played from more often than pages of what they do not', async () => {
  const [best, worst] = [await run(pagesOf(byAppeal(1))), await run(pagesOf(byAppeal(-1)))];
  const rate = ({ outcomes }: typeof best): number =>
    sum(outcomes, (one) => one.plays) / sum(outcomes, (one) => one.impressions);
  assert.ok(rate(best) > 5 * rate(worst), `${rate(best)} ${rate(worst)}`);
  assert.ok(sum(best.outcomes, (one) => one.searches) > 0);
});

test('few swipe, and what was seen often is played less', async () => {
  const { events } = await run(pagesOf(byAppeal(1)));
  const ranks = (kind: string, from: number, to: number): number =>
    events.filter((one) => one.kind === kind && Number(one['rank']) >= from && Number(one['rank']) < to)
      .length;
  assert.ok(ranks('impression', 0, 5) > 2 * ranks('impression', 5, 10));
  // Of the sightings of each title by a viewer: the first three against the later ones.
  const count = { early: [0, 0], late: [0, 0] };
  const seen = new Map<string, number>();
  for (const { kind, profileId, titleId } of events as (AudienceEvent & { titleId: string })[]) {
    const key = `${profileId} ${titleId}`;
    const times = seen.get(key) ?? 0;
    const group = times <= 3 ? count.early : count.late;
    if (kind === 'impression') group[0]! += 1;
    if (kind === 'play_start') group[1]! += 1;
    if (kind === 'impression') seen.set(key, times + 1);
  }
  assert.ok(
    count.early[1]! / count.early[0]! > 1.5 * (count.late[1]! / count.late[0]!),
    JSON.stringify(count),
  );
});

test('sessions begin in the evening rather than at night, by the clock of where viewers are', () => {
  const hours = SESSIONS.map(({ viewer, at }) => localHourOf(viewer.country, at));
  const share = (from: number, to: number): number =>
    hours.filter((hour) => hour >= from && hour < to).length / hours.length;
  assert.ok(share(18, 23) > 3 * share(1, 6), `${share(18, 23)} ${share(1, 6)}`);
});

test('what was rated well is what is wanted, at its hour, and what was watched is not', () => {
  for (const viewer of AUDIENCE.slice(0, 20)) {
    for (const { titleId } of viewer.history) assert.ok(viewer.appeal(titleId, 20) < 0.02);
    for (const [titleId, rating] of viewer.wanted)
      if (rating === 5) assert.ok(viewer.appeal(titleId, 14) > 0.1, titleId);
  }
});
