import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { strippedEvent } from '../../../domain/erasure/strip.ts';
import { erasedValue, profileOfValue } from '../../../domain/erasure/raw-value.ts';
import { parseEvent } from '../../../domain/events/validate.ts';
import { profileId as id, type ProfileId } from '../../../domain/ids.ts';
import { anyEvent } from '../../support/arbitrary-events.ts';

const S = id('erased-SURROGATE');

test('what the extractor reads from an erased value is the event without what tells whose it was', () => {
  fc.assert(
    fc.property(anyEvent, fc.string({ minLength: 1, maxLength: 30 }), (event, secret) => {
      const value = JSON.stringify({ ...event, sessionId: 's-1', mail: secret });
      const before = parseEvent(value);
      if (!before.ok) return;
      const after = parseEvent(erasedValue(value, before.event.profileId, S));
      assert.ok(after.ok);
      assert.deepEqual(after.event, strippedEvent(before.event, S));
    }),
  );
});

test('a value that is no event loses the id and nothing else', () => {
  const broken = '{"kind":"play_start","profileId":"profile-1","eventTime":-1,"x":[1.0, "profile-1"]}';
  assert.equal(
    erasedValue(broken, 'profile-1', S),
    `{"kind":"play_start","profileId":"${S}","eventTime":-1,"x":[1.0, "${S}"]}`,
  );
  assert.equal(
    erasedValue('{"profileId":"DE","country":"DE"', 'DE', S),
    `{"profileId":"${S}","country":"DE"`,
  );
});

test('whose value it is, is told by the event, or by its field where it is none', () => {
  assert.equal(profileOfValue('{"profileId":"\\u0061nn"}'), 'ann');
  assert.equal(profileOfValue('{"profileId":7}'), undefined);
  assert.equal(profileOfValue('{"profileId"'), undefined);
});

test('ids made with the profile’s are no longer', () => {
  const event = { kind: 'play_start', profileId: 'profile-1' as ProfileId, playId: 'profile-1/7' } as never;
  assert.deepEqual(strippedEvent(event, S), { kind: 'play_start', profileId: S, playId: `${S}/7` });
});
