import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccessRules } from '../../infra/http/auth/rules.ts';
import { OPS_RULES, PUBLIC_RULES } from '../../serving/access.ts';
import { filesMatching, readText } from '../rules/source-tree.ts';

const PAGE = readText('docs/security.md');
const ITEM = /(?:API\d{1,2}:2023|ASVS v5\.0\.0-\d+\.\d+\.\d+)/;

test('every item that docs/security.md lists has a test of its name, and every such test is listed', () => {
  const listed = PAGE.split('\n').flatMap(
    (line) => /^\| ((?:API|ASVS)\S*(?: v\S+)?) +\|/.exec(line)?.[1] ?? [],
  );
  const tested = filesMatching('test/**/*.test.ts').flatMap((path) =>
    [...readText(path).matchAll(/^\s*test\(\s*['`]([^'`]+)/gm)].flatMap(
      ([, name = '']) => ITEM.exec(name)?.[0] ?? [],
    ),
  );
  assert.deepEqual([...new Set(tested)].toSorted(), listed.toSorted());
  assert.equal(new Set(listed).size, listed.length);
  for (let item = 1; item <= 10; item += 1) assert.ok(listed.includes(`API${item}:2023`), `API${item}`);
});

test('every rule of serving is on the page, and the page says what it needs', () => {
  const table = PAGE.slice(PAGE.indexOf('## Rules'), PAGE.indexOf('## API keys')).split('\n');
  for (const { path, needs } of [...PUBLIC_RULES, ...OPS_RULES]) {
    const lines = table.filter((line) => line.includes(`\`${path}\``));
    assert.ok(
      lines.some((line) => line.includes(needs)),
      `${path} needs ${needs}`,
    );
  }
});

test('a path that only looks like one with a rule has none', () => {
  const rules = createAccessRules(PUBLIC_RULES);
  for (const path of ['/v1/profiles', '/v1/profilesx/a/b', '//v1/rows/popular', '/v1/ops/backfills', '/', ''])
    assert.equal(rules.find('GET', path), undefined, path);
  assert.equal(rules.find('GET', '/v1/profiles/%ff/home'), undefined, 'no UTF-8');
  assert.equal(rules.find('GET', '/V1/Profiles/a%2Fb/home/')?.profile, 'a/b');
  assert.equal(rules.find('POST', '/v1/rows/popular'), undefined);
});
