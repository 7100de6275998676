import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canaryArmText, drawCandidate } from '../../../domain/canary/arms.ts';
import {
  isOver,
  parseCandidate,
  serialiseCandidate,
  type Candidate,
} from '../../../domain/canary/candidate.ts';
import { profileId } from '../../../domain/ids.ts';
import { viewName, viewVersion } from '../../../domain/views.ts';

const candidateOf = (view: string, version: number, share: number): Candidate => ({
  ...{ view: viewName(view), version: viewVersion(version), share, runId: 'run/1' },
  manifestSha256: 'a'.repeat(64),
  openedAt: '2026-11-01T00:00:00.000Z',
  endsAt: '2026-11-01T00:30:00.000Z',
});
const FACTORS = candidateOf('item-factors', 7, 0.1);
const PROFILES = Array.from({ length: 20_000 }, (_, i) => profileId(`p${i}`));

test('a candidate is read back as it was written, and a damaged one is refused', () => {
  const text = serialiseCandidate(FACTORS);
  assert.deepEqual(parseCandidate(text, FACTORS.view), FACTORS);
  for (const bad of ['', '{}', text.replace('0.1', '0.6'), text.replace('item-factors', 'clusters')])
    assert.throws(() => parseCandidate(bad, FACTORS.view), { code: 'VIEW_CORRUPT' });
});

test('its time ends to the millisecond', () => {
  assert.equal(isOver(FACTORS, Date.parse(FACTORS.endsAt) - 1), false);
  assert.equal(isOver(FACTORS, Date.parse(FACTORS.endsAt)), true);
});

test('both cohorts are of the share that was asked for, and the same profiles each time', () => {
  const cohorts = PROFILES.map((profile) => drawCandidate([FACTORS], profile)?.cohort);
  for (const cohort of ['candidate', 'baseline'] as const) {
    const share = cohorts.filter((one) => one === cohort).length / PROFILES.length;
    assert.ok(Math.abs(share - 0.1) < 0.01, `${cohort} ${share}`);
  }
  assert.deepEqual(
    PROFILES.map((profile) => drawCandidate([FACTORS], profile)?.cohort),
    cohorts,
  );
});

test('the next version draws others, and a profile is in the cohorts of one candidate at most, alike in both', () => {
  const candidateSet = (of: Candidate) =>
    new Set(PROFILES.filter((profile) => drawCandidate([of], profile)?.cohort === 'candidate'));
  const [these, next] = [candidateSet(FACTORS), candidateSet(candidateOf('item-factors', 8, 0.1))];
  const shared = [...these].filter((profile) => next.has(profile)).length / these.size;
  assert.ok(shared < 0.15, `${shared}`);
  const neighbours = candidateOf('neighbours', 3, 0.3);
  const ofLater = PROFILES.map((profile) => drawCandidate([FACTORS, neighbours], profile)).filter(
    (drawn) => drawn?.candidate === neighbours,
  );
  const candidates = ofLater.filter((drawn) => drawn?.cohort === 'candidate').length / ofLater.length;
  assert.ok(Math.abs(candidates - 0.5) < 0.02, `${candidates}`);
});

test('an arm names its view and version', () => {
  assert.equal(canaryArmText(FACTORS, 'baseline'), 'canary:item-factors/7=baseline');
});
