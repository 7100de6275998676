import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coordinatesText, parseCoordinates, redrivenOf } from '../../domain/redrive.ts';
import { generation, region } from '../../domain/ids.ts';

const here = { region: region('eu'), generation: generation('g1'), partition: 3, offset: 50 };

test('coordinates survive being written down', () => {
  assert.equal(coordinatesText(here), 'eu/g1/3/50');
  assert.deepEqual(parseCoordinates('eu/g1/3/50'), here);
});

test('what are no coordinates is said to be none', () => {
  for (const text of ['', 'eu/g1/3', 'eu/g1/3/-1', 'eu/g1/x/5', 'eu/plays/g1/3/5', 'eu/g1/3/1e3', '//1/1']) {
    assert.equal(parseCoordinates(text), undefined, text);
  }
});

test('a header that names another log, or what is not before the record, says nothing', () => {
  assert.deepEqual(redrivenOf('eu/g1/3/49', true, here), { from: 49, sighted: true });
  for (const header of ['us/g1/3/1', 'eu/g2/3/1', 'eu/g1/2/1', 'eu/g1/3/50', 'eu/g1/3/51', 'nonsense']) {
    assert.equal(redrivenOf(header, false, here), undefined, header);
  }
});
