import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Model } from '../../../batch/models/model.ts';
import { createModel, MODELS } from '../../../batch/models/models.ts';
import { precomputeRows, profileRange } from '../../../batch/models/precompute.ts';
import { describeModel } from './contract.ts';
import { historyOf, tasteInteractions, tasteOf, trainingData, trainOptions } from './interactions.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const guide = readFileSync(join(ROOT, 'docs/how-to-add-a-model.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'marquee-guide-'));
after(() => {
  rmSync(folder, { recursive: true });
});

/** The file of the guide, as if it stood where the guide says. */
async function guideModel(): Promise<() => Model> {
  const [, place = ''] = /^`(batch\/models\/[\w/-]+\.ts)`:$/m.exec(guide) ?? [];
  const [, code = ''] = /^```ts\n([\s\S]*?)^```$/m.exec(guide) ?? [];
  const from = pathToFileURL(join(ROOT, place));
  const placed = code.replaceAll(
    /from '(\.[^']+)'/g,
    (_, path: string) => `from '${new URL(path, from).href}'`,
  );
  const file = join(folder, 'model.ts');
  writeFileSync(file, placed);
  const module = (await import(pathToFileURL(file).href)) as Record<string, () => Model>;
  const [, line = ''] = /^```\n(\w+: \w+),\n```$/m.exec(guide) ?? [];
  const [name = '', create = ''] = line.split(': ');
  assert.ok(module[create], `the guide exports ${create}`);
  return () => createModel(name, { ...MODELS, [name]: module[create]! });
}

const create = await guideModel();
describeModel('genres', create);

test('the guide’s model is trained, scores by genre, and makes rows for all profiles', async () => {
  const interactions = tasteInteractions({ seed: 2, profiles: 40, titles: 60, tastes: 3, plays: 12 });
  const model = create();
  const tables = await model.train(trainingData(interactions, 3), trainOptions());
  const scorer = model.scorer(tables);
  const scores = new Float32Array(60);
  scorer.score(historyOf(interactions, 4), scores);
  assert.equal(tasteOf(scores.indexOf(Math.max(...scores)), 3), tasteOf(4, 3));
  const table = await precomputeRows(scorer, interactions, profileRange(40, 0, 1), { length: 10 });
  assert.equal(table.rows, 400);
});

test('the guide’s model is not one that is there already', () => {
  assert.ok(!Object.hasOwn(MODELS, create().name));
});
