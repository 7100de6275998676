import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rankOf, registerOf } from '../../../domain/distinct.ts';
import { drawSurrogate } from '../../../domain/erasure/surrogate.ts';
import { isSurrogate } from '../../../domain/erasure/tombstone.ts';
import { hashProfile } from '../../../domain/hash.ts';
import { createDraw } from '../../../infra/erasure/secret.ts';

const draw = createDraw();

test('a surrogate raises the register that the profile raised, to the same rank where that is common', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 40 }), (profileId) => {
      const surrogate = drawSurrogate(profileId, draw, { keepsRegisters: true });
      assert.ok(isSurrogate(surrogate));
      const [of, made] = [hashProfile(profileId), hashProfile(surrogate)];
      assert.equal(registerOf(made), registerOf(of));
      assert.equal(rankOf(made), Math.min(rankOf(of), 8));
    }),
    { numRuns: 25 },
  );
});

test('no two erasures have the same surrogate, of one profile neither', () => {
  const drawn = Array.from({ length: 20 }, () => drawSurrogate('u-1', draw, { keepsRegisters: true }));
  assert.equal(new Set(drawn).size, drawn.length);
});

test('a surrogate that keeps no registers is whatever was drawn first', () => {
  assert.equal(
    drawSurrogate('u-1', () => 'X', { keepsRegisters: false }),
    'erased-X',
  );
});
