import assert from 'node:assert/strict';
import { test } from 'node:test';
import { servedRecord, type ServedRow } from '../../domain/served-rows.ts';

const SERVED: ServedRow = {
  recommendationId: 'r',
  row: 'trending',
  profileId: 'p',
  time: 7,
  titleIds: ['t1', 't2'],
  source: 'merged',
};

test('arms and teams are kept of what was served, and nothing where there is no experiment', () => {
  const { arms, teams } = servedRecord({ ...SERVED, arms: 'taste=strong,zeal=a', teams: 'ab' });
  assert.deepEqual({ arms, teams }, { arms: 'taste=strong,zeal=a', teams: 'ab' });
  for (const served of [SERVED, { ...SERVED, arms: '', teams: undefined }]) {
    assert.equal('arms' in servedRecord(served), false);
    assert.equal('teams' in servedRecord(served), false);
  }
});
