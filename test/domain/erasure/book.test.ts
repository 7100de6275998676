import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createErasureBook } from '../../../domain/erasure/book.ts';
import {
  erasureId,
  parseTombstone,
  serialiseTombstone,
  type Tombstone,
} from '../../../domain/erasure/tombstone.ts';
import { isMarqueeError } from '../../../domain/errors.ts';
import { profileId as id } from '../../../domain/ids.ts';

const hashOf = (profileId: string): string => Buffer.from(profileId).toString('hex').padStart(64, '0');
const tombstone = (
  profileId: string,
  nth: number,
  positions: Tombstone['positions'],
  requestedAt = 1000 * (nth + 1),
): Tombstone => ({
  id: erasureId(hashOf(profileId), nth),
  profileHash: hashOf(profileId),
  surrogate: id(`erased-${profileId}-${nth}`),
  requestedAt,
  positions,
});
const bookOf = (...tombstones: Tombstone[]) => {
  const book = createErasureBook(hashOf);
  for (const one of tombstones) book.add(one);
  return book;
};

test('events up to the position are the surrogate’s, those after it are of a returning member', () => {
  const owners = bookOf(tombstone('ann', 0, { g1: [9, -1] })).owners('g1', 0);
  assert.equal(owners.ownerOf(id('ann'), 9), 'erased-ann-0');
  assert.equal(owners.ownerOf(id('ann'), 10), 'ann');
  assert.equal(owners.ownerOf(id('bob'), 3), 'bob');
  assert.equal(owners.reach(), 9);
});

test('a partition that an erasure does not reach, and a generation that began later, are left alone', () => {
  const book = bookOf(tombstone('ann', 0, { g1: [9, -1] }));
  assert.equal(book.owners('g1', 1).ownerOf(id('ann'), 0), 'ann');
  assert.equal(book.owners('g2', 0).ownerOf(id('ann'), 0), 'ann');
});

test('who returned and is erased again has another surrogate for what came in between', () => {
  const owners = bookOf(tombstone('ann', 1, { g1: [20] }), tombstone('ann', 0, { g1: [9] })).owners('g1', 0);
  assert.equal(owners.ownerOf(id('ann'), 9), 'erased-ann-0');
  assert.equal(owners.ownerOf(id('ann'), 10), 'erased-ann-1');
  assert.equal(owners.ownerOf(id('ann'), 21), 'ann');
  assert.deepEqual(owners.aliasesOf(id('ann'), 0), ['erased-ann-0', 'erased-ann-1']);
});

test('nobody is hashed for events that no erasure reaches', () => {
  let hashed = 0;
  const book = createErasureBook((profileId) => {
    hashed += 1;
    return hashOf(profileId);
  });
  book.add(tombstone('ann', 0, { g1: [9] }));
  const owners = book.owners('g1', 0);
  assert.equal(owners.ownerOf(id('bob'), 10), 'bob');
  assert.deepEqual(owners.aliasesOf(id('bob'), 1001), []);
  assert.equal(hashed, 0);
});

test('owners of a partition learn of tombstones that come later', () => {
  const book = bookOf();
  const owners = book.owners('g1', 0);
  assert.equal(owners.ownerOf(id('ann'), 1), 'ann');
  assert.ok(book.add(tombstone('ann', 0, { g1: [9] })));
  assert.equal(owners.ownerOf(id('ann'), 1), 'erased-ann-0');
  assert.ok(!book.add(tombstone('ann', 0, { g1: [9] })));
});

test('a record without a raw offset is judged by its time', () => {
  const book = bookOf(tombstone('ann', 0, { g1: [9] }, 5000));
  assert.equal(book.ownerAt(id('ann'), 5000), 'erased-ann-0');
  assert.equal(book.ownerAt(id('ann'), 5001), 'ann');
});

test('a tombstone that was damaged is refused, a whole one comes back as it was', () => {
  const made = tombstone('ann', 3, { g1: [1, 2], g2: [] });
  assert.deepEqual(parseTombstone(serialiseTombstone(made), 'k'), made);
  const texts = ['', '{}', serialiseTombstone({ ...made, surrogate: id('ann') })];
  for (const text of texts)
    assert.throws(
      () => parseTombstone(text, 'k'),
      (error) => isMarqueeError(error, 'CHECKPOINT_CORRUPT'),
    );
});
