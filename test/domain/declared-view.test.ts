import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDeclaration } from '../../domain/declared-view.ts';

const fail = (reason: string): never => {
  throw new RangeError(reason);
};
const parse = (text: string, name = 'plays-by-hour') => parseDeclaration(name, text, fail);
const GOOD = '-- key: country, title_id\n-- every: 15m\nSELECT 1;\n';

test('a file says what its view is keyed by and how often it is made', () => {
  const { view, key, everyMs, minimumRows, maxRemovedShare, sql } = parse(GOOD);
  assert.deepEqual(
    [view, key, everyMs, minimumRows, maxRemovedShare],
    ['plays-by-hour', ['country', 'title_id'], 900_000, 1, 1],
  );
  assert.ok(sql.endsWith('SELECT 1'), 'without the semicolon');
});

test('comments for people, blank lines and comments after the query has begun say nothing', () => {
  const text = `\n-- Some words.\n--\n${GOOD}-- every: 1h\n`;
  assert.equal(parse(text).everyMs, 900_000);
  const more = parse(
    '-- key: a\n-- every: 1d\n-- minimum-rows: 0\n-- max-removed-share: 0.25\n-- note: N\nSELECT 1',
  );
  assert.deepEqual(
    [more.everyMs, more.minimumRows, more.maxRemovedShare, more.note],
    [86_400_000, 0, 0.25, 'N'],
  );
});

test('what is wrong is named with its line', () => {
  const faults: readonly (readonly [string, RegExp])[] = [
    ['SELECT 1', /does not say its key/],
    ['-- key: a\nSELECT 1', /does not say how often/],
    ['-- key: a b\n-- every: 1h\nSELECT 1', /line 1: key names "a b"/],
    ['-- key: a, a\n-- every: 1h\nSELECT 1', /twice/],
    ['-- key: a\n-- every: 5s\nSELECT 1', /line 2: every is 5s, expected 10s to 30d/],
    ['-- key: a\n-- every: often\nSELECT 1', /every is often/],
    ['-- key: a\n-- evry: 1h\nSELECT 1', /line 2: nothing is called evry; there is key, every/],
    ['-- key: a\n-- key: b\n-- every: 1h\nSELECT 1', /line 2: key is said twice/],
    ['-- key: a\n-- every: 1h\n-- max-removed-share: 2\nSELECT 1', /from 0 to 1/],
    ['-- key: a\n-- every: 1h\n-- minimum-rows: -1\nSELECT 1', /whole number/],
    [`${GOOD}${' '.repeat(40_000)}`, /longer than/],
  ];
  for (const [text, reason] of faults) assert.throws(() => parse(text), reason, text);
  assert.throws(() => parse(GOOD, 'Plays'), /its name is none of a view/);
});
