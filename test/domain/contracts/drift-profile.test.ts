import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDriftProfile, DRIFT_LIMITS } from '../../../domain/contracts/drift.ts';
import type { CleanRecord } from '../../../domain/events/event.ts';
import { always, profileOf, recordsOf } from '../../support/drift.ts';

const NAMES = ['abCell', 'trace', '__proto__', 'constructor', 'hasOwnProperty'];
const records: fc.Arbitrary<CleanRecord[]> = fc.array(
  fc
    .record({
      producer: fc.constantFrom(undefined, 'tv', 'web', '__proto__'),
      appVersion: fc.constantFrom(undefined, '9.3', '9.4'),
      kind: fc.constantFrom('impression', 'rate'),
      attributes: fc.dictionary(fc.constantFrom('device', 'pageId', ...NAMES), fc.constantFrom('a', 'bcd'), {
        maxKeys: 4,
      }),
      extra: fc.dictionary(fc.constantFrom(...NAMES), fc.jsonValue({ maxDepth: 1 }), { maxKeys: 3 }),
    })
    .map(({ producer, appVersion, kind, attributes, extra }) => {
      const named = { ...(producer ? { producer } : {}), ...(appVersion ? { appVersion } : {}) };
      const values = [...Object.entries(attributes), ...Object.entries(extra)];
      const all = Object.fromEntries(values.map(([name, value]) => [name, always(value)]));
      return recordsOf([{ events: 1, kind: kind, ...named, attributes: all }])[0]!;
    }),
  { maxLength: 40 },
);

test('counts do not depend on the order of events, nor on how they were spread over merged profiles', () => {
  fc.assert(
    fc.property(records, fc.array(fc.nat(2), { minLength: 40, maxLength: 40 }), (all, places) => {
      const whole = createDriftProfile();
      for (const record of all.toReversed()) whole.add(record);
      const parts = [createDriftProfile(), createDriftProfile(), createDriftProfile()];
      for (const [i, record] of all.entries()) parts[places[i]!]!.add(record);
      const merged = createDriftProfile();
      for (const part of parts) merged.merge(structuredClone(part.snapshot()));
      assert.deepEqual(merged.snapshot(), whole.snapshot());
    }),
  );
});

test('every attribute of every event is counted once: by hand it is the same', () => {
  fc.assert(
    fc.property(records, (all) => {
      const profile = createDriftProfile();
      for (const record of all) profile.add(record);
      for (const group of profile.snapshot().groups) {
        const own = all.filter(
          ({ event }) =>
            (event.producer ?? null) === group.producer &&
            (event.appVersion ?? null) === group.appVersion &&
            event.kind === group.kind,
        );
        assert.equal(group.events, own.length);
        for (const { name, present } of group.fields)
          assert.equal(present, own.filter(({ event }) => Object.hasOwn(event, name)).length, name);
        const extras = own.map(({ event }) => Object.entries(JSON.parse(event.extra ?? '{}') as object));
        const names = new Set(extras.flat().map(([name]) => name));
        assert.deepEqual(
          group.unknown.map(({ name }) => name),
          [...names].sort(),
        );
        for (const { name, present, nulls, types, missed } of group.unknown) {
          const values = extras
            .flat()
            .filter((entry) => entry[0] === name)
            .map(([, value]) => value as unknown);
          assert.deepEqual(
            [present, nulls, missed],
            [values.filter((v) => v !== null).length, values.filter((v) => v === null).length, 0],
          );
          assert.equal(
            types.reduce((sum, type) => sum + type.present, 0),
            present,
          );
        }
      }
    }),
  );
});

