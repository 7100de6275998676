import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TOPICS } from '../../domain/topics.ts';
import { readText } from './source-tree.ts';
import { renderTopicsPage, TOPICS_PAGE } from './topics-page.ts';

test('the page of topics says what domain/topics.ts says', async () => {
  const page = await renderTopicsPage();
  assert.equal(readText(TOPICS_PAGE), page, 'run `node test/rules/topics-page.ts`');
  for (const kind of Object.keys(TOPICS)) assert.ok(page.includes(`eu.${kind}`), `${kind} is missing`);
});
