import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeadLetter } from '../../../domain/audit/tally.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { MINUTE_MS } from '../../../domain/time.ts';
import { BEGIN, clean, createAudited, entriesOf, refused, type Entry, type Fault } from './audited-log.ts';

const FAULT_AT = BEGIN + 3 * MINUTE_MS;
const NAMED_BY = FAULT_AT + MINUTE_MS;

const enriched =
  (change: CleanRecord['enriched']): Fault =>
  (record) => {
    const { catalogueVersion, pagesVersion, knownKind, pageKind } = { ...record.enriched, ...change };
    const kept = Object.entries({ catalogueVersion, pagesVersion, knownKind, pageKind });
    return clean({
      ...record,
      enriched: Object.fromEntries(kept.filter(([, value]) => value !== '')),
    });
  };

/** Each fault, and the one thing that is said of it. */
const FAULTS: readonly { readonly name: string; readonly fault: Fault; readonly what: string }[] = [
  {
    name: 'drops a mandatory attribute',
    fault: (record) => refused(record, 'EVENT_FIELD_MISSING', 'titleId'),
    what: 'missing:titleId',
  },
  {
    name: 'drops it from one event in twenty',
    fault: (record, seq) =>
      seq % 20 === 0 ? refused(record, 'EVENT_FIELD_MISSING', 'country') : clean(record),
    what: 'missing:country',
  },
  {
    name: 'sends a wrong type',
    fault: (record, seq) => (seq % 5 === 0 ? refused(record, 'EVENT_FIELD_INVALID', 'rank') : clean(record)),
    what: 'invalid:rank',
  },
  {
    name: 'sends what is too large',
    fault: (record, seq) => (seq % 5 === 0 ? refused(record, 'EVENT_TOO_LARGE') : clean(record)),
    what: 'refused:EVENT_TOO_LARGE',
  },
  { name: 'goes silent', fault: () => undefined, what: 'silent' },
  {
    name: 'names titles that nobody knows',
    fault: enriched({ knownKind: '' }),
    what: 'unknown-title',
  },
  { name: 'names pages that nobody knows', fault: enriched({ pageKind: '' }), what: 'unknown-page' },
  {
    name: 'loses one event in fifty on the way',
    fault: (record, seq) => (seq % 50 === 0 ? undefined : clean(record)),
    what: 'sequence-gap',
  },
  {
    name: 'sends one event in twenty twice under another id',
    fault: (record, seq) => (seq % 20 === 0 ? [clean(record), clean(record)] : clean(record)),
    what: 'sequence-repeat',
  },
  {
    name: 'has a clock that is ahead',
    fault: (record) => clean({ ...record, timeStatus: 'future' }),
    what: 'clock-ahead',
  },
  {
    name: 'sends old events',
    fault: (record) => clean({ ...record, timeStatus: 'old' }),
    what: 'old-events',
  },
];

const healthy = { tv: { perSecond: 6 }, phone: { perSecond: 1 } };

for (const { name, fault, what } of FAULTS) {
  test(`who ${name} is named for ${what} within a minute, and for nothing else`, () => {
    const producers = { ...healthy, web: { perSecond: 5, fault } };
    const entries = entriesOf({ producers, faultAt: FAULT_AT, end: NAMED_BY });
    const audited = createAudited();
    const appendTime = (entry: (typeof entries)[number]): number =>
      entry.type === 'clean' ? entry.record.appendTime : entry.letter.appendTime;
    let taken = 0;
    let said: string[] = [];
    for (let now = BEGIN; now <= NAMED_BY; now += 1000) {
      const until = entries.findIndex((entry, i) => i >= taken && appendTime(entry) >= now);
      audited.take(entries.slice(taken, until < 0 ? entries.length : until));
      taken = until < 0 ? entries.length : until;
      said = audited.judge(now);
      if (now <= FAULT_AT) assert.deepEqual(said, [], `after ${(now - BEGIN) / 1000} s`);
      else
        assert.deepEqual(
          said.filter((finding) => finding !== `web ${what}`),
          [],
        );
    }
    assert.deepEqual(said, [`web ${what}`]);
  });
}

