import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLineFaults } from '../../domain/line-faults.ts';
import { createPolicySet, readPolicySetting, type PolicySetting } from '../../domain/ranking-policy.ts';

const WEIGHT: PolicySetting = { rowId: 'top-picks', setting: 'taste_weight', value: 0.5 };

const readLine = (line: unknown): PolicySetting =>
  readPolicySetting(line, (reason) => {
    throw new RangeError(reason);
  });
const read = (change: object): PolicySetting => readLine({ ...WEIGHT, ...change });

function refusalOf(settings: readonly Partial<PolicySetting>[]) {
  const faults = createLineFaults(10);
  const set = createPolicySet(faults);
  settings.forEach((setting, index) => set.add(index + 1, { ...WEIGHT, ...setting }));
  return faults.refusal();
}

test('a setting is read as it stands, without fields that nobody knows', () => {
  assert.deepEqual(read({ colour: 'blue', weights: { taste: 1 } }), WEIGHT);
  assert.deepEqual(readLine({ rowId: '*', setting: 'order', value: 'by taste' }), {
    rowId: '*',
    setting: 'order',
    value: 'by taste',
  });
});

test('a setting that no row knows of is kept, since who reads the policy decides what it knows', () => {
  assert.equal(read({ setting: 'a_setting_of_tomorrow' }).setting, 'a_setting_of_tomorrow');
});

test('numbers below nought, nought and both bounds are numbers', () => {
  for (const value of [-1, -0.25, 0, 1e12, -1e12]) assert.equal(read({ value }).value, value);
});

test('a value that is missing, or neither a text nor a number within bounds, is refused', () => {
  const { value: _missing, ...without } = WEIGHT;
  assert.throws(() => readLine(without), /field value is neither/);
  for (const value of [NaN, Infinity, -Infinity, 1.1e12, -1.1e12, null, true, [1], { weight: 1 }, 5n])
    assert.throws(() => read({ value }), /field value is neither/, String(value));
  for (const value of ['', 'two\nlines', '\ud800', 'x'.repeat(201)])
    assert.throws(() => read({ value }), /field value is neither/, value);
});

test('a number that JSON cannot hold is refused once it is parsed', () => {
  assert.throws(() => readLine(JSON.parse('{"rowId":"*","setting":"length","value":1e400}')), /field value/);
  assert.throws(() => readLine(JSON.parse(JSON.stringify({ ...WEIGHT, value: NaN }))), /field value/);
});

test('a line that names no row or no setting is refused with the field and its shape', () => {
  for (const [change, reason] of [
    [{ rowId: undefined }, /rowId is missing/],
    [{ rowId: '' }, /rowId is ""/],
    [{ rowId: 7 }, /rowId is 7/],
    [{ rowId: 'a\nb' }, /rowId/],
    [{ rowId: 'x'.repeat(129) }, /rowId has 129 characters/],
    [{ setting: undefined }, /setting is missing/],
    [{ setting: 'Taste' }, /setting is "Taste"/],
    [{ setting: '_weight' }, /setting/],
    [{ setting: 'taste-weight' }, /setting/],
    [{ setting: `a${'b'.repeat(63)}` }, /setting/],
  ] as const)
    assert.throws(() => read(change), reason);
});

test('what is no object is refused', () => {
  for (const line of [undefined, null, 7, 'length', [WEIGHT]])
    assert.throws(() => readLine(line), /expected an object/);
});

test('names that every object has are settings of the line only where the line has them', () => {
  const inherited = Object.create(WEIGHT) as unknown;
  assert.throws(() => readLine(inherited), /rowId is missing/);
});

test('whatever JSON a line holds, it is read as three plain values or refused', () => {
  const line = fc.record(
    { rowId: fc.jsonValue(), setting: fc.constantFrom('length', 'x', 7), value: fc.jsonValue() },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(line, (given) => {
      try {
        const { rowId, setting, value } = readLine(given);
        assert.deepEqual([rowId, setting, value], [given.rowId, given.setting, given.value]);
        assert.ok(typeof value === 'string' || Number.isFinite(value));
      } catch (error) {
        assert.ok(error instanceof RangeError, String(error));
      }
    }),
  );
});

test('a setting that comes twice for a row is refused by line, whatever its value', () => {
  assert.deepEqual(refusalOf([{}, { setting: 'length' }, { value: 'other' }]), {
    rule: 'keys',
    reason: '1 bad line: line 3: setting taste_weight of row top-picks is there already',
  });
});

test('the same setting may stand for two rows and for all, also where their names run together', () => {
  assert.equal(refusalOf([{}, { rowId: '*' }, { rowId: 'top' }, { rowId: 'top-picks"' }]), null);
});
