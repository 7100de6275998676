import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuditState } from '../../../domain/audit/state.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../domain/time.ts';
import { createRandom, seedOf } from '../../../domain/random.ts';
import { clean, createAudited, LIMITS, recordOf, type Entry } from './audited-log.ts';
import { MONDAY, nightly } from './simulated-week.ts';

const EVENING = MONDAY + 18 * HOUR_MS;
const MORNING = MONDAY + DAY_MS + 7 * HOUR_MS;

const RATES = {
  tv: nightly(4, 50),
  phone: nightly(0.5, 50),
  web: nightly(2, 1000),
  partner: nightly(0.2, 1e6),
};

/** Events of every producer from the evening to `to`, as a Poisson process thinned from each one's peak. */
function night(seed: number, to: number): Entry[] {
  const entries: { readonly at: number; readonly entry: Entry }[] = [];
  for (const [name, rate] of Object.entries(RATES)) {
    const random = createRandom(seedOf(seed, name));
    const peak = rate(MONDAY + 20 * HOUR_MS);
    let seq = 0;
    for (let at = EVENING; at < to; at += -Math.log(1 - random.next()) / (peak / 1000)) {
      if (random.next() * peak > rate(at)) continue;
      entries.push({ at, entry: clean(recordOf(name, seq++, Math.floor(at))) });
    }
  }
  return entries.sort((a, b) => a.at - b.at).map(({ entry }) => entry);
}

const timeOf = (entry: Entry): number => (entry.type === 'clean' ? entry.record.appendTime : 0);

/** Everything that was said until `to`, judged every five seconds, with when it was first said. */
function saidOf(entries: readonly Entry[], to: number): Map<string, number> {
  const said = new Map<string, number>();
  const audited = createAudited(LIMITS, createAuditState(EVENING, LIMITS.windowMs));
  let taken = 0;
  for (let now = EVENING; now < to; now += 5000) {
    const from = taken;
    while (taken < entries.length && timeOf(entries[taken]!) < now) taken++;
    audited.take(entries.slice(from, taken));
    for (const finding of audited.judge(now)) if (!said.has(finding)) said.set(finding, now);
  }
  return said;
}

test('a first night, in which some nearly stop, names no one', () => {
  for (const seed of [1, 2]) {
    const entries = night(seed, MORNING);
    assert.ok(entries.length > 30_000, String(entries.length));
    assert.deepEqual([...saidOf(entries, MORNING)], []);
  }
});

test('who stops in the evening is named within a minute, and no one else all night', () => {
  const stop = MONDAY + 21 * HOUR_MS;
  const entries = night(3, MORNING).filter(
    (entry) => timeOf(entry) < stop || (entry.type === 'clean' && entry.record.event.producer !== 'tv'),
  );
  const said = saidOf(entries, MORNING);
  assert.deepEqual([...said.keys()], ['tv silent']);
  assert.ok(said.get('tv silent')! <= stop + MINUTE_MS);
});
