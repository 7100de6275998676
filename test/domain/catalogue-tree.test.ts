import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createCatalogueTree } from '../../domain/catalogue-tree.ts';
import type { TitleKind } from '../../domain/catalogue.ts';
import { titleId } from '../../domain/ids.ts';
import { createLineFaults } from '../../domain/line-faults.ts';

type Line = readonly [id: string, kind: TitleKind, parent?: string];

function refusalOf(lines: readonly Line[], limit = 100) {
  const faults = createLineFaults(limit);
  const tree = createCatalogueTree(faults);
  lines.forEach(([id, kind, parent], index) =>
    tree.add(index + 1, {
      titleId: titleId(id),
      kind,
      parentId: parent === undefined ? null : titleId(parent),
    }),
  );
  tree.check();
  return faults.refusal();
}

const SERIES: readonly Line[] = [
  ['show', 'series'],
  ['show-1', 'season', 'show'],
  ['show-1-1', 'episode', 'show-1'],
  ['show-1-2', 'episode', 'show-1'],
  ['film', 'film'],
];

test('series, seasons and episodes hold together in whatever order their lines come', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray([...SERIES], { minLength: SERIES.length }), (lines) =>
      assert.equal(refusalOf(lines), null),
    ),
  );
});

test('whatever is taken away from above an entry makes it an orphan, named with its line', () => {
  const without = (gone: string) => refusalOf(SERIES.filter(([id]) => id !== gone));
  assert.deepEqual(without('film'), null);
  assert.deepEqual(without('show'), {
    rule: 'orphans',
    reason: '1 bad line: line 1: season show-1: its parent show is not in the catalogue',
  });
  assert.match(without('show-1')?.reason ?? '', /^2 bad lines: line 2: episode show-1-1.*; line 3: episode/);
});

test('a parent of the wrong kind, a missing one and one too many are refused', () => {
  const last = (line: Line) => refusalOf([...SERIES, line]);
  assert.match(last(['x', 'episode', 'show'])?.reason ?? '', /line 6: .*show is a series, expected a season/);
  assert.match(last(['x', 'season', 'film'])?.reason ?? '', /film is a film, expected a series/);
  assert.match(last(['x', 'episode'])?.reason ?? '', /the episode has no parent/);
  assert.match(last(['x', 'film', 'show'])?.reason ?? '', /a film under show/);
});

test('a circle of parents is refused, however it is closed', () => {
  for (const kind of ['season', 'episode', 'series', 'film'] as const) {
    assert.equal(refusalOf([['a', kind, 'a']])?.rule, 'orphans');
    assert.equal(
      refusalOf([
        ['a', kind, 'b'],
        ['b', 'season', 'a'],
      ])?.rule,
      'orphans',
    );
  }
});

test('an id that comes twice is named with both lines', () => {
  assert.deepEqual(refusalOf([...SERIES, ['film', 'film']]), {
    rule: 'keys',
    reason: '1 bad line: line 6: title film is on line 5 already',
  });
});

test('faults are counted past the limit, and named up to it', () => {
  const orphans = Array.from({ length: 10 }, (_, i): Line => [`e${i}`, 'episode']);
  const { reason = '' } = refusalOf(orphans, 2) ?? {};
  assert.match(reason, /^10 bad lines: line 1: .*; line 2: .*; and 8 more$/);
});
