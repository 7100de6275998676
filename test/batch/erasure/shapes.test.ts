import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shapeIn, shapesOf } from '../../../batch/erasure/shapes.ts';
import { createCleanCodec } from '../../../infra/avro/codec.ts';
import { hashProfile } from '../../../domain/hash.ts';
import { recordOf } from '../../support/profile-records.ts';

const foundIn = (text: string | Buffer, profileId: string): string | undefined =>
  shapeIn(Buffer.from(text), shapesOf(profileId));

test('an id is found as it is, escaped, encoded and hashed', () => {
  const profileId = 'profile/é-1';
  assert.equal(foundIn(`{"profileId":"${profileId}"}`, profileId), 'id');
  assert.equal(foundIn(`?p=${encodeURIComponent(profileId)}&`, profileId), 'percent');
  assert.equal(foundIn(`"${Buffer.from(profileId).toString('base64')}"`, profileId), 'base64');
  assert.equal(foundIn(`{"hash":${hashProfile(profileId)}}`, profileId), 'hash');
});

test('another id that begins or ends alike is not it', () => {
  assert.equal(foundIn('"profile-10" "a-profile-1" profile-1_x', 'profile-1'), undefined);
});

test('a short id could be any word: only its hash is looked for', () => {
  assert.equal(foundIn('{"country":"DE"}', 'DE'), undefined);
  assert.equal(foundIn(String(hashProfile('DE')), 'DE'), 'hash');
});

test('an id of any length is found in an Avro record, whatever stands before and after it', () => {
  const codec = createCleanCodec();
  for (const length of [8, 24, 36, 64, 100]) {
    const profileId = 'p'.repeat(length);
    const record = recordOf({ kind: 'play_start', eventTime: 1, profileId, titleId: 't' });
    assert.equal(shapeIn(codec.encodeClean('plays', record), shapesOf(profileId)), 'id', `${length}`);
    assert.equal(shapeIn(codec.encodeClean('plays', record), shapesOf(profileId.slice(1))), undefined);
  }
});