test('ten thousand names are bounded, and an attribute of many events outlives them', () => {
  const profile = createDriftProfile({ ...DRIFT_LIMITS, attributes: 64 });
  const junk = recordsOf([
    {
      producer: 'tv',
      events: 2000,
      attributes: Object.fromEntries(
        Array.from({ length: 5 }, (_, n) => [`x${n}`, (i: number) => `${n}-${i}`]),
      ),
    },
  ]);
  for (const [i, record] of junk.entries()) {
    // Five names of its own in each event; after a while, one in every tenth that is meant.
    const own = Array.from({ length: 5 }, (_, n) => `"junk-${i}-${n}":1`);
    if (i > 500 && i % 10 === 0) own.push('"abCell":"b"');
    profile.add({ ...record, event: { ...record.event, extra: `{${own.join(',')}}` } });
  }
  const [group] = profile.snapshot().groups;
  assert.equal(group!.events, 2000);
  assert.ok(group!.unknown.length <= 64);
  const meant = group!.unknown.find(({ name }) => name === 'abCell');
  assert.equal(meant!.present, 149);
  const counted = group!.unknown.reduce((sum, { present }) => sum + present, 0);
  assert.equal(counted + group!.beyondAttributes, 10_000 + 149, 'nothing is dropped without being counted');
});

test('what was let go is known to within its bound, also after a merge', () => {
  const name = fc.integer({ min: 0, max: 15 }).map((n) => `a${n}`);
  const half = fc.array(fc.uniqueArray(name, { maxLength: 4 }), { maxLength: 60 });
  const [blank] = recordsOf([{ events: 1 }]);
  fc.assert(
    fc.property(half, half, (one, two) => {
      const limits = { ...DRIFT_LIMITS, attributes: 6 };
      const profiles = [one, two].map((events) => {
        const profile = createDriftProfile(limits);
        for (const names of events) {
          const extra = JSON.stringify(Object.fromEntries(names.map((each) => [each, 1])));
          profile.add({ ...blank!, event: { ...blank!.event, extra } });
        }
        return profile;
      });
      profiles[0]!.merge(profiles[1]!.snapshot());
      const [group] = profiles[0]!.snapshot().groups;
      const truth = (wanted: string): number =>
        [...one, ...two].filter((names) => names.includes(wanted)).length;
      for (let n = 0; n < 16; n += 1) {
        const wanted = `a${n}`;
        const found = group?.unknown.find((attribute) => attribute.name === wanted);
        const least = found?.present ?? 0;
        const most = found === undefined ? (group?.missedAtMost ?? 0) : least + found.missed;
        assert.ok(least <= truth(wanted) && truth(wanted) <= most, `${wanted}: ${least} … ${most}`);
      }
    }),
  );
});

test('producers beyond the limit are counted together, and one that was there goes on', () => {
  const sent = Array.from({ length: 20 }, (_, i) => ({ producer: `p-${i}`, events: 3 }));
  const { groups, beyondGroups } = profileOf([...sent, { producer: 'p-0', events: 2 }], {
    ...DRIFT_LIMITS,
    groups: 5,
  });
  assert.deepEqual([groups.length, beyondGroups, groups[0]!.events], [5, 45, 5]);
});

test('unknown attributes that are too long are said to be unread, and cost nothing more', () => {
  const sent = { events: 2, attributes: { long: (i: number) => 'x'.repeat(i === 0 ? 1000 : 10) } };
  const [group] = profileOf([sent], { ...DRIFT_LIMITS, extraChars: 100 }).groups;
  assert.deepEqual([group!.unreadExtras, group!.unknown[0]!.present, group!.events], [1, 1, 2]);
});

test('what a profile could not hold is merged too', () => {
  const limits = { ...DRIFT_LIMITS, groups: 1, extraChars: 100 };
  const long = { producer: 'tv', events: 3, attributes: { long: always('x'.repeat(200)) } };
  const one = profileOf([long, { producer: 'web', events: 5 }], limits);
  const two = profileOf([{ producer: 'web', events: 7 }], limits);
  const merged = createDriftProfile(limits);
  merged.merge(one);
  merged.merge(two);
  const { groups, beyondGroups } = merged.snapshot();
  assert.deepEqual([groups[0]!.unreadExtras, groups[0]!.events, beyondGroups], [3, 3, 12]);
});

test('a cleared profile has nothing, and counts on', () => {
  const profile = createDriftProfile();
  const [record] = recordsOf([{ producer: 'tv', events: 1 }]);
  profile.add(record!);
  profile.clear();
  assert.deepEqual(profile.snapshot(), { groups: [], beyondGroups: 0 });
  profile.add(record!);
  assert.equal(profile.snapshot().groups[0]!.events, 1);
});