test('when everyone falls silent at once, it is said once and of no one', () => {
  const audited = createAudited();
  audited.take(entriesOf({ producers: healthy, faultAt: FAULT_AT, end: FAULT_AT }));
  assert.deepEqual(audited.judge(FAULT_AT), []);
  assert.deepEqual(audited.judge(FAULT_AT + MINUTE_MS), ['(all) silent']);
});

test('who is heard again is not called silent from the first event on', () => {
  const audited = createAudited();
  const until = (name: string, at: number): void => {
    const producers = { [name]: { perSecond: 5 } };
    const entries = entriesOf({ producers, faultAt: at, end: at });
    audited.take(entries.filter((entry) => entry.type === 'clean' && entry.record.appendTime >= heard));
  };
  let heard = BEGIN;
  until('web', FAULT_AT);
  until('tv', NAMED_BY);
  assert.deepEqual(audited.judge(NAMED_BY), ['web silent']);
  heard = NAMED_BY;
  until('web', NAMED_BY + 3000);
  assert.deepEqual(audited.judge(NAMED_BY + 3000), []);
});

test('no one is silent while the broker does not answer for one partition', () => {
  const audited = createAudited();
  audited.take(entriesOf({ producers: healthy, faultAt: FAULT_AT, end: FAULT_AT }));
  audited.judge(FAULT_AT);
  assert.deepEqual(audited.judge(FAULT_AT + 60 * MINUTE_MS, 'plays/0'), []);
  assert.deepEqual(audited.judge(FAULT_AT + 60 * MINUTE_MS), ['(all) silent']);
});

test('a few refused records among many are an accident', () => {
  const fault: Fault = (record, seq) =>
    seq % 100 === 0 ? refused(record, 'EVENT_FIELD_MISSING', 'titleId') : clean(record);
  const audited = createAudited();
  const producers = { ...healthy, web: { perSecond: 20, fault } };
  audited.take(entriesOf({ producers, faultAt: BEGIN, end: NAMED_BY }));
  assert.deepEqual(audited.judge(NAMED_BY), []);
});

test('garbage without a sender is held against all that came', () => {
  const garbage =
    (every: number): Fault =>
    (record, seq) => {
      const { producer: _, ...letter } = (refused(record, 'EVENT_NOT_JSON') as { letter: DeadLetter }).letter;
      return seq % every === 0
        ? [clean(record), { type: 'dead', rawOffset: record.rawOffset, letter }]
        : clean(record);
    };
  for (const [every, said] of [
    [100, []],
    [10, ['(none) refused:EVENT_NOT_JSON']],
  ] as const) {
    const audited = createAudited();
    const producers = { ...healthy, web: { perSecond: 20, fault: garbage(every) } };
    audited.take(entriesOf({ producers, faultAt: BEGIN, end: NAMED_BY }));
    assert.deepEqual(audited.judge(NAMED_BY), said);
  }
});

test('lost numbers that come after all are lost no longer', () => {
  const held: Entry[] = [];
  const fault: Fault = (record, seq) => {
    if (seq % 50 !== 0) return clean(record);
    held.push(clean(record));
    return undefined;
  };
  const audited = createAudited();
  const producers = { ...healthy, web: { perSecond: 5, fault } };
  audited.take(entriesOf({ producers, faultAt: FAULT_AT, end: NAMED_BY }));
  assert.deepEqual(audited.judge(NAMED_BY), ['web sequence-gap']);
  const inTime = [...audited.state.windows.values()].map(({ total }) => total);
  audited.take(held.slice(0, -1));
  assert.deepEqual(audited.judge(NAMED_BY + 10_000), []);
  const after = [...audited.state.windows.values()].map(({ total }) => total);
  assert.ok(after.some((total, i) => total > inTime[i]!));
});

test('a fault that has ended is no longer said after a minute', () => {
  const audited = createAudited();
  const producers = {
    web: {
      perSecond: 5,
      fault: (record: CleanRecord) =>
        record.appendTime < FAULT_AT + 10_000
          ? refused(record, 'EVENT_FIELD_MISSING', 'titleId')
          : clean(record),
    },
  };
  audited.take(entriesOf({ producers, faultAt: FAULT_AT, end: FAULT_AT + 2 * MINUTE_MS }));
  assert.deepEqual(audited.judge(FAULT_AT + 2 * MINUTE_MS), []);
});
