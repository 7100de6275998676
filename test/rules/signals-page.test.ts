import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SIGNAL_NAMES } from '../../domain/signals/registry.ts';
import { readText } from './source-tree.ts';
import { renderSignalsPage, SIGNALS_PAGE } from './signals-page.ts';

test('the page of signals says what domain/signals/registry.ts says', async () => {
  const page = await renderSignalsPage();
  assert.equal(readText(SIGNALS_PAGE), page, 'run `node test/rules/signals-page.ts`');
  for (const name of SIGNAL_NAMES) assert.ok(page.includes(`### ${name}\n`), `${name} is missing`);
});

test('every setting that the page of signals names exists', () => {
  const known = readText('.env.example');
  const named = readText(SIGNALS_PAGE).match(/\b(SIGNALS|MEMORY|SERVING)_[A-Z_]+\b/g) ?? [];
  assert.ok(named.length > 8);
  assert.deepEqual(
    named.filter((name) => !known.includes(`#${name}=`)),
    [],
  );
});
