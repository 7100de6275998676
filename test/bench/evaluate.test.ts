import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { childEnvironment } from '../../infra/config.ts';

const run = promisify(execFile);

test('a quick evaluation says what its data is, names who would be published, and writes its report', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'marquee-evaluate-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const program = join(import.meta.dirname, '../../bench/evaluate.ts');
  const { stdout } = await run(process.execPath, [program, '--quick', '--json'], {
    env: childEnvironment({ MARQUEE_DATA_DIR: dir }),
  });
  const figures = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, number | string>;
  assert.equal(figures['data'], 'seeded');
  assert.match(String(figures['published']), /^(als|ease)$/);
  for (const name of [
    'ratio_vs_popularity',
    'ratio_vs_popularity_low',
    'ratio_vs_popularity_high',
    'foldin_gain',
  ])
    assert.ok(Number.isFinite(figures[name]), name);
  assert.equal(figures['ratio_vs_implicit'], undefined, 'there is no peer in a quick run');
  const page = readFileSync(join(dir, 'evaluation', 'evaluation.md'), 'utf8');
  assert.ok(page.startsWith(`# Evaluation: ${figures['published']} would be published\n\nData: seeded.`));
  assert.ok(existsSync(join(dir, 'evaluation', 'evaluation.parquet')));
});
