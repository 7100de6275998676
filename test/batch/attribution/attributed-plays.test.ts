import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAttribution } from '../../../domain/attribution.ts';
import { LIMITS } from '../../support/attribution-log.ts';
import { compare, createWorld } from '../../support/attribution-world.ts';

test('the fold says of 10,000 sessions what SQL says, however the logs are interleaved', async (t) => {
  const world = await createWorld(20_261_121, 10_000);
  for (const seed of [1, 2]) {
    const { differences, upserts } = await compare(world, createAttribution(LIMITS), seed);
    const { plays } = differences;
    t.diagnostic(`${plays} plays, ${upserts} upserts, ${differences.different} differences`);
    assert.ok(plays > 10_000 && upserts > 2 * plays);
    assert.deepEqual(differences, { plays, equal: plays, waiting: 0, different: 0, missing: 0, extra: 0 });
  }
});
