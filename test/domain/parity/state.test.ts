import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generation } from '../../../domain/ids.ts';
import {
  emptyParity,
  excluding,
  parityOver,
  parseParity,
  serialiseParity,
} from '../../../domain/parity/state.ts';

const LOG = { generation: generation('g1'), blockSize: 16 };
const KEY = 'eu/parity.json';

test('a state is read as it was written', () => {
  const state = excluding(
    { ...emptyParity(LOG), compared: { plays: [3, 0], impressions: [7] } },
    { name: 'fix', kind: 'backfill', touched: { fromMs: 0, toMs: 3_600_000 } },
  );
  assert.deepEqual(parseParity(serialiseParity(state), KEY), state);
});

test('a damaged state is refused, naming its key', () => {
  const damaged = ['', '{', '{}', '{"generation":"g1","blockSize":16,"compared":{"plays":[-1]}}'];
  for (const text of damaged)
    assert.throws(() => parseParity(text, KEY), { code: 'CHECKPOINT_CORRUPT', message: /eu\/parity\.json/ });
});

test('another generation begins anew and keeps what was corrected and reported', () => {
  const state = excluding(
    { ...emptyParity(LOG), compared: { plays: [3], impressions: [] } },
    { name: 'fix', kind: 'erasure', touched: { fromMs: 0, toMs: 1 } },
  );
  assert.equal(parityOver(state, LOG), state);
  const next = parityOver(state, { ...LOG, generation: generation('g2') });
  assert.deepEqual([next.compared.plays, next.exclusions.length, next.generation], [[], 1, 'g2']);
});
