import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createModel, MODELS } from '../../../batch/models/models.ts';
import { isMarqueeError } from '../../../domain/errors.ts';
import { describeModel } from './contract.ts';

test('a model that there is none of is refused by name, with those that there are', () => {
  assert.throws(() => createModel('oracle'), /oracle .*popularity/);
  assert.throws(
    () => createModel('toString'),
    (error) => isMarqueeError(error, 'MODEL_INPUT_INVALID'),
  );
});

for (const name of Object.keys(MODELS)) describeModel(name, () => createModel(name));
